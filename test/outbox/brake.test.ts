import { describe, expect, test } from 'vitest';
import { createBrake } from '../../shared/outbox/brake.ts';
import { toJsonColumns } from '../../shared/rows/json-columns.ts';
import { saveOperator } from '../../shared/rows/job.ts';
import { createMemoryLog, type MemoryLog } from '../memory/memory-log.ts';
import { createMemoryTables, type MemoryTables } from '../memory/memory-tables.ts';
import { createSeededRandom } from '../memory/seeded-random.ts';
import { createVirtualClock, type VirtualClock } from '../memory/virtual-clock.ts';

const hourMs = 3_600_000;

interface Instances {
  readonly tables: MemoryTables;
  readonly clock: VirtualClock;
  readonly log: MemoryLog;
  readonly one: ReturnType<typeof createBrake>;
  readonly other: ReturnType<typeof createBrake>;
}

/** Two instances of the app over one storage. */
function twoInstances(initialStatus: 'on' | 'off' | 'planOnly' = 'on'): Instances {
  const tables = createMemoryTables();
  const clock = createVirtualClock();
  const log = createMemoryLog();
  const create = (seed: number): ReturnType<typeof createBrake> =>
    createBrake({ tables, clock, log, random: createSeededRandom(seed), initialStatus });
  return { tables, clock, log, one: create(1), other: create(2) };
}

/** After three attempts that failed, and one that did not. */
async function lifted(): Promise<Instances & { readonly start: number }> {
  const instances = twoInstances();
  const start = instances.clock.now();
  for (let attempt = 1; attempt <= 3; attempt++) {
    await instances.one.quarantine({ code: 'x', detail: '' });
    instances.clock.jump(hourMs);
  }
  await instances.one.quarantine(null);
  return { ...instances, start };
}

describe('a job that has never run', () => {
  test('is in the state of the settings', async () => {
    expect(await twoInstances('on').one.look()).toMatchObject({ mayWrite: true });
    expect(await twoInstances('planOnly').one.look()).toMatchObject({ mayWrite: false });
    expect(await twoInstances('off').one.look()).toMatchObject({ mayWrite: false });
  });

  test('is in the state its operator gave it from then on', async () => {
    const { tables, one } = twoInstances('planOnly');
    await saveOperator(tables, { value: { status: 'on', paused: false }, etag: undefined });
    expect(await one.look()).toMatchObject({ mayWrite: true, operator: { status: 'on' } });
  });
});

test('a pause is seen within two seconds, and at once by a fresh look', async () => {
  const { tables, clock, one } = twoInstances();
  await one.look();
  await saveOperator(tables, { value: { status: 'on', paused: true }, etag: undefined });
  clock.jump(1_999);
  expect(await one.look()).toMatchObject({ mayWrite: true });
  expect(await one.look({ fresh: true })).toMatchObject({ mayWrite: false });
  clock.jump(1);
  expect(await one.look()).toMatchObject({ mayWrite: false });
});

describe('a 429', () => {
  test('is heard by this instance at once and by the others within two seconds', async () => {
    const { clock, one, other } = twoInstances();
    await other.look();
    await one.throttle(30_000);
    const asked = clock.now() + 30_000;
    expect((await one.look()).notBefore).toBeGreaterThanOrEqual(asked);
    clock.jump(2_000);
    expect((await other.look()).notBefore).toBeGreaterThanOrEqual(asked);
  });

  test('spreads the instances a little, never to before the time asked for', async () => {
    const { clock, one } = twoInstances();
    const asked = clock.now() + 10_000;
    await one.throttle(10_000);
    const { notBefore } = await one.look();
    expect(notBefore).toBeGreaterThanOrEqual(asked);
    expect(notBefore).toBeLessThanOrEqual(asked + 1_000);
  });

  test('never shortens a longer wait that another instance was asked for', async () => {
    const { clock, one, other } = twoInstances();
    await one.throttle(60_000);
    await other.throttle(1_000);
    clock.jump(2_000);
    expect((await other.look()).notBefore).toBeGreaterThanOrEqual(clock.now() + 58_000);
  });

  test('of both instances at once is written down whole', async () => {
    const { clock, one, other } = twoInstances();
    await Promise.all([one.throttle(5_000), other.throttle(9_000)]);
    expect((await one.look({ fresh: true })).notBefore).toBeGreaterThanOrEqual(clock.now() + 9_000);
  });
});

