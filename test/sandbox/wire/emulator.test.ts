import { describe, expect, test } from 'vitest';

import { buildFault } from './fault-list.ts';
import { createTallyEmulator } from './tally-emulator.ts';
import type { WireResult } from './types.ts';

const add = { method: 'POST', url: '/tally', headers: {}, body: '' };
const read = { method: 'GET', url: '/tally', headers: {}, body: '' };
const batch = { method: 'POST', url: '/batch', headers: {}, body: '3' };

function control(method: string, path: string, body?: unknown) {
  const text = body === undefined ? '' : JSON.stringify(body);
  return { method, url: `/_control${path}`, headers: {}, body: text };
}

function readStatus(result: WireResult): number | 'reset' {
  return result.kind === 'reset' ? 'reset' : result.response.status;
}

function readBody(result: WireResult): unknown {
  return result.kind === 'reset' || result.response.body === ''
    ? undefined
    : JSON.parse(result.response.body);
}

describe('request log', () => {
  test('numbers each request and says whether it changed anything', async () => {
    const { emulator } = createTallyEmulator();
    await emulator.handle(add);
    await emulator.handle(read);
    expect(emulator.log.readRecords()).toMatchObject([
      { sequence: 1, method: 'POST', route: '/tally', status: 200, wrote: true },
      { sequence: 2, method: 'GET', route: '/tally', status: 200, wrote: false },
    ]);
    expect(emulator.log.readRecords(1)).toHaveLength(1);
  });

  test('lists a batch before its parts and counts it as one request', async () => {
    const { emulator } = createTallyEmulator();
    await emulator.handle(batch);
    const records = emulator.log.readRecords();
    expect(records.map(({ sequence, route }) => [sequence, route])).toEqual([
      [1, '/batch'],
      [2, '/tally'],
      [3, '/tally'],
      [4, '/tally'],
    ]);
    expect(records[0]?.parts).toBe(3);
    expect(records[1]?.partOf).toBe(1);
    expect(emulator.log.readCounts()).toEqual({
      byRoute: { '/batch': 1, '/tally': 3 },
      requests: 1,
      batchParts: 3,
      writes: 3,
    });
  });

  test('answers an unknown route with 501 and its name', async () => {
    const { emulator } = createTallyEmulator();
    const result = await emulator.handle({ ...read, url: '/nothing?x=1' });
    expect(readStatus(result)).toBe(501);
    expect(JSON.stringify(readBody(result))).toContain('GET /nothing');
    expect(emulator.log.readCounts().byRoute).toEqual({ unknown: 1 });
  });

  test('keeps the last 200,000 records and all counts', async () => {
    const { emulator } = createTallyEmulator();
    for (let index = 0; index < 221_000; index += 1) {
      emulator.log.add({
        sequence: index,
        at: 0,
        method: 'GET',
        route: '/x',
        status: 200,
        wrote: false,
      });
    }
    expect(emulator.log.readRecords()).toHaveLength(200_000);
    expect(emulator.log.readRecords().at(-1)?.sequence).toBe(220_999);
    expect(emulator.log.readCounts().requests).toBe(221_000);
  });
});

describe('faults', () => {
  test('a refusal before the effect leaves the state alone and carries a fractional Retry-After', async () => {
    const { emulator, readTally } = createTallyEmulator();
    emulator.faults.add(
      buildFault({ route: '/tally', nth: 2 }, { kind: 'status', status: 429, retryAfter: '2.128' }),
    );
    const results = [
      await emulator.handle(add),
      await emulator.handle(add),
      await emulator.handle(add),
    ];
    expect(results.map(readStatus)).toEqual([200, 429, 200]);
    expect(readTally()).toBe(2);
    expect(emulator.log.readRecords()[1]).toMatchObject({
      retryAfter: 2.128,
      fault: 'before status 429',
      wrote: false,
    });
  });

  test('a lost answer after the effect is a reset although the state has changed', async () => {
    const { emulator, readTally } = createTallyEmulator();
    emulator.faults.add(buildFault({ route: '/tally', when: 'after' }, { kind: 'reset' }));
    expect(readStatus(await emulator.handle(add))).toBe('reset');
    expect(readTally()).toBe(1);
    expect(emulator.log.readRecords()[0]).toMatchObject({ status: 'reset', wrote: true });
  });

  test('strikes the nth and those after it as often as asked', async () => {
    const { emulator } = createTallyEmulator();
    emulator.faults.add(
      buildFault({ route: '/tal*', nth: 2, times: 2 }, { kind: 'status', status: 503 }),
    );
    const statuses = [];
    for (let index = 0; index < 5; index += 1)
      statuses.push(readStatus(await emulator.handle(read)));
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
  });

  test('strikes and counts only requests that have the text of `only` in URL or body', async () => {
    const { emulator } = createTallyEmulator();
    emulator.faults.add(
      buildFault({ route: '/tally', only: 'ada', nth: 2 }, { kind: 'status', status: 503 }),
    );
    const statuses = [];
    for (const body of ['{"id":"ADA"}', '{"id":"bob"}', '', '{"id":"ada"}'])
      statuses.push(readStatus(await emulator.handle({ ...read, body })));
    expect(statuses).toEqual([200, 200, 200, 503]);
  });

  test('strikes every third part of batches, each part on its own', async () => {
    const { emulator } = createTallyEmulator();
    emulator.faults.add(buildFault({ route: '/tally', every: 3 }, { kind: 'status', status: 503 }));
    await emulator.handle(batch);
    await emulator.handle(batch);
    const parts = emulator.log.readRecords().filter(({ partOf }) => partOf !== undefined);
    expect(parts.map(({ status }) => status)).toEqual([200, 200, 503, 200, 200, 503]);
  });

  test('a part that breaks the connection breaks that of the whole batch', async () => {
    const { emulator, readTally } = createTallyEmulator();
    emulator.faults.add(buildFault({ route: '/tally', nth: 2 }, { kind: 'reset' }));
    expect(readStatus(await emulator.handle(batch))).toBe('reset');
    expect(readTally()).toBe(2);
  });

  test.each([
    ['json', 'application/json', '{"failed":502}'],
    ['text', 'text/plain', 'Error 502'],
    ['html', 'text/html', '<html><body><h1>Error 502</h1></body></html>'],
    ['empty', undefined, ''],
  ] as const)('a failure comes with a body of kind %s', async (body, type, text) => {
    const { emulator } = createTallyEmulator();
    emulator.faults.add(buildFault({ route: '*' }, { kind: 'status', status: 502, body }));
    const result = await emulator.handle(read);
    if (result.kind === 'reset') throw new Error('no answer');
    expect(result.response).toMatchObject({ status: 502, body: text });
    expect(result.response.headers['content-type']).toBe(type);
  });

  test('reports delays instead of waiting: latency, fault and the slowest part', async () => {
    const { emulator } = createTallyEmulator();
    emulator.settings.change({ latencyMs: 30 });
    emulator.faults.add(buildFault({ route: '/tally', nth: 2 }, { kind: 'delay', ms: 700 }));
    expect((await emulator.handle(read)).delayMs).toBe(30);
    expect((await emulator.handle(batch)).delayMs).toBe(730);
  });

  test('hands the name of a special fault to the rules', async () => {
    const { emulator } = createTallyEmulator();
    emulator.faults.add(buildFault({ route: '/tally' }, { kind: 'special', name: 'hideTally' }));
    expect(readBody(await emulator.handle(add))).toEqual({ tally: null });
    expect(emulator.log.readRecords()[0]?.fault).toBe('hideTally');
  });
});

