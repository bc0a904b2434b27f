import { describe, expect, test } from 'vitest';
import { StorageConflictError } from '../../shared/model/errors.ts';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { ranks } from '../../shared/outbox/entry.ts';
import { schedule } from '../../shared/outbox/schedule.ts';
import { takeSlot } from '../../shared/outbox/slot.ts';
import { loadOutbox } from '../../shared/outbox/outbox-row.ts';
import { logLines, pending, slots } from '../world/look.ts';
import { world, type World, type WorldOptions } from '../world/world.ts';

const claimMs = 180_000;

async function outboxOf(
  ids: readonly string[],
  options: WorldOptions & { readonly verify?: boolean } = {},
): Promise<World> {
  const here = world().build({ claimMs, ...options });
  const due = here.clock.now();
  const verify = options.verify ?? false;
  const entries = ids.map((id) => ({
    id,
    due,
    verify,
    rank: id.startsWith('g:') ? ranks.groups : ranks.invite,
  }));
  await schedule(here.deps.tables, entries);
  return here;
}

/** A worker takes the first slot and dies with it. */
async function failOnce(here: World): Promise<void> {
  await dispatch(here.deps);
  const [slot] = await slots(here);
  await takeSlot(here.deps, { slot: 0, token: slot?.token ?? '' });
  here.clock.jump(claimMs + 1);
}

function people(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `u:${100 + index}`);
}

test('due identities move from the outbox into a slot, and its bell rings once', async () => {
  const here = await outboxOf(['u:ada', 'u:bob']);
  await dispatch(here.deps);
  const [slot, other] = await slots(here);
  expect(slot).toMatchObject({ ids: ['u:ada', 'u:bob'], running: false, verify: false, tries: 0 });
  expect(slot?.until).toBe(here.clock.now() + claimMs);
  expect(other).toBeUndefined();
  expect(pending(here)).toEqual([]);
  expect(here.doorbell.messages()).toMatchObject([{ slot: 0, token: slot?.token }]);
});

test('each slot has other people, twenty at most, and no more slots are filled than there are', async () => {
  const here = await outboxOf(people(70), { slots: 3 });
  await dispatch(here.deps);
  const ids = (await slots(here)).map((slot) => slot?.ids ?? []);
  expect(ids.map(({ length }) => length)).toEqual([20, 20, 20]);
  expect(new Set(ids.flat()).size).toBe(60);
  expect(pending(here)).toHaveLength(10);
});

test('dispatching again while the slots are taken changes nothing and rings for nobody', async () => {
  const here = await outboxOf(people(50));
  await dispatch(here.deps);
  const before = here.tables.rows('Schedule');
  await dispatch(here.deps);
  expect(here.tables.rows('Schedule')).toEqual(before);
  expect(here.doorbell.messages()).toHaveLength(2);
});

test('a slot is read back first if one of its entries asks for it', async () => {
  const here = await outboxOf(['u:ada'], { verify: true });
  await dispatch(here.deps);
  expect(await slots(here)).toMatchObject([{ verify: true }, undefined]);
});

describe('the brake', () => {
  for (const status of ['off', 'planOnly'] as const) {
    test(`sends nothing while the job is ${status}`, async () => {
      const here = await outboxOf(['u:ada'], { status });
      await dispatch(here.deps);
      expect(here.doorbell.messages()).toEqual([]);
      expect(pending(here)).toEqual(['invite u:ada']);
    });
  }

  test('sends nothing while the job is paused, at once and not after the cached look', async () => {
    const here = await outboxOf(['u:ada']);
    await here.deps.brake.look();
    await here.setOperator({ status: 'on', paused: true });
    await dispatch(here.deps);
    expect(here.doorbell.messages()).toEqual([]);
  });

  test('sends nothing in quarantine', async () => {
    const here = await outboxOf(['u:ada']);
    await here.deps.brake.quarantine({ code: 'credentialRefused', detail: '' });
    await dispatch(here.deps);
    expect(here.doorbell.messages()).toEqual([]);
  });

  test('lets the bell ring no sooner than Dropbox asked for, and starts the claim then', async () => {
    const here = await outboxOf(['u:ada']);
    await here.deps.brake.throttle(30_000);
    await dispatch(here.deps);
    const [message] = here.doorbell.messages();
    const [slot] = await slots(here);
    expect(message?.dueAt).toBeGreaterThanOrEqual(here.clock.now() + 30_000);
    expect(slot?.until).toBeGreaterThanOrEqual(here.clock.now() + 30_000 + claimMs);
  });
});

