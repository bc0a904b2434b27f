import { describe, expect, test } from 'vitest';
import { withRetry, type RetryPolicy } from '../../shared/http/retry.ts';
import {
  BadRequestError,
  HttpFailureError,
  ThrottledError,
  TransientError,
} from '../../shared/model/errors.ts';
import { createVirtualClock } from '../memory/virtual-clock.ts';

const reset = new HttpFailureError('reset', false);

function setUp(policy: Partial<RetryPolicy> = {}, fraction = 0.5) {
  const clock = createVirtualClock({ skipSleeps: true });
  const random = { fraction: () => fraction, token: () => 'token' };
  const whole: RetryPolicy = { clock, random, tries: 3, deadlineMs: 30_000, ...policy };
  return { clock, policy: whole };
}

/** Fails with these in turn, then answers. */
function failing(...errors: readonly Error[]) {
  const left = [...errors];
  const calls: number[] = [];
  const attempt = async (leftMs: number): Promise<string> => {
    calls.push(leftMs);
    const error = left.shift();
    if (error !== undefined) throw error;
    return 'answer';
  };
  return { attempt, calls };
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a read that fails in passing', () => {
  test('is repeated after a random part of a wait that doubles', async () => {
    const { clock, policy } = setUp();
    expect(await withRetry(failing(reset, new TransientError('503', 0)).attempt, policy)).toBe(
      'answer',
    );
    expect(clock.slept).toEqual([250, 500]);
  });

  test('never waits longer than the largest delay', async () => {
    const { clock, policy } = setUp({ tries: 6, baseDelayMs: 1_000, maxDelayMs: 3_000 }, 0.9999);
    await withRetry(failing(reset, reset, reset, reset).attempt, policy);
    expect(clock.slept).toEqual([1_000, 2_000, 3_000, 3_000]);
  });

  test('waits exactly as long as the service asks, whatever the backoff says', async () => {
    const { clock, policy } = setUp({}, 0);
    const { attempt } = failing(new TransientError('503', 7_001), new ThrottledError('429', 3));
    await withRetry(attempt, policy);
    expect(clock.slept).toEqual([7_001, 3]);
  });

  test('learns how much of the deadline is left', async () => {
    const { policy } = setUp();
    const { attempt, calls } = failing(new TransientError('503', 4_000));
    await withRetry(attempt, policy);
    expect(calls).toEqual([30_000, 26_000]);
  });
});

describe('a read that goes on failing', () => {
  test('gives up after the last try with a time to come back', async () => {
    const { clock, policy } = setUp({}, 0);
    const { attempt, calls } = failing(reset, reset, reset, reset);
    const error = await errorOf(withRetry(attempt, policy));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ retryAfterMs: 2_000, cause: reset });
    expect(calls).toHaveLength(3);
    expect(clock.slept).toHaveLength(2);
  });

  test('gives up at once where the wait would pass the deadline, and hands the wait on', async () => {
    const { clock, policy } = setUp();
    const asked = new TransientError('503', 30_000);
    expect(await errorOf(withRetry(failing(asked).attempt, policy))).toBe(asked);
    expect(clock.slept).toEqual([]);
  });

  test('counts the time that the tries themselves took', async () => {
    const { clock, policy } = setUp({ deadlineMs: 1_000 });
    const slow = async (): Promise<never> => {
      clock.jump(900);
      throw new TransientError('503', 100);
    };
    expect(await errorOf(withRetry(slow, policy))).toMatchObject({ retryAfterMs: 100 });
    expect(clock.slept).toEqual([]);
  });

  test('hands a long throttle to the caller, and a second short one once the waits add up', async () => {
    const { clock, policy } = setUp({ throttleWaitMs: 2_000, tries: 9 });
    const long = new ThrottledError('429', 2_001);
    expect(await errorOf(withRetry(failing(long).attempt, policy))).toBe(long);
    const short = new ThrottledError('429', 1_500);
    expect(await errorOf(withRetry(failing(short, short).attempt, policy))).toBe(short);
    expect(clock.slept).toEqual([1_500]);
  });

  test('stays throttled where the 429 named no time', async () => {
    const { policy } = setUp({ tries: 1 });
    const error = await errorOf(withRetry(failing(new ThrottledError('429', 0)).attempt, policy));
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).toMatchObject({ retryAfterMs: 500 });
  });
});

test('anything else is thrown at once', async () => {
  const { clock, policy } = setUp();
  const error = new BadRequestError('400');
  const { attempt, calls } = failing(error);
  expect(await errorOf(withRetry(attempt, policy))).toBe(error);
  expect(calls).toHaveLength(1);
  expect(clock.slept).toEqual([]);
});
