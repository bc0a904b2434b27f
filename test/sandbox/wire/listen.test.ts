import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { buildFault } from './fault-list.ts';
import { listen, type Listening } from './listen.ts';
import { openStateFile } from './state-file.ts';
import { createTallyEmulator } from './tally-emulator.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});

async function start(emulator: ReturnType<typeof createTallyEmulator>['emulator']) {
  const server: Listening = await listen(emulator, { port: 0 });
  cleanUp.push(() => server.close());
  return server;
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wire-'));
  cleanUp.push(() => rm(folder, { recursive: true }));
  return folder;
}

test('serves the emulator on loopback, control routes included', async () => {
  const { emulator } = createTallyEmulator();
  const server = await start(emulator);
  expect(server.address).toBe(`http://127.0.0.1:${server.port}`);
  const answer = await fetch(`${server.address}/tally`, { method: 'POST' });
  expect(await answer.json()).toEqual({ tally: 1 });
  const counts = await fetch(`${server.address}/_control/counts`);
  expect(await counts.json()).toMatchObject({ requests: 1, writes: 1 });
});

test('breaks the connection where the result is a reset', async () => {
  const { emulator, readTally } = createTallyEmulator();
  const server = await start(emulator);
  emulator.faults.add(buildFault({ route: '/tally', when: 'after' }, { kind: 'reset' }));
  await expect(fetch(`${server.address}/tally`, { method: 'POST' })).rejects.toThrow(
    'fetch failed',
  );
  expect(readTally()).toBe(1);
});

test('waits as long as the result says, and closing does not wait for it', async () => {
  const { emulator } = createTallyEmulator();
  const server = await start(emulator);
  emulator.settings.change({ latencyMs: 60 });
  const before = performance.now();
  await fetch(`${server.address}/tally`);
  expect(performance.now() - before).toBeGreaterThan(55);
  emulator.settings.change({ latencyMs: 60_000 });
  const hanging = fetch(`${server.address}/tally`).then(
    () => 'answered',
    () => 'broken',
  );
  while (emulator.log.readSequence() < 2) await fetch(`${server.address}/_control/health`);
  await server.close();
  expect(await hanging).toBe('broken');
});

test('a second process goes on from the state file of the first', async () => {
  const path = join(await makeFolder(), 'state.json');
  const first = createTallyEmulator();
  const file = await openStateFile(first.emulator, path, 0);
  await first.emulator.handle({ method: 'POST', url: '/tally', headers: {}, body: '' });
  first.emulator.settings.change({ step: 10 });
  await file.close();
  const second = createTallyEmulator();
  await (await openStateFile(second.emulator, path)).close();
  expect(second.readTally()).toBe(1);
  expect(second.emulator.settings.read().step).toBe(10);
});

test('saves soon after a change, without being closed, and leaves no temporary file', async () => {
  const folder = await makeFolder();
  const { emulator } = createTallyEmulator();
  const file = await openStateFile(emulator, join(folder, 'state.json'), 1);
  await emulator.handle({ method: 'POST', url: '/tally', headers: {}, body: '' });
  await expect.poll(() => readdir(folder)).toEqual(['state.json']);
  expect(await readFile(join(folder, 'state.json'), 'utf8')).toContain('"state":1');
  await file.close();
});

test('refuses the state file of another emulator', async () => {
  const path = join(await makeFolder(), 'state.json');
  const { emulator } = createTallyEmulator();
  const saved = JSON.stringify(emulator.saveState()).replace('tally', 'entra');
  await writeFile(path, saved);
  await expect(openStateFile(emulator, path)).rejects.toThrow('it is of entra, not of tally');
});
