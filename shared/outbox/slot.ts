import { StorageConflictError } from '../model/errors.ts';
import type { OutboxDeps } from './deps.ts';
import { pendingPartition, ranks, scheduleAction, scheduleTable, type Entry } from './entry.ts';
import { loadOutbox, slotAction, type Slot } from './outbox-row.ts';
import { schedule } from './schedule.ts';

/** A slot in the hands of one worker. */
export interface TakenSlot extends Slot {
  readonly index: number;
}

/**
 * Takes the slot anew for a worker that was rung, or returns undefined where the message is out of date (doubled, late, or the slot was
 * looked at again). The new token makes every other copy of the message worthless: without it a doubled message hides a crash.
 */
export async function takeSlot(
  deps: OutboxDeps,
  message: { readonly slot: number; readonly token: string },
): Promise<TakenSlot | undefined> {
  for (;;) {
    const outbox = await loadOutbox(deps.tables, deps.outbox.slots);
    const slot = outbox.slots[message.slot];
    if (slot === undefined || slot.token !== message.token) return undefined;
    const mine: Slot = {
      ...slot,
      token: deps.random.token(),
      until: deps.clock.now() + deps.outbox.claimMs,
      running: true,
      tries: slot.tries + 1,
    };
    try {
      await deps.tables.write(scheduleTable, pendingPartition, [
        slotAction(outbox, message.slot, mine),
      ]);
      return { ...mine, index: message.slot };
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
    }
  }
}

/**
 * Frees the slot and schedules what is to come again, in one transaction. Where somebody else has the slot by now, everything that was
 * called is scheduled to be read back instead: the answer this worker has may already be out of date.
 */
export async function finishSlot(
  deps: OutboxDeps,
  slot: TakenSlot,
  { again, called }: { readonly again: readonly Entry[]; readonly called: readonly Entry[] },
): Promise<void> {
  const actions = new Map(
    again.map((entry) => {
      const action = scheduleAction(entry);
      return [action.rowKey, action] as const;
    }),
  );
  for (;;) {
    const outbox = await loadOutbox(deps.tables, deps.outbox.slots);
    if (outbox.slots[slot.index]?.token !== slot.token) {
      await schedule(
        deps.tables,
        // At the best rank: an entry of the same identity that does not say "read back" must not be taken before.
        [...called, ...again].map((entry) => ({ ...entry, rank: ranks.onDemand, verify: true })),
      );
      return;
    }
    try {
      await deps.tables.write(scheduleTable, pendingPartition, [
        slotAction(outbox, slot.index, undefined),
        ...actions.values(),
      ]);
      return;
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
    }
  }
}
