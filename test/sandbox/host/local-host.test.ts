import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, describe, expect, inject, test, vi } from 'vitest';

import { createLocalHost, type LocalHost, type LocalHostOptions } from './local-host.ts';
import { startFixture, type Fixture } from './start-fixture.ts';

const hosts: LocalHost[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(hosts.splice(0).map(async (host) => await host.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function start(options: Partial<LocalHostOptions> = {}): Promise<Fixture> {
  const fixture = await startFixture(inject('azurite'), options);
  hosts.push(fixture.host);
  return fixture;
}

/** An app of one file, under a host of its own. */
async function startApp(
  main: string,
  hostJson = '{"version":"2.0"}',
): Promise<{ host: LocalHost; text: () => string }> {
  const appRoot = mkdtempSync(path.join(tmpdir(), 'local-host-'));
  folders.push(appRoot);
  writeFileSync(path.join(appRoot, 'package.json'), '{"type":"module","main":"main.mjs"}');
  writeFileSync(path.join(appRoot, 'host.json'), hostJson);
  if (main !== '') writeFileSync(path.join(appRoot, 'main.mjs'), main);
  const lines: string[] = [];
  const host = await createLocalHost({
    appRoot,
    port: 0,
    connectionString: inject('azurite'),
    write: (line) => lines.push(line),
  });
  hosts.push(host);
  return { host, text: () => lines.join('') };
}

describe('HTTP', () => {
  test('a function is given parameters, query, headers and bytes, and answers status, headers, cookies and JSON', async () => {
    const { host } = await start();
    const answer = await fetch(`${host.address}/api/echo/a%20b/7?x=1&x=2&y=`, {
      method: 'PUT',
      headers: { 'x-given': 'yes' },
      body: new Uint8Array([0, 127, 255]),
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('x-name')).toBe('a b');
    expect(answer.headers.get('set-cookie')).toBe(
      'state=a%20b; Max-Age=60; Path=/api; HttpOnly; Secure; SameSite=Lax',
    );
    expect(await answer.json()).toEqual({
      params: { name: 'a b', id: '7' },
      query: { x: '1,2', y: '' },
      header: 'yes',
      bytes: [0, 127, 255],
      path: '/api/echo/a%20b/7',
    });
  });

  test.each([
    ['POST', '/api/echo/fixed', 200, 'the literal one'],
    ['GET', '/api/files/a/b', 200, 'a/b'],
    ['GET', '/api/files', 200, 'none'],
    ['GET', '/api/nothing', 204, ''],
    ['GET', '/api/broken', 500, ''],
    ['GET', '/api/echo/ada', 404, ''],
    ['POST', '/api/echo/ada/seven', 404, ''],
    ['GET', '/api/unknown', 404, ''],
    ['GET', '/seen', 404, ''],
    ['GET', '/api/locked', 401, ''],
  ])('%s %s is answered with %i', async (method, route, status, body) => {
    const { host } = await start();
    const answer = await fetch(`${host.address}${route}`, { method });
    expect([answer.status, await answer.text()]).toEqual([status, body]);
  });

  test('what a function throws is in the log, not in the answer', async () => {
    const { host, lines } = await start();
    await fetch(`${host.address}/api/broken`);
    expect(lines.join('\n')).toContain('it broke inside');
  });

  test('a function of level function wants the key, in the header or as code', async () => {
    const { host } = await start({ masterKey: 'the-key' });
    const ask = async (query: string, headers: Record<string, string>): Promise<number> =>
      (await fetch(`${host.address}/api/locked${query}`, { headers })).status;
    expect(await ask('', { 'x-functions-key': 'the-key' })).toBe(200);
    expect(await ask('?code=the-key', {})).toBe(200);
    expect(await ask('', { 'x-functions-key': 'another' })).toBe(401);
    expect((await fetch(`${host.address}/admin/host/status`)).status).toBe(401);
  });

  test('stopping answers what has begun and takes nothing new', async () => {
    const { host } = await start();
    const slow = fetch(`${host.address}/api/slow?ms=400`);
    await vi.waitFor(async () => {
      const text = await (await fetch(`${host.address}/admin/host/status`)).text();
      expect(text).toContain('"state":"Running"');
    });
    const stopping = host.stop();
    expect(await (await slow).text()).toBe('at last');
    await stopping;
    await expect(fetch(`${host.address}/api/seen`)).rejects.toThrow('fetch failed');
  });
});

describe('the admin routes', () => {
  test('the status tells functions and memory', async () => {
    const { host } = await start();
    const status: unknown = await (await fetch(`${host.address}/admin/host/status`)).json();
    expect(status).toMatchObject({ state: 'Running', pid: process.pid });
    expect(status).toHaveProperty('functions', expect.arrayContaining(['tick', 'work', 'seen']));
    expect(status).toHaveProperty('peakRssMb', expect.any(Number));
  });

  test('a timer and a queue function can be started by hand, an unknown one cannot', async () => {
    const given = await start();
    const fire = async (name: string, body: string): Promise<number> =>
      (await fetch(`${given.host.address}/admin/functions/${name}`, { method: 'POST', body }))
        .status;
    expect(await fire('tick', '{}')).toBe(202);
    expect(await fire('work', '{"input":"{\\"id\\":\\"hand\\"}"}')).toBe(202);
    expect(await fire('unknown', '{}')).toBe(404);
    expect(await fire('tick', 'no json')).toBe(400);
    await vi.waitFor(async () => {
      expect(await given.seen('tick')).toMatchObject([
        { timer: { isPastDue: false, schedule: { adjustForDST: true } } },
      ]);
      expect(await given.seen('done')).toMatchObject([{ id: 'hand' }]);
    });
  });
});

test('a timer ticks by the schedule that its setting holds, and the app sees the settings', async () => {
  const given = await start({ settings: { TICK_SCHEDULE: '* * * * * *' } });
  await vi.waitFor(
    async () => {
      expect((await given.seen('tick')).length).toBeGreaterThan(1);
    },
    { timeout: 8000, interval: 100 },
  );
  expect((await given.seen('tick'))[0]).toMatchObject({
    timer: { isPastDue: false, scheduleStatus: null },
    schedule: '* * * * * *',
  });
  expect(await given.seen('appStart')).toHaveLength(1);
});

test('lines of the app carry time, level and function, and pass the log hook', async () => {
  const { host, lines } = await start();
  await fetch(`${host.address}/admin/functions/tick`, { method: 'POST' });
  await vi.waitFor(() => {
    const line = lines.find((one) => one.includes('the password is'));
    expect(line).toMatch(
      /^\d{4}-\d\d-\d\dT\S+Z information Function\.tick\.User: the password is \*\*\*$/,
    );
  });
});

test('quiet leaves warnings and errors only', async () => {
  const { host, lines } = await start({ quiet: true });
  await fetch(`${host.address}/api/seen`);
  expect(lines).toEqual([]);
  await fetch(`${host.address}/api/broken`);
  expect(lines.join('\n')).toContain('it broke inside');
});

test('the environment is as it was when the host has stopped', async () => {
  const { host } = await start({ settings: { TICK_SCHEDULE: '0 0 0 1 1 *' } });
  expect(process.env['TICK_SCHEDULE']).toBe('0 0 0 1 1 *');
  await host.stop();
  expect(process.env['TICK_SCHEDULE']).toBeUndefined();
});

describe('a host that cannot run everything', () => {
  test('an app that throws at load leaves a host without functions: 404 everywhere', async () => {
    const { host, text } = await startApp(
      `import { app } from '@azure/functions';
       app.http('early', { methods: ['GET'], authLevel: 'anonymous', handler: () => ({ body: 'x' }) });
       throw new Error('a setting is wrong');`,
    );
    expect((await fetch(`${host.address}/api/early`)).status).toBe(404);
    expect(host.functionNames).toEqual([]);
    expect(text()).toContain(
      'Worker was unable to load entry point "main.mjs": a setting is wrong',
    );
  });

  test('an app whose main is missing says so', async () => {
    const { text } = await startApp('');
    expect(text()).toContain('Found zero files matching the supplied pattern');
  });

  test('a function in error is named, and the others run', async () => {
    const { host, text } = await startApp(
      `import { app, output } from '@azure/functions';
       const handler = () => ({ body: 'well' });
       app.timer('never', { schedule: '%NO_SUCH_SETTING%', handler });
       app.timer('wrong', { schedule: 'now', handler });
       app.storageQueue('lost', { queueName: 'some-queue', connection: 'NoSuchConnection', handler });
       app.storageQueue('named', { queueName: 'Q_1', connection: 'AzureWebJobsStorage', handler });
       app.eventGrid('other', { handler });
       app.storageQueue('bound', { queueName: 'some-queue', connection: 'AzureWebJobsStorage', handler,
         return: output.storageQueue({ queueName: 'else', connection: 'AzureWebJobsStorage' }) });
       app.http('admin', { route: 'well', methods: ['GET'], authLevel: 'anonymous', handler });`,
    );
    expect(host.functionNames).toEqual(['admin']);
    expect(await (await fetch(`${host.address}/api/well`)).text()).toBe('well');
    for (const line of [
      "The 'never' function is in error: %NO_SUCH_SETTING% does not resolve",
      `The 'wrong' function is in error: cannot read schedule "now"`,
      `The 'lost' function is in error: the connection "NoSuchConnection" is not set`,
      `The 'named' function is in error: "q_1" is no queue name`,
      `The 'other' function is in error: this local host has no trigger "eventGridTrigger"`,
      `The 'bound' function is in error: this local host has no binding "queue"`,
    ]) {
      expect(text()).toContain(line);
    }
  });

  test('a wrong host.json is named, and every route answers 503', async () => {
    const { host, text } = await startApp('', '{"version":"2.0","functionTimeout":"soon"}');
    const answer = await fetch(`${host.address}/api/early`);
    expect([answer.status, await answer.text()]).toEqual([503, 'Function host is not running.']);
    expect(host.problems).toHaveLength(1);
    expect(text()).toContain('host.json: functionTimeout:');
  });

  test('registering twice, or after the start, is refused', async () => {
    const { host, text } = await startApp(
      `import { app } from '@azure/functions';
       const options = (handler) => ({ methods: ['GET'], authLevel: 'anonymous', handler });
       app.http('late', options(() => { app.http('more', options(() => ({}))); return {}; }));`,
    );
    expect((await fetch(`${host.address}/api/late`)).status).toBe(500);
    expect(text()).toContain('A function can only be registered during app startup.');
    const twice = await startApp(
      `import { app } from '@azure/functions';
       const options = { methods: ['GET'], authLevel: 'anonymous', handler: () => ({}) };
       app.http('same', { ...options }); app.http('Same', { ...options });`,
    );
    expect(twice.host.functionNames).toEqual([]);
    expect(twice.text()).toContain('A function named "Same" has already been registered.');
  });
});