describe('control API', () => {
  test('merges settings and refuses an unknown one by name, changing nothing', async () => {
    const { emulator } = createTallyEmulator();
    const good = await emulator.handle(control('PUT', '/settings', { latencyMs: 5 }));
    expect(readBody(good)).toEqual({ latencyMs: 5, step: 1 });
    const bad = await emulator.handle(control('PUT', '/settings', { step: 2, speed: 9 }));
    expect(readStatus(bad)).toBe(400);
    expect(JSON.stringify(readBody(bad))).toContain('speed');
    expect(emulator.settings.read()).toEqual({ latencyMs: 5, step: 1 });
  });

  test('adds, shows and clears faults, and names what is wrong with one', async () => {
    const { emulator } = createTallyEmulator();
    const fault = buildFault({ route: '/tally' }, { kind: 'reset' });
    expect(readStatus(await emulator.handle(control('POST', '/faults', fault)))).toBe(201);
    expect(readBody(await emulator.handle(control('GET', '/faults')))).toMatchObject([
      { route: '/tally', matched: 0 },
    ]);
    await emulator.handle(control('DELETE', '/faults'));
    expect(readStatus(await emulator.handle(add))).toBe(200);
    const unknown = buildFault({ route: '/tally' }, { kind: 'special', name: 'melt' });
    for (const [body, place] of [
      [unknown, 'melt'],
      [{ ...fault, when: 'later' }, 'when'],
      [{ ...fault, nth: 2, every: 3 }, 'every'],
    ] as const) {
      const refused = await emulator.handle(control('POST', '/faults', body));
      expect(readStatus(refused)).toBe(400);
      expect(JSON.stringify(readBody(refused))).toContain(place);
    }
  });

  test('shows requests since a number, writes only on demand, and forgets them on command', async () => {
    const { emulator } = createTallyEmulator();
    await emulator.handle(read);
    await emulator.handle(add);
    const writes = await emulator.handle(control('GET', '/requests?since=0&writes=true'));
    expect(readBody(writes)).toMatchObject([{ sequence: 2 }]);
    expect(readStatus(await emulator.handle(control('GET', '/requests?since=x')))).toBe(400);
    await emulator.handle(control('DELETE', '/requests'));
    expect(readBody(await emulator.handle(control('GET', '/requests')))).toEqual([]);
    await emulator.handle(read);
    expect(emulator.log.readRecords()[0]?.sequence).toBe(3);
  });

  test('moves the clock', async () => {
    const { emulator } = createTallyEmulator();
    const before = emulator.clock.now();
    await emulator.handle(control('PUT', '/clock', { advanceMs: 5000 }));
    expect(emulator.clock.now()).toBe(before + 5000);
  });

  test('answers health, and an unknown control route with 501', async () => {
    const { emulator } = createTallyEmulator();
    expect(readBody(await emulator.handle(control('GET', '/health')))).toEqual({
      name: 'tally',
      ready: true,
    });
    expect(readStatus(await emulator.handle(control('GET', '/nothing')))).toBe(501);
    expect(emulator.log.readRecords()).toEqual([]);
  });
});

test('the same seed gives the same row, also after saving and loading', async () => {
  const first = createTallyEmulator();
  first.emulator.random.token();
  await first.emulator.handle(add);
  const second = createTallyEmulator();
  second.emulator.loadState(JSON.parse(JSON.stringify(first.emulator.saveState())));
  expect(second.readTally()).toBe(1);
  expect(second.emulator.random.token()).toBe(first.emulator.random.token());
  await second.emulator.handle(read);
  expect(second.emulator.log.readRecords()[0]?.sequence).toBe(2);
});
