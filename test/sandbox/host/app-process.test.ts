import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, expect, inject, test } from 'vitest';
import { z } from 'zod';

import { isBuildStale } from './build-app.ts';

const children: ChildProcess[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const fixtureRoot = path.join(import.meta.dirname, 'fixture-app');

interface AppProcess {
  /** The address of the ready line; rejects where the process ends before. */
  readonly ready: Promise<string>;
  readonly exit: Promise<number | null>;
  output(): string;
  kill(signal: NodeJS.Signals): void;
}

/** `npm run app` without npm. */
function startApp(args: readonly string[], env: Record<string, string> = {}): AppProcess {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '../app.ts'), ...args], {
    env: {
      PATH: process.env['PATH'],
      TICK_SCHEDULE: '0 0 0 1 1 *',
      WORK_QUEUE: `app-${randomBytes(6).toString('hex')}`,
      AzureFunctionsWebHost__hostid: `app-${randomBytes(6).toString('hex')}`,
      SAY_GOODBYE: 'yes',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  const exit = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const ready = new Promise<string>((resolve, reject) => {
    const read = (chunk: unknown): void => {
      output += String(chunk);
      const address = /^ready (\S+)$/m.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exit.finally(() => {
      reject(new Error(`the app ended early: ${output}`));
    });
  });
  ready.catch(() => undefined);
  return { ready, exit, output: () => output, kill: (signal) => child.kill(signal) };
}

function startFixtureApp(env: Record<string, string> = {}): AppProcess {
  const storage = { AzureWebJobsStorage: inject('azurite') };
  return startApp(['--root', fixtureRoot, '--port', '0'], { ...storage, ...env });
}

const statusSchema = z.object({ state: z.string(), peakRssMb: z.number() });

test('SIGTERM lets a running request finish, runs the hooks and ends with 0', async () => {
  const app = startFixtureApp();
  const address = await app.ready;
  const answer = await fetch(`${address}/admin/host/status`);
  const status = statusSchema.parse(await answer.json());
  expect(status.state).toBe('Running');
  expect(status.peakRssMb).toBeLessThan(200);

  const slow = fetch(`${address}/api/slow?ms=600`).then(
    async (slowAnswer) => await slowAnswer.text(),
  );
  await fetch(`${address}/admin/host/status`);
  app.kill('SIGTERM');
  expect(await slow).toBe('at last');
  expect(await app.exit).toBe(0);
  expect(app.output()).toContain('fixture: goodbye');
});

test('a rejection that nobody waits for ends the process with 1, after a line', async () => {
  const app = startFixtureApp();
  const address = await app.ready;
  await fetch(`${address}/api/float`).catch(() => undefined);
  expect(await app.exit).toBe(1);
  expect(app.output()).toContain('Worker uncaught exception: Error: nobody waits for this');
});

test.each([
  [['--port', 'x'], '--port: x is no port'],
  [['--bogus'], "Unknown option '--bogus'"],
  [['--root', '/does-not-exist'], 'has no package.json'],
  [['--root', fixtureRoot], 'AzureWebJobsStorage is not set'],
])('%j is refused with one line and exit 2', async (args, line) => {
  const app = startApp(args);
  expect(await app.exit).toBe(2);
  expect(app.output()).toContain(line);
  expect(app.output().trimEnd().split('\n')).toHaveLength(1);
});

test('a port that is taken, and a wrong host.json, are exit 2', async () => {
  const first = startFixtureApp();
  const port = new URL(await first.ready).port;
  const second = startApp(['--root', fixtureRoot, '--port', port], {
    AzureWebJobsStorage: inject('azurite'),
  });
  expect(await second.exit).toBe(2);
  expect(second.output()).toContain(`cannot listen on port ${port}`);
  const third = startFixtureApp({ AzureFunctionsJobHost__functionTimeout: 'soon' });
  expect(await third.exit).toBe(2);
  expect(third.output()).toContain('host.json: functionTimeout');
});

function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'app-process-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

test('local.settings.json gives settings, and the environment wins', async () => {
  const root = makeFolder({
    'package.json': '{"type":"module","main":"main.mjs"}',
    'host.json': '{"version":"2.0"}',
    'main.mjs': "console.log('seen', process.env.FROM_FILE, process.env.FROM_BOTH);",
    'local.settings.json': JSON.stringify({
      IsEncrypted: false,
      Values: { AzureWebJobsStorage: inject('azurite'), FROM_FILE: 'file', FROM_BOTH: 'file' },
      Host: { LocalHttpPort: 0 },
    }),
  });
  const app = startApp(['--root', root], { FROM_BOTH: 'environment' });
  await app.ready;
  expect(app.output()).toContain('seen file environment');
});

test.each([
  ['{"IsEncrypted":true}', 'IsEncrypted: must be false'],
  ['{"Values":{"A":1}}', 'Values.A:'],
  ['{"Values":', 'cannot read local.settings.json'],
])('local.settings.json with %s is refused', async (text, line) => {
  const app = startApp([
    '--root',
    makeFolder({ 'package.json': '{}', 'local.settings.json': text }),
  ]);
  expect(await app.exit).toBe(2);
  expect(app.output()).toContain(line);
});

test('the app is built anew when a source is newer than it, or it is missing', () => {
  const folder = makeFolder({
    'dist/functions/main.js': '',
    'functions/main.ts': '',
    'shared/plan/deep/plan.ts': '',
    'tsconfig.build.json': '{}',
  });
  const at = (name: string, seconds: number): void => {
    utimesSync(path.join(folder, name), seconds, seconds);
  };
  for (const name of ['functions/main.ts', 'shared/plan/deep/plan.ts', 'tsconfig.build.json']) {
    at(name, 1000);
  }
  at('dist/functions/main.js', 2000);
  expect(isBuildStale(folder, 'dist/functions/main.js')).toBe(false);
  at('shared/plan/deep/plan.ts', 3000);
  expect(isBuildStale(folder, 'dist/functions/main.js')).toBe(true);
  expect(isBuildStale(folder, 'dist/other.js')).toBe(true);
});
