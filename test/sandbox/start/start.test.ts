import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const script = fileURLToPath(new URL('../start.ts', import.meta.url));
const withinMs = 90_000;

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'start-test-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Exit code. */
  readonly ended: Promise<number | null>;
  waitFor(text: string | RegExp): Promise<void>;
}

function start(...args: readonly string[]): Started {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const read = (chunk: Buffer): void => {
    text += chunk.toString('utf8');
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code));
  });
  return {
    child,
    output: () => text,
    ended,
    waitFor: async (wanted) => {
      for (let left = withinMs; left > 0 && child.exitCode === null; left -= 100) {
        if (text.match(wanted)) return;
        await wait(100);
      }
      throw new Error(`never said ${wanted}:\n${text}`);
    },
  };
}

/** The parts that run with this state directory or belong to this process. */
async function partsOf(parent: number): Promise<readonly number[]> {
  const children = spawn('ps', ['-o', 'pid=', '--ppid', String(parent)], { stdio: 'pipe' });
  let text = '';
  children.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  await new Promise((resolve) => children.once('close', resolve));
  return text
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== children.pid);
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // nobody has that id
  }
}

const reportSchema = z.object({
  converged: z.boolean(),
  users: z.object({ provisioned: z.number(), created: z.number() }),
  calls: z.object({
    graph: z.record(z.string(), z.number()),
    dropbox: z.record(z.string(), z.number()),
  }),
  floor: z.object({ graph: z.number(), dropbox: z.number() }),
  peakRssMb: z.number(),
});

describe('npm start', () => {
  test('tells all wrong options and exits with 2', async () => {
    const { ended, output } = start('--users', 'x', '--what');
    expect(await ended).toBe(2);
    expect(output()).toMatch(/^--what: there is no such option\n--users: must be a whole number\n/);
  });

  test(
    'provisions a tenant with --once, and finds nothing to do when it is run again',
    { timeout: 2 * withinMs },
    async () => {
      const options = ['--once', '--users', '12', '--groups', '2', '--state', join(root, 'state')];
      const report = join(root, 'report.json');
      const first = start(...options, '--report', report);
      expect(await first.ended, first.output()).toBe(0);
      expect(first.output()).toContain('The Dropbox team is what Entra says it should be.');
      const made = reportSchema.parse(JSON.parse(await readFile(report, 'utf8')));
      expect(made.converged).toBe(true);
      expect(made.users.created).toBeGreaterThan(5);
      expect(made.calls.graph['requests']).toBeGreaterThanOrEqual(made.floor.graph);

      const second = start(...options, '--report', report);
      expect(await second.ended, second.output()).toBe(0);
      const again = reportSchema.parse(JSON.parse(await readFile(report, 'utf8')));
      expect(again.users).toEqual({ provisioned: made.users.provisioned, created: 0 });
      expect(again.calls.dropbox).toEqual({});
    },
  );

  test(
    'follows changes until Ctrl-C, and leaves nobody behind',
    { timeout: 2 * withinMs },
    async () => {
      const sandbox = start('--users', '6', '--groups', '1');
      await sandbox.waitFor('Ctrl-C ends everything');
      const parts = await partsOf(sandbox.child.pid ?? 0);
      expect(parts.length).toBeGreaterThanOrEqual(4);
      const [, address = ''] = /Entra +(http:\S+)\/_control/.exec(sandbox.output()) ?? [];
      const [, changes = ''] = /-d '(.*newcomer.*)'/.exec(sandbox.output()) ?? [];
      const headers = { 'content-type': 'application/json' };
      await fetch(`${address}/_control/changes`, { method: 'POST', headers, body: changes });
      await sandbox.waitFor('Dropbox: invited nina.newcomer@northlight.example');
      sandbox.child.kill('SIGINT');
      expect(await sandbox.ended).toBe(0);
      expect(parts.filter((pid) => isThere(pid))).toEqual([]);
    },
  );

  test('ends with 1 and says who died when a part does', { timeout: 2 * withinMs }, async () => {
    const state = join(root, 'dying');
    const sandbox = start('--users', '6', '--groups', '1', '--state', state);
    await sandbox.waitFor('memberships');
    const parts = await partsOf(sandbox.child.pid ?? 0);
    const last = Math.max(...parts);
    process.kill(last, 'SIGKILL');
    expect(await sandbox.ended).toBe(1);
    expect(sandbox.output()).toContain('the app ended by SIGKILL');
    expect(parts.filter((pid) => isThere(pid))).toEqual([]);
    expect(existsSync(join(state, 'lock'))).toBe(false);
  });
});
