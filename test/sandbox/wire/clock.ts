import { setTimeout as wait } from 'node:timers/promises';

import type { Clock } from '../../../shared/model/ports.ts';

/** A clock that the control API can move forward, so that lifetimes of days can be tried at once. */
export interface SettableClock extends Clock {
  /** By how much this clock is ahead of where it began, or of real time; set when a saved state is loaded. */
  readOffsetMs(): number;
  setOffsetMs(offsetMs: number): void;
}

/** Real time plus an offset; sleeping takes real time. For a process only. */
export function createProcessClock(): SettableClock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    sleep: async (ms) => {
      await wait(ms);
    },
    readOffsetMs: () => offset,
    setOffsetMs: (offsetMs) => {
      offset = offsetMs;
    },
  };
}

/** Stands still until somebody moves it or sleeps on it: sleeping returns at once and has moved the clock. */
export function createManualClock(start = Date.UTC(2026, 0, 5, 8)): SettableClock {
  let offset = 0;
  return {
    now: () => start + offset,
    sleep: async (ms) => {
      offset += ms;
      await Promise.resolve();
    },
    readOffsetMs: () => offset,
    setOffsetMs: (offsetMs) => {
      offset = offsetMs;
    },
  };
}
