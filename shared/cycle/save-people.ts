import { isDeepStrictEqual } from 'node:util';
import { StorageConflictError } from '../model/errors.ts';
import { writeMany } from '../model/table-pages.ts';
import type { UserDesired, UserRow, UserSource } from '../model/user-row.ts';
import type { LogRecord } from '../model/log-record.ts';
import { graceEndsAt } from '../plan/leaving-policy.ts';
import { lesserEffect } from '../plan/taking.ts';
import { ranks, userEntryId, type Entry, type Rank } from '../outbox/entry.ts';
import { schedule } from '../outbox/schedule.ts';
import { saveGrace, type GraceEntry } from '../rows/grace.ts';
import { dropHeld, hold, type Held } from '../rows/held.ts';
import { saveLogRecords } from '../rows/log-records.ts';
import { loadUsers, partitionOf, userFactsAction, usersTable } from '../rows/users.ts';
import type { CycleDeps } from './deps.ts';
import { StaleCycleError } from './stale-cycle-error.ts';

export interface ChangedPerson {
  readonly row: UserRow;
  readonly source: UserSource;
  readonly desired: UserDesired;
}

const conflictTries = 6;
const transactionSize = 100;

/**
 * Logs who is skipped, writes source and desired, then schedules what gives and holds what takes: whatever applied says, since an
 * invitation may be in flight whose answer nobody has. Whoever is unchanged but not yet as desired is scheduled again.
 */
export async function savePeople(
  deps: CycleDeps,
  people: readonly ChangedPerson[],
): Promise<{ readonly changed: number; readonly scheduled: number }> {
  const changed = people.filter(
    ({ row, source, desired }) =>
      row.etag === undefined || desired !== row.desired || !isDeepStrictEqual(source, row.source),
  );
  const moved = changed.filter(({ row, desired }) => desired !== row.desired);
  // The records first: once the rows are written, nobody sees any more that something moved.
  await saveLogRecords(
    deps.tables,
    moved.flatMap((person) => skipRecord(person, deps.clock.now())),
  );
  await saveGrace(
    deps.tables,
    moved.flatMap((person) => graceOf(person, deps)),
  );
  const byPartition = Map.groupBy(changed, ({ row }) => partitionOf(row.id));
  await Promise.all([...byPartition.values()].map((part) => savePartition(deps, part)));
  const entries: Entry[] = [];
  await hold(deps.tables, people.filter(isToBeHeld).map(toHeld));
  for (const person of people) {
    await dropIfOver(deps, person);
    const entry = entryOf(person, deps.scheduleFrom ?? deps.clock.now());
    if (entry !== undefined) entries.push(entry);
  }
  await schedule(deps.tables, entries);
  return { changed: moved.length, scheduled: entries.length };
}

async function savePartition(deps: CycleDeps, people: readonly ChangedPerson[]): Promise<void> {
  for (let start = 0; start < people.length; start += transactionSize) {
    const part = people.slice(start, start + transactionSize);
    const partition = partitionOf(part[0]?.row.id ?? '0');
    try {
      const actions = part.map(({ row, source, desired }) => userFactsAction(row, source, desired));
      await writeMany(deps.tables, usersTable, partition, actions);
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
      for (const person of part) await saveOne(deps, person);
    }
  }
}

/** Where only applied moved, the same facts are written over it; where source or desired did, another cycle is at work. */
async function saveOne(deps: CycleDeps, { row, source, desired }: ChangedPerson): Promise<void> {
  for (let tries = 1; tries <= conflictTries; tries++) {
    const [current] = await loadUsers(deps.tables, [row.id]);
    if (current === undefined) return;
    const isWritten =
      isDeepStrictEqual(current.source, source) && isDeepStrictEqual(current.desired, desired);
    if (current.etag !== undefined && isWritten) return;
    const isAsRead =
      isDeepStrictEqual(current.source, row.source) &&
      isDeepStrictEqual(current.desired, row.desired);
    if (!isAsRead) throw new StaleCycleError(`cannot save user ${row.id}: another cycle did`);
    try {
      const action = userFactsAction(current, source, desired);
      await deps.tables.write(usersTable, partitionOf(row.id), [action]);
      return;
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
    }
  }
  throw new StaleCycleError(`cannot save user ${row.id}: it changes faster than it can be written`);
}

/** When to look again at somebody who left: before the row is written, since an entry too many does no harm. */
function graceOf({ row, desired }: ChangedPerson, deps: CycleDeps): GraceEntry[] {
  if (desired.leftSince === 0 || desired.leftSince === row.desired.leftSince) return [];
  return [{ userId: row.id, due: graceEndsAt(desired.leftSince, deps.cycle.leaving) }];
}

function isToBeHeld({ row, desired }: ChangedPerson): boolean {
  if (desired.takes === 'none' || desired.releasedTakes === desired.takes) return false;
  return desired !== row.desired || row.applied.generation !== desired.generation;
}

function toHeld({ row, desired }: ChangedPerson): Held {
  return { id: userEntryId(row.id), desired };
}

async function dropIfOver(deps: CycleDeps, { row, desired }: ChangedPerson): Promise<void> {
  const before = row.desired;
  const isOver = before.takes !== 'none' && before.takesSince !== desired.takesSince;
  if (isOver) await dropHeld(deps.tables, userEntryId(row.id), before.takesSince);
}

function entryOf({ row, desired }: ChangedPerson, now: number): Entry | undefined {
  const isMoved = desired !== row.desired;
  if (!isMoved && row.applied.generation === desired.generation) return undefined;
  if (!gives(desired) && !mayTake(desired)) return undefined;
  const isTried = !isMoved && row.applied.tried === desired.generation;
  const due = isTried ? Math.max(now, row.applied.nextTry) : now;
  // Given up after 28 days of refusals: only a change brings it back.
  if (isTried && row.applied.nextTry === 0 && row.applied.error !== null) return undefined;
  return { id: userEntryId(row.id), rank: rankOf(row.desired, desired, row), due, verify: false };
}

/** Somebody with a reason to be skipped needs no call: the reason is logged here and now. */
function gives(desired: UserDesired): boolean {
  return desired.presence === 'member' && desired.takes === 'none' && desired.skip === null;
}

/** Something that was released is still to be taken away, or has been and wants to be noted. */
function mayTake(desired: UserDesired): boolean {
  return lesserEffect(desired.takes, desired.releasedTakes) !== 'none';
}

function skipRecord({ row, desired }: ChangedPerson, at: number): LogRecord[] {
  if (desired.skip === null || isDeepStrictEqual(desired.skip, row.desired.skip)) return [];
  return [
    {
      at,
      identity: userEntryId(row.id),
      operation: 'none',
      outcome: 'skipped',
      code: desired.skip.code,
      reason: desired.skip.detail,
      changes: [],
      targetId: row.applied.memberId ?? '',
    },
  ];
}

function rankOf(before: UserDesired, desired: UserDesired, row: ChangedPerson['row']): Rank {
  if (mayTake(desired)) return ranks.takenAway;
  if (before.takes !== 'none' && desired.takes === 'none') return ranks.returned;
  return row.applied.memberId === null ? ranks.invite : ranks.attributes;
}
