import { expect, test } from 'vitest';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { ranks, type Entry } from '../../shared/outbox/entry.ts';
import { schedule } from '../../shared/outbox/schedule.ts';
import { finishSlot, takeSlot, type TakenSlot } from '../../shared/outbox/slot.ts';
import { pending, slots } from '../world/look.ts';
import { world, type World } from '../world/world.ts';

const ada: Entry = { id: 'u:ada', rank: ranks.invite, due: 0, verify: false };
const claimMs = 180_000;

/** A slot that has rung for ada. */
async function rung(): Promise<{ here: World; message: { slot: number; token: string } }> {
  const here = world().build({ claimMs, slots: 1 });
  await schedule(here.deps.tables, [ada]);
  await dispatch(here.deps);
  const token = here.doorbell.messages()[0]?.token ?? '';
  return { here, message: { slot: 0, token } };
}

async function taken(): Promise<{ here: World; slot: TakenSlot }> {
  const { here, message } = await rung();
  const slot = await takeSlot(here.deps, message);
  if (slot === undefined) throw new Error('the slot was not there to take');
  return { here, slot };
}

test('a worker takes the slot under a new token and claim, and every copy of the message is worthless', async () => {
  const { here, message } = await rung();
  here.clock.jump(10_000);
  const slot = await takeSlot(here.deps, message);
  expect(slot).toMatchObject({ index: 0, ids: ['u:ada'], running: true, tries: 1 });
  expect(slot?.until).toBe(here.clock.now() + claimMs);
  expect(slot?.token).not.toBe(message.token);
  expect(await takeSlot(here.deps, message)).toBeUndefined();
});

test('of two workers with the same message one gets the slot', async () => {
  const { here, message } = await rung();
  const both = await Promise.all([takeSlot(here.deps, message), takeSlot(here.deps, message)]);
  expect(both.filter((slot) => slot !== undefined)).toHaveLength(1);
});

test('a message for a slot that is free, or that never existed, sets nothing off', async () => {
  const { here, slot } = await taken();
  await finishSlot(here.deps, slot, { again: [], called: [] });
  expect(await takeSlot(here.deps, { slot: 0, token: slot.token })).toBeUndefined();
  expect(await takeSlot(here.deps, { slot: 99, token: slot.token })).toBeUndefined();
});

test('the slot is freed in the same transaction in which what comes again is scheduled', async () => {
  const { here, slot } = await taken();
  here.crash.at(1);
  const again = [{ ...ada, due: here.clock.now() + 60_000 }];
  await finishSlot(here.deps, slot, { again, called: [] });
  expect(await slots(here)).toEqual([undefined]);
  expect(pending(here)).toEqual(['invite u:ada in 1 min']);
});

test('a worker that has lost its slot changes nothing in it, and has whatever it called read back before anything else', async () => {
  const { here, slot } = await taken();
  here.clock.jump(claimMs + 1);
  await dispatch(here.deps);
  const before = await slots(here);
  const bob = { ...ada, id: 'u:bob' };
  await finishSlot(here.deps, slot, { again: [bob], called: [ada] });
  expect(await slots(here)).toEqual(before);
  expect(pending(here)).toEqual(['onDemand u:ada verify', 'onDemand u:bob verify']);
});

test('a slot is freed although another one moved meanwhile', async () => {
  const here = world().build({ claimMs, slots: 2 });
  await schedule(here.deps.tables, [ada]);
  await dispatch(here.deps);
  const token = here.doorbell.messages()[0]?.token ?? '';
  const slot = await takeSlot(here.deps, { slot: 0, token });
  let isFirst = true;
  const tables: typeof here.deps.tables = {
    ...here.deps.tables,
    write: async (...input) => {
      if (isFirst) {
        isFirst = false;
        await schedule(here.deps.tables, [{ ...ada, id: 'u:bob' }]);
        await dispatch(here.deps);
      }
      return here.deps.tables.write(...input);
    },
  };
  if (slot === undefined) throw new Error('no slot');
  await finishSlot({ ...here.deps, tables }, slot, { again: [], called: [] });
  expect(await slots(here)).toMatchObject([undefined, { ids: ['u:bob'] }]);
});
