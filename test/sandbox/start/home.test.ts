import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHome } from './home.ts';
import type { StartOptions } from './options.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'home-test-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function options(set: Partial<StartOptions>): StartOptions {
  return {
    once: true,
    users: 5,
    groups: 1,
    seed: 7,
    latencyMs: 0,
    timeoutSeconds: 1,
    schedule: '* * * * * *',
    given: new Set(),
    ...set,
  };
}

test('without --state everything is forgotten at the end', async () => {
  const home = await openHome(options({}));
  expect(home).toMatchObject({ isNew: true, world: { users: 5, groups: 1, seed: 7 } });
  expect(existsSync(home.directory)).toBe(true);
  await home.close();
  expect(existsSync(home.directory)).toBe(false);
});

test('with --state a second run goes on in the world of the first, at the same addresses', async () => {
  const stateDirectory = join(root, 'kept');
  const first = await openHome(options({ stateDirectory }));
  expect(first.isNew).toBe(true);
  await first.markSeeded({ entra: 7072, dropbox: 7073 });
  await first.close();
  const second = await openHome(options({ stateDirectory, users: 1000 }));
  expect(second).toMatchObject({ isNew: false, world: { users: 5 }, ports: { entra: 7072 } });
  await second.close();
});

test('a second run that asks for another world is told to take another directory', async () => {
  const stateDirectory = join(root, 'other');
  const first = await openHome(options({ stateDirectory }));
  await first.markSeeded({ entra: 7072, dropbox: 7073 });
  await first.close();
  const asked = options({ stateDirectory, users: 6, given: new Set(['users']) });
  await expect(openHome(asked)).rejects.toThrow(
    'was made with --users 5 --groups 1 --seed 7; --users 6 needs another directory',
  );
  // and the directory is free again
  await (await openHome(options({ stateDirectory }))).close();
});

test('a run that ended before it was loaded begins anew', async () => {
  const stateDirectory = join(root, 'half');
  const first = await openHome(options({ stateDirectory }));
  await writeFile(first.entraState ?? '', '{}');
  await first.close();
  const second = await openHome(options({ stateDirectory }));
  expect(second.isNew).toBe(true);
  expect(existsSync(second.entraState ?? '')).toBe(false);
  await second.close();
});

test('two runs do not share a directory, but the lock of a dead one does not count', async () => {
  const stateDirectory = join(root, 'locked');
  const home = await openHome(options({ stateDirectory }));
  const lock = join(stateDirectory, 'lock');
  expect(await readFile(lock, 'utf8')).toBe(`${process.pid}\n`);
  await writeFile(lock, '1\n'); // the first process of the machine: always there, never this one
  await expect(openHome(options({ stateDirectory }))).rejects.toThrow('in use by process 1');
  await writeFile(lock, '4194304\n'); // above the highest id that Linux gives
  await (await openHome(options({ stateDirectory }))).close();
  await home.close();
});

test('a directory that cannot be made is named', async () => {
  const file = join(root, 'file');
  await writeFile(file, '');
  await expect(openHome(options({ stateDirectory: file }))).rejects.toThrow(`--state ${file}`);
});
