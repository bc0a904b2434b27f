import { StorageConflictError } from '../model/errors.ts';
import type { OutboxDeps } from './deps.ts';
import {
  isGroupEntry,
  pendingPartition,
  ranks,
  scheduleAction,
  scheduleTable,
  type PendingEntry,
} from './entry.ts';
import { findDue } from './find-due.ts';
import { loadOutbox, slotAction, type Outbox, type Slot } from './outbox-row.ts';

/** A slot that was looked at again more often than this gives its identities a slot each. */
const triesTogether = 3;
/** Escrow of an identity that fails even alone. */
const aloneWaitMs = 6 * 3_600_000;
/** Tries against other dispatchers; whoever is faster has done the work. */
const conflictTries = 5;

/**
 * Gives due identities to free slots and rings for each; looks again at slots whose claim has run out. Sends nothing while the brake is
 * on. Safe to call at any time, from any number of places at once.
 */
export async function dispatch(deps: OutboxDeps): Promise<void> {
  const brake = await deps.brake.look({ fresh: true });
  if (!brake.mayWrite) return;
  for (let index = 0; index < 16; index++) {
    if (!(await fillSlot(deps, index, brake.notBefore))) return;
  }
}

/** False when there is no such slot, or nothing left to give out. */
async function fillSlot(deps: OutboxDeps, index: number, notBefore: number): Promise<boolean> {
  for (let tries = 1; tries <= conflictTries; tries++) {
    const outbox = await loadOutbox(deps.tables, deps.outbox.slots);
    if (index >= outbox.slots.length) return false;
    const now = deps.clock.now();
    const old = outbox.slots[index];
    if (old !== undefined && old.until > now) return true;
    try {
      if (old !== undefined && old.tries > triesTogether) {
        await scatter(deps, outbox, index, old);
        continue;
      }
      if (old === undefined && index >= deps.outbox.slots) return true;
      const entries = old === undefined ? await findDue(deps.tables, questionOf(outbox, now)) : [];
      if (old === undefined && entries.length === 0) return true;
      const slot = nextSlot(deps, old, entries, Math.max(now, notBefore));
      await deps.tables.write(scheduleTable, pendingPartition, [
        slotAction(outbox, index, slot),
        ...entries.map(({ rowKey, etag }) => ({ kind: 'delete', rowKey, etag }) as const),
      ]);
      await deps.doorbell.ring({ slot: index, token: slot.token }, Math.max(0, notBefore - now));
      return true;
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
    }
  }
  return true;
}

function questionOf(outbox: Outbox, now: number): Parameters<typeof findDue>[1] {
  const ids = outbox.slots.flatMap((slot) => slot?.ids ?? []);
  return { now, busy: new Set(ids), slotHoldsPeople: ids.some((id) => !isGroupEntry(id)) };
}

function nextSlot(
  deps: OutboxDeps,
  old: Slot | undefined,
  entries: readonly PendingEntry[],
  startsAt: number,
): Slot {
  const fresh = { token: deps.random.token(), until: startsAt + deps.outbox.claimMs };
  if (old !== undefined) {
    return { ...old, ...fresh, running: false, verify: old.verify || old.running };
  }
  return {
    ...fresh,
    ids: [...new Set(entries.map((entry) => entry.id))],
    running: false,
    verify: entries.some((entry) => entry.verify),
    tries: 0,
  };
}

/** Frees a slot that failed again and again; each of its identities is to come back alone, read back first. */
async function scatter(deps: OutboxDeps, outbox: Outbox, index: number, old: Slot): Promise<void> {
  // One that fails alone is nobody's neighbour any more: it waits, so that the slot is free for others.
  const due = deps.clock.now() + (old.ids.length === 1 ? aloneWaitMs : 0);
  const fields = { slot: index, tries: old.tries, identities: old.ids.length };
  if (old.ids.length === 1) deps.log.error('identityFailsAlone', { ...fields, id: old.ids[0] });
  else deps.log.warn('slotScattered', fields);
  await deps.tables.write(scheduleTable, pendingPartition, [
    slotAction(outbox, index, undefined),
    ...old.ids.map((id) => {
      // The best rank, so that no other entry of theirs, without "read back", is taken before.
      return scheduleAction({ id, rank: ranks.onDemand, due, verify: true, alone: true });
    }),
  ]);
}
