import { expect, test } from 'vitest';

import { createPollingDelay } from './polling-delay.ts';

test('an empty queue is asked more and more rarely, up to the longest interval', () => {
  const delay = createPollingDelay(2000, () => 0.5);
  const waits = Array.from({ length: 8 }, () => delay.next(false));
  expect(waits).toEqual([100, 200, 300, 500, 900, 1700, 2000, 2000]);
});

test('after a message the next wait is 100 ms again', () => {
  const delay = createPollingDelay(2000, () => 0.5);
  for (let index = 0; index < 8; index += 1) delay.next(false);
  expect([delay.next(true), delay.next(false), delay.next(false)]).toEqual([100, 200, 300]);
});

test('an increment is off by at most a fifth, so that many hosts do not ask at once', () => {
  const shortest = createPollingDelay(2000, () => 0);
  const longest = createPollingDelay(2000, () => 1);
  for (const delay of [shortest, longest]) delay.next(true);
  expect([shortest.next(false), longest.next(false)]).toEqual([180, 220]);
});
