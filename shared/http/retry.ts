import { HttpFailureError, ThrottledError, TransientError } from '../model/errors.ts';
import type { Clock, Random } from '../model/ports.ts';

export interface RetryPolicy {
  readonly clock: Clock;
  readonly random: Random;
  /** Tries in all, the first included. */
  readonly tries: number;
  /** For everything together, waits included, from the start of the first try. */
  readonly deadlineMs: number;
  /** For all waits that a 429 asks for, together: a longer one is the caller's to arrange. Without it only the deadline counts. */
  readonly throttleWaitMs?: number;
  /** The first wait is at most this long, each further one at most twice the one before. */
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
}

/**
 * Repeats a READ that failed in passing: the attempt threw HttpFailureError or TransientError (ThrottledError included), which the
 * adapter makes of 5xx and 429. Anything else is thrown on at once. A `retryAfterMs` above 0 is waited for exactly; 0 means that the
 * service named no time: exponential backoff with full jitter. Never for writes: their answer may be lost.
 *
 * Gives up with TransientError or ThrottledError, whose `retryAfterMs` is never 0, when the tries are used up or the wait would pass
 * the deadline. The attempt is told how many milliseconds are left, so that it can shorten its own time-out.
 */
export async function withRetry<T>(
  attempt: (leftMs: number) => Promise<T>,
  policy: RetryPolicy,
): Promise<T> {
  const startedAt = policy.clock.now();
  let throttledMs = 0;
  for (let tryNumber = 1; ; tryNumber += 1) {
    const leftMs = policy.deadlineMs - (policy.clock.now() - startedAt);
    try {
      return await attempt(leftMs);
    } catch (error) {
      const ceilingMs = backoffCeilingMs(tryNumber, policy);
      const failure = toTransientError(error, ceilingMs);
      const waitMs = chooseWaitMs(error, ceilingMs, policy.random);
      if (failure instanceof ThrottledError) throttledMs += waitMs;
      const passedMs = policy.clock.now() - startedAt;
      const isOver =
        tryNumber >= policy.tries ||
        passedMs + waitMs >= policy.deadlineMs ||
        throttledMs > (policy.throttleWaitMs ?? Infinity);
      if (isOver) throw failure;
      await policy.clock.sleep(waitMs);
    }
  }
}

function backoffCeilingMs(tryNumber: number, policy: RetryPolicy): number {
  const { baseDelayMs = 500, maxDelayMs = 10_000 } = policy;
  return Math.min(maxDelayMs, baseDelayMs * 2 ** (tryNumber - 1));
}

/** What to throw on giving up; throws on at once what is not transient. */
function toTransientError(error: unknown, ceilingMs: number): TransientError {
  if (error instanceof ThrottledError) {
    return error.retryAfterMs > 0
      ? error
      : new ThrottledError(error.message, ceilingMs, { cause: error });
  }
  if (error instanceof TransientError) {
    return error.retryAfterMs > 0
      ? error
      : new TransientError(error.message, ceilingMs, { cause: error });
  }
  if (error instanceof HttpFailureError) {
    return new TransientError(error.message, ceilingMs, { cause: error });
  }
  throw error;
}

/** Full jitter, so that instances which failed together do not come back together. */
function chooseWaitMs(error: unknown, ceilingMs: number, random: Random): number {
  if (error instanceof TransientError && error.retryAfterMs > 0) return error.retryAfterMs;
  return Math.ceil(random.fraction() * ceilingMs);
}
