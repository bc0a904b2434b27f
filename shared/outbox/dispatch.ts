import { StorageConflictError } from '../model/errors.ts';
import { describeCode } from '../model/error-codes.ts';
import type { LogRecord } from '../model/log-record.ts';
import { saveLogRecords } from '../rows/log-records.ts';
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

/** False when there is no such slot. */
async function fillSlot(deps: OutboxDeps, index: number, notBefore: number): Promise<boolean> {
  for (let tries = 1; tries <= conflictTries; tries++) {
    const outbox = await loadOutbox(deps.tables, deps.outbox.slots);
    if (index >= outbox.slots.length) return false;
    const place = { outbox, index, notBefore };
    try {
      const old = outbox.slots[index];
      const hasRunOut = old !== undefined && old.until <= deps.clock.now();
      if (hasRunOut && old.tries > triesTogether) {
        await scatter(deps, place, old);
        continue;
      }
      if (hasRunOut) await ringAgain(deps, place, old);
      if (old === undefined) await fillFree(deps, place);
      return true;
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
    }
  }
  return true;
}

/** A slot, and the outbox as it was read. */
interface Place {
  readonly outbox: Outbox;
  readonly index: number;
  readonly notBefore: number;
}

/** Gives due identities to a free slot, unless it is one of those that there were more of once. */
async function fillFree(deps: OutboxDeps, place: Place): Promise<void> {
  if (place.index >= deps.outbox.slots) return;
  const entries = await findDue(deps.tables, questionOf(place.outbox, deps.clock.now()));
  if (entries.length === 0) return;
  const slot: Slot = {
    ...freshClaim(deps, place),
    ids: [...new Set(entries.map((entry) => entry.id))],
    running: false,
    verify: entries.some((entry) => entry.verify),
    tries: 0,
  };
  await writeAndRing(deps, place, { slot, entries });
}

/** The claim has run out: the same identities, read back first if a worker had begun on them. */
async function ringAgain(deps: OutboxDeps, place: Place, old: Slot): Promise<void> {
  const verify = old.verify || old.running;
  const slot: Slot = { ...old, ...freshClaim(deps, place), running: false, verify };
  await writeAndRing(deps, place, { slot, entries: [] });
}

function freshClaim(deps: OutboxDeps, { notBefore }: Place): Pick<Slot, 'token' | 'until'> {
  const startsAt = Math.max(deps.clock.now(), notBefore);
  return { token: deps.random.token(), until: startsAt + deps.outbox.claimMs };
}

async function writeAndRing(
  deps: OutboxDeps,
  { outbox, index, notBefore }: Place,
  { slot, entries }: { readonly slot: Slot; readonly entries: readonly PendingEntry[] },
): Promise<void> {
  const delayMs = Math.max(0, notBefore - deps.clock.now());
  await deps.tables.write(scheduleTable, pendingPartition, [
    slotAction(outbox, index, slot),
    ...entries.map(({ rowKey, etag }) => ({ kind: 'delete', rowKey, etag }) as const),
  ]);
  await deps.doorbell.ring({ slot: index, token: slot.token }, delayMs);
}

function questionOf(outbox: Outbox, now: number): Parameters<typeof findDue>[1] {
  const ids = outbox.slots.flatMap((slot) => slot?.ids ?? []);
  return { now, busy: new Set(ids), slotHoldsPeople: ids.some((id) => !isGroupEntry(id)) };
}

/**
 * Frees a slot that failed again and again; each of its identities is to come back alone, read back first. One that failed alone already
 * waits, with a record and an alarm.
 */
async function scatter(deps: OutboxDeps, { outbox, index }: Place, old: Slot): Promise<void> {
  const isAlone = old.ids.length === 1;
  const due = deps.clock.now() + (isAlone ? aloneWaitMs : 0);
  await deps.tables.write(scheduleTable, pendingPartition, [
    slotAction(outbox, index, undefined),
    ...old.ids.map((id) => {
      // The best rank, so that no other entry of theirs, without "read back", is taken before.
      return scheduleAction({ id, rank: ranks.onDemand, due, verify: true, alone: true });
    }),
  ]);
  const fields = { slot: index, tries: old.tries, identities: old.ids.length };
  if (!isAlone) return deps.log.warn('slotScattered', fields);
  for (const id of old.ids) {
    deps.log.error('identityFailsAlone', { ...fields, id });
    await saveLogRecords(deps.tables, [failsAlone(id, deps.clock.now())]);
  }
}

function failsAlone(identity: string, at: number): LogRecord {
  const code = 'failsAlone';
  const reason = describeCode(code) ?? '';
  const about = { operation: 'none', outcome: 'failed', changes: [], targetId: '' } as const;
  return { at, identity, code, reason, ...about };
}
