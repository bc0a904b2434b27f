import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { guid, tenant, user } from './graph-probe.ts';

const main = new URL('main.ts', import.meta.url).pathname;
const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});

async function start(folder: string) {
  const child = spawn(process.execPath, [main, '--state', join(folder, 'entra.json')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  cleanUp.push(() => {
    child.kill('SIGKILL');
    return exited;
  });
  const line = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => {
      resolve(chunk.toString());
    });
  });
  const address = /^ready (http:\/\/127\.0\.0\.1:\d+)\n$/u.exec(line)?.[1] ?? '';
  return {
    address,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

test('the process says where it listens, saves on SIGTERM, and goes on in a second run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'entra-'));
  cleanUp.unshift(() => rm(folder, { recursive: true }));
  const first = await start(folder);
  const loaded = await fetch(`${first.address}/_control/directory`, {
    method: 'PUT',
    body: JSON.stringify(tenant([user(1)])),
  });
  expect(loaded.status).toBe(204);
  expect(await first.stop()).toBe(0);
  const second = await start(folder);
  const answer = await fetch(`${second.address}/v1.0/users/delta?$select=id`, {
    headers: { authorization: 'Bearer sandbox-token' },
  });
  const body = await answer.text();
  expect(body).toContain(guid(1));
  expect(body).toContain(`${second.address}/v1.0/users/delta?$deltatoken=`);
  expect(await second.stop()).toBe(0);
});
