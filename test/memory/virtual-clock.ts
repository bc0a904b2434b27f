import type { Clock } from '../../shared/model/ports.ts';

export interface VirtualClock extends Clock {
  /** Lets time pass: wakes each sleeper at its own moment, in order, and lets it run on before the next one wakes. */
  advance(ms: number): Promise<void>;
  /** Sets the time without waking anybody, as a machine does that stood still: sleepers who are late wake with the next `advance`. */
  jump(ms: number): void;
  /** When the next sleeper wakes; undefined where nobody sleeps. */
  nextWake(): number | undefined;
  /** All that was slept so far, in the order in which it was asked for. */
  readonly slept: readonly number[];
}

export interface VirtualClockOptions {
  /** Milliseconds since 1970. */
  readonly start?: number;
  /** Nobody sleeps: `sleep` moves the time itself and comes back at once. For one actor alone. */
  readonly skipSleeps?: boolean;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes only when a test says so. Starts on 2 March 2026, 08:00 UTC, a Monday. */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  let now = options.start ?? Date.UTC(2026, 2, 2, 8);
  let sleepers: readonly Sleeper[] = [];
  const slept: number[] = [];

  function earliest(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers) {
      if (first === undefined || sleeper.at < first.at) first = sleeper;
    }
    return first;
  }

  return {
    now: () => now,
    sleep: (ms) => {
      slept.push(ms);
      if (options.skipSleeps === true) {
        now += Math.max(0, ms);
        return Promise.resolve();
      }
      return new Promise((wake) => {
        sleepers = [...sleepers, { at: now + Math.max(0, ms), wake }];
      });
    },
    advance: async (ms) => {
      const end = now + ms;
      await settle();
      for (let next = earliest(); next !== undefined && next.at <= end; next = earliest()) {
        const woken = next;
        sleepers = sleepers.filter((sleeper) => sleeper !== woken);
        now = Math.max(now, woken.at);
        woken.wake();
        await settle();
      }
      now = Math.max(now, end);
    },
    jump: (ms) => {
      now += ms;
    },
    nextWake: () => earliest()?.at,
    slept,
  };
}

/** Runs everything that is ready to run, until all of it waits for time or for a socket. */
function settle(): Promise<void> {
  return new Promise((done) => {
    setImmediate(done);
  });
}
