import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';

import type { FunctionRunner } from './function-runner.ts';
import type { LoadedFunction } from './load-app.ts';
import { parseNcrontab } from './ncrontab.ts';
import type { Listener } from './queue-listener.ts';
import { createMemoryScheduleStore, type ScheduleStore } from './schedule-store.ts';
import { createSteppedClock, type SteppedClock } from './stepped-clock.ts';
import { startTimerListener } from './timer-listener.ts';

const minute = 60_000;
const start = Date.parse('2026-11-23T09:00:10Z');
const trigger = { type: 'timerTrigger', direction: 'in' };
const target: LoadedFunction = {
  name: 'tick',
  metadata: { name: 'tick', bindings: { trigger } },
  callback: () => undefined,
  trigger,
  triggerName: 'trigger',
};

const inputSchema = z.object({
  IsPastDue: z.boolean(),
  Schedule: z.object({ AdjustForDST: z.boolean() }),
  ScheduleStatus: z
    .object({ Last: z.string(), Next: z.string(), LastUpdated: z.string() })
    .nullable(),
});

interface Run {
  /** `hh:mm:ss` */
  readonly at: string;
  readonly input: z.infer<typeof inputSchema>;
}

interface World {
  readonly clock: SteppedClock;
  readonly runs: readonly Run[];
  readonly listener: Listener;
  readonly lines: readonly string[];
}

const listeners: Listener[] = [];

afterEach(async () => {
  await Promise.all(listeners.splice(0).map(async (one) => await one.stop()));
});

interface Given {
  readonly schedule?: string;
  readonly store?: ScheduleStore;
  readonly clock?: SteppedClock;
  /** How long each run takes, in order; then nothing. */
  readonly takesMs?: readonly number[];
  readonly runOnStartup?: boolean;
}

function startTimer(given: Given = {}): World {
  const clock = given.clock ?? createSteppedClock(start);
  const runs: Run[] = [];
  const lines: string[] = [];
  const runner: FunctionRunner = {
    run: async (_target, { data }) => {
      const at = new Date(clock.now()).toISOString().slice(11, 19);
      runs.push({ at, input: inputSchema.parse(JSON.parse(data.json ?? '')) });
      const takes = given.takesMs?.[runs.length - 1] ?? 0;
      if (takes > 0) await clock.sleep(takes);
      return { kind: 'failed' }; // a failure changes nothing in the schedule
    },
    running: 0,
    waitForAll: async () => {
      await Promise.resolve();
    },
  };
  const schedule = parseNcrontab(given.schedule ?? '0 * * * * *');
  const listener = startTimerListener({
    target,
    schedule,
    useMonitor: !schedule.isSubMinute,
    runOnStartup: given.runOnStartup ?? false,
    store: given.store ?? createMemoryScheduleStore(),
    runner,
    log: {
      write: (_level, _category, message) => {
        lines.push(message);
      },
    },
    clock,
  });
  listeners.push(listener);
  return { clock, runs, listener, lines };
}

test('nothing runs before the first occurrence, and then once a minute, also after a failure', async () => {
  const { clock, runs } = startTimer();
  await clock.advance(49_000);
  expect(runs).toEqual([]);
  await clock.advance(2 * minute);
  expect(runs.map((run) => run.at)).toEqual(['09:01:00', '09:02:00']);
});

test('a run is told when the last one was and when this one was due', async () => {
  const { clock, runs } = startTimer();
  await clock.advance(2 * minute);
  expect(runs.map((run) => run.input)).toEqual([
    {
      IsPastDue: false,
      Schedule: { AdjustForDST: true },
      ScheduleStatus: {
        Last: '0001-01-01T00:00:00+00:00',
        Next: '2026-11-23T09:01:00.000+00:00',
        LastUpdated: '2026-11-23T09:00:10.000+00:00',
      },
    },
    {
      IsPastDue: false,
      Schedule: { AdjustForDST: true },
      ScheduleStatus: {
        Last: '2026-11-23T09:01:00.000+00:00',
        Next: '2026-11-23T09:02:00.000+00:00',
        LastUpdated: '2026-11-23T09:01:00.000+00:00',
      },
    },
  ]);
});