describe('a slot whose claim has run out', () => {
  test('rings again under a new token, with the same people', async () => {
    const here = await outboxOf(['u:ada']);
    await dispatch(here.deps);
    const [before] = await slots(here);
    here.clock.jump(claimMs + 1);
    await dispatch(here.deps);
    const [after] = await slots(here);
    expect(after).toMatchObject({ ids: ['u:ada'], verify: false, running: false });
    expect(after?.token).not.toBe(before?.token);
    expect(here.doorbell.messages()).toHaveLength(2);
  });

  test('is read back first if a worker had begun on it', async () => {
    const here = await outboxOf(['u:ada']);
    await dispatch(here.deps);
    const [slot] = await slots(here);
    await takeSlot(here.deps, { slot: 0, token: slot?.token ?? '' });
    here.clock.jump(claimMs + 1);
    await dispatch(here.deps);
    expect(await slots(here)).toMatchObject([
      { verify: true, running: false, tries: 1 },
      undefined,
    ]);
  });

  test('gives each of its identities a slot of its own after four tries, read back first', async () => {
    const here = await outboxOf(['u:ada', 'u:bob', 'u:cleo'], { slots: 1 });
    for (let tries = 1; tries <= 4; tries++) await failOnce(here);
    await dispatch(here.deps);
    expect(await slots(here)).toMatchObject([{ ids: ['u:ada'], verify: true, tries: 0 }]);
    expect(pending(here)).toEqual(['onDemand u:bob verify alone', 'onDemand u:cleo verify alone']);
    expect(here.log.named('slotScattered')).toEqual([{ slot: 0, tries: 4, identities: 3 }]);
  });
});

test('an identity that fails even alone waits six hours with a record, and leaves its slot to others', async () => {
  const here = await outboxOf(['u:ada'], { slots: 1 });
  for (let tries = 1; tries <= 4; tries++) await failOnce(here);
  await dispatch(here.deps);
  expect(await slots(here)).toEqual([undefined]);
  expect(pending(here)).toEqual(['onDemand u:ada in 6 h verify alone']);
  expect(here.log.named('identityFailsAlone')).toMatchObject([{ id: 'u:ada', tries: 4 }]);
  expect(logLines(here)).toEqual(['u:ada none failed failsAlone']);
});

test('of two that dispatch at once, one fills the slot and the other leaves it', async () => {
  const here = await outboxOf(['u:ada', 'u:bob'], { slots: 1 });
  await Promise.all([dispatch(here.deps), dispatch(here.deps)]);
  expect((await slots(here))[0]?.ids).toEqual(['u:ada', 'u:bob']);
  expect(here.doorbell.messages()).toHaveLength(1);
});

test('an entry that moved between the look and the move is looked at again, not lost', async () => {
  const here = await outboxOf(['u:ada']);
  let isFirst = true;
  const tables: typeof here.deps.tables = {
    ...here.deps.tables,
    write: async (table, partition, actions) => {
      if (isFirst && actions.length > 1) {
        isFirst = false;
        const due = here.clock.now();
        await schedule(here.deps.tables, [{ id: 'u:ada', rank: ranks.invite, due, verify: true }]);
      }
      return here.deps.tables.write(table, partition, actions);
    },
  };
  await dispatch({ ...here.deps, tables });
  expect(await slots(here)).toMatchObject([{ ids: ['u:ada'], verify: true }, undefined]);
});

test('a crash between the move and the bell is mended when the claim runs out', async () => {
  const here = await outboxOf(['u:ada'], { slots: 1 });
  here.crash.at(1);
  await expect(dispatch(here.deps)).rejects.toThrow('the process died');
  here.crash.revive();
  expect(here.doorbell.messages()).toEqual([]);
  here.clock.jump(claimMs + 1);
  await dispatch(here.deps);
  expect(here.doorbell.messages()).toHaveLength(1);
  expect((await slots(here))[0]?.ids).toEqual(['u:ada']);
});

test('fewer slots than before: those above are emptied and never filled again', async () => {
  const here = await outboxOf(people(60), { slots: 3 });
  await dispatch(here.deps);
  const fewer = { ...here.deps, outbox: { slots: 1, claimMs } };
  here.clock.jump(claimMs + 1);
  await dispatch(fewer);
  expect(here.doorbell.messages()).toHaveLength(6);
  const outbox = await loadOutbox(here.tables, 1);
  expect(outbox.slots.map((slot) => slot?.ids.length)).toEqual([20, 20, 20]);
});

test('a dispatcher that is always beaten gives up quietly', async () => {
  const here = await outboxOf(['u:ada']);
  const tables: typeof here.deps.tables = {
    ...here.deps.tables,
    write: () => Promise.reject(new StorageConflictError('beaten', 'changed')),
  };
  await dispatch({ ...here.deps, tables });
  expect(pending(here)).toEqual(['invite u:ada']);
});
