import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

import { smallTeam } from './sandbox-team.ts';
import { textMatching } from './text-matching.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

type Child = ChildProcessByStdio<null, Readable, null>;

async function start(stateFile: string): Promise<{ child: Child; lines: string[]; base: string }> {
  const child = spawn(process.execPath, [main, '--port', '0', '--state', stateFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const ready = once(reader, 'line');
  reader.on('line', (line) => lines.push(line));
  await ready;
  return { child, lines, base: (lines[0] ?? '').replace('ready ', '') };
}

async function stop(child: Child): Promise<unknown> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  return child.exitCode;
}

test('a process says when it is ready, saves on SIGTERM and goes on from there', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dropbox-emulator-'));
  try {
    const stateFile = path.join(folder, 'state.json');
    const first = await start(stateFile);
    expect(first.lines).toEqual([textMatching(/^ready http:\/\/127\.0\.0\.1:\d+$/)]);
    const loaded = await fetch(`${first.base}/_control/team`, {
      method: 'PUT',
      body: JSON.stringify(smallTeam()),
    });
    expect(loaded.status).toBe(200);
    expect(await stop(first.child)).toBe(0);
    expect(first.lines).toHaveLength(1);

    const second = await start(stateFile);
    const answer = await fetch(`${second.base}/_control/team`);
    expect(await answer.json()).toMatchObject({ team: { id: 'dbtid:AAATestTeam' } });
    expect(await stop(second.child)).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 20_000);
