import type { FunctionRunner } from './function-runner.ts';
import type { TypedData } from './functions-core.ts';
import { sleepUntil, type HostClock } from './host-clock.ts';
import type { HostLog } from './host-log.ts';
import type { LoadedFunction } from './load-app.ts';
import type { Ncrontab } from './ncrontab.ts';
import type { Listener } from './queue-listener.ts';
import {
  toDotNetStatus,
  type ScheduleStatus,
  type ScheduleStore,
  type TimerLease,
} from './schedule-store.ts';

export interface TimerListenerOptions {
  readonly target: LoadedFunction;
  readonly schedule: Ncrontab;
  /** Keeps the status beyond the life of the host; off for schedules of seconds. */
  readonly useMonitor: boolean;
  readonly runOnStartup: boolean;
  readonly store: ScheduleStore;
  readonly runner: FunctionRunner;
  readonly log: HostLog;
  readonly clock: HostClock;
}

/** Half the lease, so that one slow renewal loses nothing. */
const renewEveryMs = 7_000;
const tryAgainMs = 2_000;

/**
 * Runs one function by its schedule, as the only host that does so. The next run is planned when the last has ended: a run that was longer
 * than the interval is followed at once by one late run. A start after a missed occurrence runs once with `isPastDue`.
 */
export function startTimerListener(options: TimerListenerOptions): Listener {
  const stopped = new AbortController();
  const running = keepTrying(options, stopped.signal);
  return {
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}

async function keepTrying(options: TimerListenerOptions, stop: AbortSignal): Promise<void> {
  const { clock, log, store, target } = options;
  while (!stop.aborted) {
    try {
      const lease = await store.acquire(target.name);
      if (lease !== undefined) await runWithLease(options, lease, stop);
    } catch (error) {
      log.write(
        'error',
        'Host.Timers',
        `The listener for function '${target.name}' failed: ${describe(error)}`,
      );
    }
    await sleepUntil(clock, tryAgainMs, stop);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

async function runWithLease(
  options: TimerListenerOptions,
  lease: TimerLease,
  stop: AbortSignal,
): Promise<void> {
  const lost = new AbortController();
  const ended = new AbortController();
  const renewing = renew(options, lease, { lost, ended: ended.signal });
  try {
    await tick(options, AbortSignal.any([stop, lost.signal]));
  } finally {
    ended.abort();
    await renewing;
    if (!lost.signal.aborted) await lease.release();
  }
}

async function renew(
  options: TimerListenerOptions,
  lease: TimerLease,
  signals: { readonly lost: AbortController; readonly ended: AbortSignal },
): Promise<void> {
  for (;;) {
    await sleepUntil(options.clock, renewEveryMs, signals.ended);
    if (signals.ended.aborted) return;
    const isHeld = await lease.renew().catch(() => false);
    if (isHeld) continue;
    options.log.write('warning', 'Host.Timers', `lost the lease of timer '${options.target.name}'`);
    signals.lost.abort();
    return;
  }
}

/** The life of a started listener, until it is stopped. */
async function tick(options: TimerListenerOptions, stop: AbortSignal): Promise<void> {
  const { clock, schedule, useMonitor } = options;
  const startedAt = clock.now();
  let status = useMonitor
    ? await checkStatus(options, startedAt)
    : { last: 0, next: schedule.next(startedAt), lastUpdated: 0 };
  const isLate = useMonitor && startedAt > status.next;
  if (isLate || options.runOnStartup) status = await runOnce(options, status, isLate);
  for (;;) {
    while (clock.now() < status.next && !stop.aborted) {
      await sleepUntil(clock, status.next - clock.now(), stop);
    }
    if (stop.aborted) return;
    status = await runOnce(options, status, false);
  }
}

/** Runs the function and gives the status after it; what comes next is counted from the beginning of this run. */
async function runOnce(
  options: TimerListenerOptions,
  status: ScheduleStatus,
  isPastDue: boolean,
): Promise<ScheduleStatus> {
  const { clock, runner, schedule, target, useMonitor } = options;
  const firedAt = clock.now();
  await runner.run(target, {
    data: toTimerInput(useMonitor ? status : undefined, isPastDue),
    reason: isPastDue ? 'Timer was past due' : 'Timer fired',
  });
  const after = { last: firedAt, next: schedule.next(firedAt), lastUpdated: firedAt };
  if (useMonitor) await save(options, after);
  return after;
}

/**
 * What was recorded, or a first record. A schedule that is not the recorded one starts anew from now, so that a changed schedule is never
 * past due.
 */
async function checkStatus(options: TimerListenerOptions, now: number): Promise<ScheduleStatus> {
  const { schedule, store, target } = options;
  const stored = await store.load(target.name);
  if (stored === undefined) {
    const first = { last: 0, next: schedule.next(now), lastUpdated: now };
    await save(options, first);
    return first;
  }
  const base = stored.last === 0 ? stored.lastUpdated : stored.last;
  const expected = schedule.next(base === 0 ? now : base);
  if (expected === stored.next) return stored;
  const isOver = now > expected;
  const changed = {
    last: 0,
    next: isOver ? schedule.next(now) : expected,
    lastUpdated: isOver ? now : base,
  };
  await save(options, changed);
  return changed;
}

/** Best effort, as in the real host: a status that was not stored costs at most a late run after the next start. */
async function save(options: TimerListenerOptions, status: ScheduleStatus): Promise<void> {
  try {
    await options.store.save(options.target.name, status);
  } catch (error) {
    const name = options.target.name;
    options.log.write(
      'error',
      'Host.Timers',
      `Function '${name}' failed to update the timer trigger status: ${describe(error)}`,
    );
  }
}

/** What a timer function is given; no status where none is kept. */
export function toTimerInput(status: ScheduleStatus | undefined, isPastDue: boolean): TypedData {
  return {
    json: JSON.stringify({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: status === undefined ? null : toDotNetStatus(status),
      IsPastDue: isPastDue,
    }),
  };
}
