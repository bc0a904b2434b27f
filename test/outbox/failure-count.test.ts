import { describe, expect, test } from 'vitest';
import { StorageConflictError } from '../../shared/model/errors.ts';
import { noBrake, type Brake, type Tally } from '../../shared/model/job.ts';
import { createBrake } from '../../shared/outbox/brake.ts';
import { addTallies } from '../../shared/outbox/failure-count.ts';
import { world } from '../world/world.ts';

const minuteMs = 60_000;
const start = Date.UTC(2026, 2, 2, 8);

/** What the brake row is after these outcomes, each so many minutes after the start. */
function after(
  ...outcomes: readonly (readonly [number, number, { readonly [code: string]: number }])[]
): Brake {
  return outcomes.reduce((brake, [minute, done, codes]) => {
    const now = start + minute * minuteMs;
    return addTallies(brake, [tallyOf(now, done, codes)], now);
  }, noBrake);
}

function tallyOf(now: number, done: number, codes: Tally['codes']): Tally {
  const failed = Object.values(codes).reduce((sum, count) => sum + count, 0);
  return { at: now - (now % (10 * minuteMs)), done, failed, codes };
}

describe('the share of failures that stops everything', () => {
  test('is four in ten of at least twenty operations', () => {
    expect(after([0, 12, { refused: 8 }]).quarantine).toMatchObject({ code: 'tooManyFailures' });
    expect(after([0, 13, { refused: 8 }]).quarantine).toBeNull();
    expect(after([0, 0, { refused: 19 }]).quarantine).toBeNull();
    expect(after([0, 0, { refused: 20 }]).quarantine).not.toBeNull();
  });

  test('is named with its counts and with the code that is met most often', () => {
    const { quarantine } = after([0, 10, { one: 3, other: 6 }], [5, 5, { other: 3, third: 2 }]);
    expect(quarantine).toMatchObject({
      code: 'tooManyFailures',
      detail: '14 of 29 operations failed within an hour, 9 of them with other',
      attempts: 1,
      since: start + 5 * minuteMs,
    });
  });

  test('is counted within an hour', () => {
    expect(after([0, 0, { refused: 10 }], [49, 0, { refused: 10 }]).quarantine).not.toBeNull();
    expect(after([0, 0, { refused: 10 }], [61, 0, { refused: 10 }]).quarantine).toBeNull();
  });

  test('is counted anew after it has stopped everything', () => {
    const stopped = after([0, 0, { refused: 20 }]);
    expect(stopped.tallies).toEqual([]);
    expect(addTallies(stopped, [tallyOf(start, 0, { refused: 5 })], start)).toBe(stopped);
  });
});

test('nothing is kept of an hour in which nothing failed', () => {
  expect(after([0, 5, { refused: 1 }], [30, 7, {}]).tallies).toHaveLength(2);
  expect(after([0, 5, { refused: 1 }], [30, 7, {}], [62, 7, {}]).tallies).toEqual([]);
});

describe('the count in storage', () => {
  test('is not touched while nothing fails', async () => {
    const here = world().build();
    await here.deps.brake.count({ done: 500, codes: {} });
    expect(here.tables.rows('Job')).toEqual([]);
  });

  test('is kept together by all instances, and lets all of them stop', async () => {
    const here = world().build();
    const other = world().build({ after: here });
    await here.deps.brake.count({ done: 10, codes: { refused: 5 } });
    expect(await other.deps.brake.look()).toMatchObject({ mayWrite: true, isCounting: true });
    await other.deps.brake.count({ done: 5, codes: {} });
    await other.deps.brake.count({ done: 0, codes: { refused: 5 } });
    here.clock.jump(2_000);
    expect(await here.deps.brake.look()).toMatchObject({
      mayWrite: false,
      isCounting: false,
      quarantine: { detail: '10 of 25 operations failed within an hour, 10 of them with refused' },
    });
    expect(other.log.named('quarantineChanged')).toHaveLength(1);
  });

  test('begins with what this process carried out within the hour before', async () => {
    const here = world().build();
    await here.deps.brake.count({ done: 100, codes: {} });
    here.clock.jump(40 * minuteMs);
    await here.deps.brake.count({ done: 30, codes: {} });
    here.clock.jump(30 * minuteMs);
    await here.deps.brake.count({ done: 0, codes: { refused: 20 } });
    expect((await here.deps.brake.look()).quarantine).toMatchObject({
      detail: '20 of 50 operations failed within an hour, 20 of them with refused',
    });
  });

  test('is let go where others are always faster to write it, and nothing else suffers', async () => {
    const here = world().build();
    const beaten = new StorageConflictError('beaten', 'changed');
    const tables = { ...here.tables, write: () => Promise.reject(beaten) };
    const brake = createBrake({ ...here.deps, tables, initialStatus: 'on' });
    await brake.count({ done: 0, codes: { refused: 5 } });
    expect(here.log.named('outcomesNotCounted')).toEqual([{ done: 0, failed: 5 }]);
  });
});
