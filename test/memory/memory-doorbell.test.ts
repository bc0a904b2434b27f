import { expect, test } from 'vitest';
import { createMemoryDoorbell } from './memory-doorbell.ts';
import { createSeededRandom } from './seeded-random.ts';
import { createVirtualClock } from './virtual-clock.ts';

test('a message is due after its delay in whole seconds, and comes again while nobody removes it', async () => {
  const clock = createVirtualClock({ start: 0 });
  const doorbell = createMemoryDoorbell(clock);
  await doorbell.ring({ slot: 1, token: 'late' }, 1001);
  await doorbell.ring({ slot: 0, token: 'now' }, 0);
  expect(doorbell.receive(60_000)).toMatchObject({ token: 'now', dequeueCount: 1 });
  expect(doorbell.receive()).toBeUndefined();
  expect(doorbell.nextDue()).toBe(2000);
  await clock.advance(2000);
  const late = doorbell.receive();
  expect(late).toMatchObject({ slot: 1, token: 'late' });
  doorbell.remove(late?.id ?? -1);
  await clock.advance(58_000);
  expect(doorbell.receive()).toMatchObject({ token: 'now', dequeueCount: 2 });
  expect(doorbell.messages()).toHaveLength(1);
});

test('a doubled message is one of its own', async () => {
  const doorbell = createMemoryDoorbell(createVirtualClock());
  await doorbell.ring({ slot: 0, token: 't' }, 0);
  const first = doorbell.receive();
  doorbell.double(first?.id ?? -1, 0);
  doorbell.remove(first?.id ?? -1);
  expect(doorbell.receive()).toMatchObject({ slot: 0, token: 't', dequeueCount: 1 });
});

test('the same seed gives the same numbers and tokens, another seed others', () => {
  expect(draw(1)).toEqual(draw(1));
  expect(new Set([...draw(1), ...draw(2)]).size).toBe(8);
  for (const value of draw(3)) {
    if (typeof value === 'number') expect(value >= 0 && value < 1).toBe(true);
    else expect(value).toMatch(/^[A-Za-z0-9-]+$/);
  }
});

function draw(seed: number): readonly (string | number)[] {
  const random = createSeededRandom(seed);
  return [random.fraction(), random.token(), random.fraction(), random.token()];
}