test('a run that is longer than the interval is followed at once by one late run, and the others are dropped', async () => {
  const { clock, runs } = startTimer({ takesMs: [3.5 * minute] });
  await clock.advance(5 * minute);
  expect(runs.map((run) => run.at)).toEqual(['09:01:00', '09:04:30', '09:05:00']);
  expect(runs.map((run) => run.input.IsPastDue)).toEqual([false, false, false]);
});

test('a start after a missed occurrence runs once, past due', async () => {
  const store = createMemoryScheduleStore();
  const first = startTimer({ store });
  await first.clock.advance(minute);
  await first.listener.stop();

  const clock = createSteppedClock(start + 10 * minute);
  const second = startTimer({ store, clock });
  await clock.advance(minute);
  expect(second.runs.map((run) => [run.at, run.input.IsPastDue])).toEqual([
    ['09:10:10', true],
    ['09:11:00', false],
  ]);
});

test('a start in time, or with another schedule, is not past due', async () => {
  const store = createMemoryScheduleStore();
  const first = startTimer({ store });
  await first.clock.advance(minute);
  await first.listener.stop();

  const inTime = startTimer({ store, clock: createSteppedClock(start + minute + 20_000) });
  await inTime.clock.advance(10_000);
  expect(inTime.runs).toEqual([]);
  await inTime.listener.stop();

  const clock = createSteppedClock(start + 10 * minute);
  const changed = startTimer({ store, clock, schedule: '30 * * * * *' });
  await clock.advance(10_000);
  expect(changed.runs).toEqual([]);
  await clock.advance(20_000);
  expect(changed.runs.map((run) => [run.at, run.input.IsPastDue])).toEqual([['09:10:30', false]]);
});

test('a schedule of seconds is given no status and is never past due', async () => {
  const store = createMemoryScheduleStore();
  const first = startTimer({ store, schedule: '*/20 * * * * *' });
  await first.clock.advance(30_000);
  await first.listener.stop();
  const second = startTimer({
    store,
    schedule: '*/20 * * * * *',
    clock: createSteppedClock(start + 10 * minute),
  });
  await second.clock.advance(10_000);
  expect(first.runs.map((run) => run.at)).toEqual(['09:00:20', '09:00:40']);
  expect(second.runs.map((run) => run.input)).toEqual([
    { IsPastDue: false, Schedule: { AdjustForDST: true }, ScheduleStatus: null },
  ]);
});

test('runOnStartup runs at the start and then by the schedule', async () => {
  const { clock, runs } = startTimer({ runOnStartup: true });
  await clock.advance(minute);
  expect(runs.map((run) => run.at)).toEqual(['09:00:10', '09:01:00']);
});

test('of two hosts one ticks, and the other takes over within 17 seconds of its death', async () => {
  const clock = createSteppedClock(start);
  const leases = { until: 0 };
  const dying = leasedStore(clock, leases);
  const first = startTimer({ store: dying, clock });
  await clock.advance(0);
  const second = startTimer({ store: leasedStore(clock, leases), clock });
  await clock.advance(2 * minute);
  expect([first.runs.length, second.runs.length]).toEqual([2, 0]);

  dying.kill();
  await clock.advance(17_000);
  await clock.advance(minute);
  expect(first.runs.length).toBe(2);
  expect(second.runs.map((run) => run.at)).toEqual(['09:03:00']);
});

test('stopping waits for the run that has begun and starts no other', async () => {
  const { clock, runs, listener } = startTimer({ takesMs: [90_000] });
  await clock.advance(55_000);
  let isStopped = false;
  const stopping = listener.stop().finally(() => {
    isStopped = true;
  });
  await clock.advance(minute);
  expect(isStopped).toBe(false);
  await clock.advance(minute);
  await stopping;
  expect(runs.map((run) => run.at)).toEqual(['09:01:00']);
});

/** One host's view of a lease of 15 s; after `kill` nothing of that host reaches it any more. */
function leasedStore(
  clock: SteppedClock,
  lease: { until: number },
): ScheduleStore & { kill(): void } {
  let isDead = false;
  const extend = async (): Promise<boolean> => {
    await Promise.resolve();
    if (!isDead) lease.until = clock.now() + 15_000;
    return !isDead;
  };
  return {
    ...createMemoryScheduleStore(),
    acquire: async () => {
      if (lease.until > clock.now() || !(await extend())) return undefined;
      return { renew: extend, release: async () => Promise.resolve() };
    },
    kill: () => {
      isDead = true;
    },
  };
}
