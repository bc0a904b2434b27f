/** The host's time. A sleep that is cut short by its signal returns early and does not throw. */
export interface HostClock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A node timer takes at most 2^31 - 1 ms; nothing here waits for longer without looking at the clock again. */
const longest = 2_147_483_647;

/** Real time. */
export const realClock: HostClock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, Math.min(Math.max(ms, 0), longest));
      signal?.addEventListener('abort', finish);
    }),
};

/** Sleeps on any clock, also one that knows no signal, and returns as soon as the signal says so. */
export async function sleepUntil(clock: HostClock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const inner = new AbortController();
  const stop = (): void => {
    inner.abort();
  };
  const stopped = new Promise<void>((resolve) => {
    inner.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([clock.sleep(ms, inner.signal), stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
    inner.abort();
  }
}
