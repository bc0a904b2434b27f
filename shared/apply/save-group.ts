import { isDeepStrictEqual } from 'node:util';
import { StorageConflictError } from '../model/errors.ts';
import type { GroupApplied, GroupRow } from '../model/group-row.ts';
import type { LogRecord } from '../model/log-record.ts';
import { groupEntryId, ranks, type Entry } from '../outbox/entry.ts';
import { groupAppliedAction, groupsTable, loadGroups } from '../rows/groups.ts';
import { saveLogRecords } from '../rows/log-records.ts';
import { partitionOf } from '../rows/users.ts';
import type { ApplyDeps } from './deps.ts';
import type { Hands } from './settle-user.ts';

const conflictTries = 6;

/** The entry under which a group comes again. */
export function entryOfGroup(groupId: string, due: number, verify: boolean): Entry {
  return { id: groupEntryId(groupId), rank: ranks.groups, due, verify };
}

/**
 * Writes what is now true of a group, the record of it first; with the same care as saveUser: desired may move meanwhile, applied may not.
 * Undefined where another worker has moved applied: then the group comes again, to be read back.
 */
export async function saveGroup(
  row: GroupRow,
  applied: GroupApplied,
  { turn, deps, record }: Hands & { record?: LogRecord },
): Promise<GroupRow | undefined> {
  if (record !== undefined) await saveLogRecords(deps.tables, [record]);
  if (isDeepStrictEqual(applied, row.applied)) return row;
  let current = row;
  for (let tries = 1; tries <= conflictTries; tries++) {
    try {
      const action = groupAppliedAction(current, applied);
      const [etag] = await deps.tables.write(groupsTable, partitionOf(row.id), [action]);
      return { ...current, etag, applied };
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
    }
    const [found] = await loadGroups(deps.tables, [row.id]);
    if (found === undefined || !isDeepStrictEqual(found.applied, row.applied)) break;
    if (found.desired.generation !== row.desired.generation) {
      turn.comeAgain(entryOfGroup(row.id, deps.clock.now(), false));
    }
    current = found;
  }
  turn.comeAgain(entryOfGroup(row.id, deps.clock.now(), true));
  return undefined;
}

/** A line of the provisioning log about one group. */
export function recordOfGroup(
  row: GroupRow,
  deps: ApplyDeps,
  what: Pick<LogRecord, 'operation' | 'outcome'> & Partial<LogRecord>,
): LogRecord {
  return {
    at: deps.clock.now(),
    identity: groupEntryId(row.id),
    code: '',
    reason: row.source.roles.map((role) => `role:${role}`).join(', '),
    changes: [],
    targetId: row.applied.groupId ?? '',
    ...what,
  };
}
