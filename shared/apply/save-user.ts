import { isDeepStrictEqual } from 'node:util';
import { StorageConflictError } from '../model/errors.ts';
import type { LogRecord } from '../model/log-record.ts';
import { writeMany } from '../model/table-pages.ts';
import type { UserApplied, UserRow } from '../model/user-row.ts';
import { ranks, userEntryId, type Entry, type Rank } from '../outbox/entry.ts';
import { lesserEffect } from '../plan/taking.ts';
import { saveLogRecords } from '../rows/log-records.ts';
import { loadUsers, partitionOf, userAppliedAction, usersTable } from '../rows/users.ts';
import type { ApplyDeps } from './deps.ts';
import type { Turn } from './turn.ts';

const conflictTries = 6;

/** The entry under which a person comes again: first whoever loses access, then whoever gets it back. */
export function entryOfUser(row: UserRow, due: number, verify: boolean): Entry {
  return { id: userEntryId(row.id), rank: rankOf(row), due, verify };
}

function rankOf({ applied, desired }: UserRow): Rank {
  const { status, memberId, jobId } = applied;
  const effect = lesserEffect(desired.takes, desired.releasedTakes);
  const isTaken = status === 'removed' || (effect === 'suspend' && status === 'suspended');
  if (effect !== 'none' && !isTaken) return ranks.takenAway;
  if (desired.takes === 'none' && isOutByUs(applied)) return ranks.returned;
  // Whoever waits for a job must not thin out the invitations, which go twenty to a call.
  return memberId !== null || jobId !== null ? ranks.attributes : ranks.invite;
}

function isOutByUs({ status, suspendedByUs, removedByUs }: UserApplied): boolean {
  return status === 'suspended' ? suspendedByUs : status === 'removed' && removedByUs;
}

/**
 * Writes what is now true of a person, the record of it first. Where the cycle has moved desired meanwhile, writes all the same and comes
 * again; where another worker has moved applied, gives up its own knowledge and reads back. Returns the row as it stands.
 */
export async function saveUser(
  row: UserRow,
  applied: UserApplied,
  { turn, deps, record }: { turn: Turn; deps: ApplyDeps; record?: LogRecord },
): Promise<UserRow> {
  if (record !== undefined) await saveLogRecords(deps.tables, [record]);
  if (isDeepStrictEqual(applied, row.applied)) return row;
  let current = row;
  for (let tries = 1; tries <= conflictTries; tries++) {
    try {
      const action = userAppliedAction(current, applied);
      const [etag] = await deps.tables.write(usersTable, partitionOf(row.id), [action]);
      return { ...current, etag, applied };
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
    }
    const [found] = await loadUsers(deps.tables, [row.id]);
    if (found === undefined) break;
    current = found;
    if (!isDeepStrictEqual(found.applied, row.applied)) break;
    if (found.desired.generation !== row.desired.generation) {
      turn.comeAgain(entryOfUser(found, deps.clock.now(), false));
    }
  }
  turn.comeAgain(entryOfUser(current, deps.clock.now(), true));
  return current;
}

/** The same for several people, in one transaction for those of one partition. The entries of a slot sort by id, so they mostly share it. */
export async function saveUsers(
  people: readonly { readonly row: UserRow; readonly applied: UserApplied }[],
  { turn, deps }: { turn: Turn; deps: ApplyDeps },
): Promise<readonly UserRow[]> {
  const parts = [...Map.groupBy(people, ({ row }) => partitionOf(row.id))];
  const saved = await Promise.all(
    parts.map(async ([partition, part]) => {
      try {
        const actions = part.map(({ row, applied }) => userAppliedAction(row, applied));
        const etags = await writeMany(deps.tables, usersTable, partition, actions);
        return part.map(({ row, applied }, index) => ({ ...row, applied, etag: etags[index] }));
      } catch (error) {
        if (!(error instanceof StorageConflictError)) throw error;
        // One of them has moved: each finds out for itself.
        const rows: UserRow[] = [];
        for (const { row, applied } of part)
          rows.push(await saveUser(row, applied, { turn, deps }));
        return rows;
      }
    }),
  );
  return saved.flat();
}
