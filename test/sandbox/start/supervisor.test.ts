import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSupervisor, PartDiedError } from './supervisor.ts';

let logs = '';
beforeAll(async () => {
  logs = await mkdtemp(join(tmpdir(), 'supervisor-test-'));
});
afterAll(() => rm(logs, { recursive: true, force: true }));

/** A part that runs this code. */
function part(name: string, code: string) {
  return { name, logFile: `${name}.log`, args: ['-e', code] };
}

/** Starts a child of its own, says its process id as its address, and stays. */
const parent = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  console.log('ready ' + child.pid);
  setInterval(() => {}, 1000);
`;

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // nobody has that id
  }
}

async function waitUntilGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 50 && isThere(pid); tries++) await wait(100);
  return !isThere(pid);
}

test('a part is started when it says ready, logged, and ended with its own children', async () => {
  const supervisor = createSupervisor(logs);
  const { address } = await supervisor.start(part('parent', parent));
  expect(isThere(Number(address))).toBe(true);
  await supervisor.stop();
  expect(await waitUntilGone(Number(address))).toBe(true);
  expect(await readFile(join(logs, 'parent.log'), 'utf8')).toBe(`ready ${address}\n`);
});

test('a part that ends before it is ready is named with its last words', async () => {
  const supervisor = createSupervisor(logs);
  const code = `console.error('no such setting'); process.exit(3)`;
  await expect(supervisor.start(part('the app', code))).rejects.toThrow(
    'the app ended with code 3\n    no such setting',
  );
  await supervisor.stop();
});

test('a part that ends later is trouble, one that is stopped is not', async () => {
  const supervisor = createSupervisor(logs);
  const code = `console.log('ready x'); setTimeout(() => process.exit(1), 50)`;
  await supervisor.start(part('short', code));
  await expect(supervisor.trouble).rejects.toThrow(PartDiedError);
  await supervisor.stop();

  const other = createSupervisor(logs);
  await other.start(part('long', `console.log('ready x'); setInterval(() => {}, 1000)`));
  await other.stop();
  const first = await Promise.race([other.trouble, wait(50, 'no trouble')]);
  expect(first).toBe('no trouble');
});

test('a part that does not listen to SIGTERM is ended all the same', async () => {
  const supervisor = createSupervisor(logs, { stopWithinMs: 100 });
  const code = `process.on('SIGTERM', () => {}); console.log('ready ' + process.pid); setInterval(() => {}, 1000)`;
  const { address } = await supervisor.start(part('deaf', code));
  await supervisor.stop();
  expect(await waitUntilGone(Number(address))).toBe(true);
});

test('no part outlives a sandbox that is killed', async () => {
  const supervisor = createSupervisor(logs);
  const code = `
    const { createSupervisor } = await import(${JSON.stringify(new URL('supervisor.ts', import.meta.url).href)});
    const supervisor = createSupervisor(${JSON.stringify(logs)});
    const spec = { name: 'inner', logFile: 'inner.log', args: ['-e', ${JSON.stringify(parent)}] };
    const { address } = await supervisor.start(spec);
    console.log('ready ' + address);
    process.kill(process.pid, 'SIGKILL');
  `;
  const outer = { name: 'outer', logFile: 'outer.log', args: ['--input-type=module', '-e', code] };
  const { address } = await supervisor.start(outer);
  expect(await waitUntilGone(Number(address))).toBe(true);
  await supervisor.stop();
});
