import type { HostClock } from './host-clock.ts';

export interface SteppedClock extends HostClock {
  /** Moves time on, waking who sleeps, one after the other, each with what follows from it. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

/** Time that moves only when a test says so. */
export function createSteppedClock(start: number): SteppedClock {
  let now = start;
  const sleepers = new Set<Sleeper>();
  const next = (): Sleeper | undefined =>
    [...sleepers].toSorted((left, right) => left.wakeAt - right.wakeAt)[0];
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = {
          wakeAt: now + ms,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake);
      }),
    advance: async (ms) => {
      const end = now + ms;
      await settle();
      for (let first = next(); first !== undefined && first.wakeAt <= end; first = next()) {
        now = Math.max(now, first.wakeAt);
        first.wake();
        await settle();
      }
      now = end;
    },
  };
}

/** Lets what was woken run until it waits again. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