describe('quarantine', () => {
  test('stops everything, and says why and when it is tried again', async () => {
    const { clock, one, other } = twoInstances();
    await one.quarantine({ code: 'credentialRefused', detail: 'dropbox: 401' });
    expect(await other.look({ fresh: true })).toMatchObject({
      mayWrite: false,
      quarantine: {
        code: 'credentialRefused',
        attempts: 1,
        since: clock.now(),
        nextAttempt: clock.now() + 5 * 60_000,
      },
    });
  });

  test('doubles the wait with each attempt that fails, up to a day, and keeps since', async () => {
    const { clock, one } = twoInstances();
    const start = clock.now();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 11; attempt++) {
      await one.quarantine({ code: 'credentialRefused', detail: '' });
      const { quarantine } = await one.look();
      waits.push((quarantine?.nextAttempt ?? 0) - clock.now());
      expect(quarantine?.since).toBe(start);
      clock.jump(waits.at(-1) ?? 0);
    }
    expect(waits.slice(0, 3)).toEqual([5, 10, 20].map((minutes) => minutes * 60_000));
    expect(waits.slice(-2)).toEqual([24 * hourMs, 24 * hourMs]);
  });

  test('is not made longer by calls that were under way when everything stopped', async () => {
    const { clock, one, other } = twoInstances();
    await one.quarantine({ code: 'credentialRefused', detail: 'the first' });
    clock.jump(1_000);
    await other.quarantine({ code: 'credentialRefused', detail: 'under way' });
    expect((await one.look({ fresh: true })).quarantine).toMatchObject({
      attempts: 1,
      detail: 'the first',
      nextAttempt: clock.now() - 1_000 + 5 * 60_000,
    });
  });

  test('is logged once for each reason, not for each attempt', async () => {
    const { clock, log, one } = twoInstances();
    for (const code of ['credentialRefused', 'credentialRefused', 'otherTeam']) {
      await one.quarantine({ code, detail: '' });
      clock.jump(hourMs);
    }
    expect(log.named('quarantineChanged')).toEqual([
      { code: 'credentialRefused', before: undefined, attempts: 1 },
      { code: 'otherTeam', before: 'credentialRefused', attempts: 3 },
    ]);
  });

  describe('that was lifted', () => {
    test('lets everything go on', async () => {
      const { one } = await lifted();
      expect(await one.look()).toMatchObject({ mayWrite: true, quarantine: null });
    });

    test('goes on counting when the same comes back within a day, and lasts since then: lifting it had proven little', async () => {
      const { clock, start, one } = await lifted();
      clock.jump(23 * hourMs);
      await one.quarantine({ code: 'x', detail: '' });
      expect((await one.look()).quarantine).toMatchObject({ attempts: 4, since: start });
    });

    test('by an earlier release, which did not note since when, counts from when it was lifted', async () => {
      const { clock, tables, one } = twoInstances();
      const before = { code: 'x', attempts: 2, at: clock.now() };
      const columns = toJsonColumns('value', { notBefore: 0, quarantine: null, lifted: before });
      await tables.write('Job', 'job', [{ kind: 'upsert', rowKey: 'brake', columns }]);
      clock.jump(hourMs);
      await one.quarantine({ code: 'x', detail: '' });
      const { quarantine } = await one.look();
      expect(quarantine).toMatchObject({ attempts: 3, since: clock.now() - hourMs });
    });

    test('starts from the beginning for another reason, and for the same a day later', async () => {
      const another = await lifted();
      await another.one.quarantine({ code: 'y', detail: '' });
      expect((await another.one.look()).quarantine).toMatchObject({ attempts: 1 });
      const later = await lifted();
      later.clock.jump(24 * hourMs);
      await later.one.quarantine({ code: 'x', detail: '' });
      const since = later.clock.now();
      expect((await later.one.look()).quarantine).toMatchObject({ attempts: 1, since });
    });
  });
});
