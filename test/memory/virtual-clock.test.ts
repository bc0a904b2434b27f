import { expect, test } from 'vitest';
import { createVirtualClock } from './virtual-clock.ts';

test('sleepers wake in the order of their time, each at its own moment', async () => {
  const clock = createVirtualClock({ start: 0 });
  const woken: string[] = [];
  const sleeper = async (name: string, ...naps: readonly number[]): Promise<void> => {
    for (const ms of naps) {
      await clock.sleep(ms);
      woken.push(`${name} ${clock.now()}`);
    }
  };
  const all = Promise.all([sleeper('a', 10, 10, 10), sleeper('b', 15), sleeper('c', 100)]);
  expect(clock.nextWake()).toBe(10);
  await clock.advance(30);
  expect(woken).toEqual(['a 10', 'b 15', 'a 20', 'a 30']);
  expect(clock.now()).toBe(30);
  await clock.advance(70);
  await all;
  expect(clock.nextWake()).toBeUndefined();
});

test('a sleeper is late after the clock jumped', async () => {
  const clock = createVirtualClock({ start: 0 });
  let wokenAt = -1;
  const sleeping = clock.sleep(10).then(() => {
    wokenAt = clock.now();
    return undefined;
  });
  clock.jump(50);
  expect(wokenAt).toBe(-1);
  await clock.advance(0);
  await sleeping;
  expect(wokenAt).toBe(50);
});

test('a clock that skips sleeps moves by them', async () => {
  const clock = createVirtualClock({ start: 0, skipSleeps: true });
  await clock.sleep(5000);
  expect(clock.now()).toBe(5000);
  expect(clock.slept).toEqual([5000]);
});
