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

export interface GroupHands extends Hands {
  /** Somebody is to lose access by this group: what is left of it goes before whatever gives. */
  readonly takesAway: boolean;
}

/**
 * Writes what is now true of a group, the record of it first; with the same care as saveUser: desired may move meanwhile, applied may not.
 * Undefined where another worker has moved applied: then the group comes again, to be read back.
 */
export async function saveGroup(
  row: GroupRow,
  applied: GroupApplied,
  { record, ...hands }: GroupHands & { record?: LogRecord },
): Promise<GroupRow | undefined> {
  const { deps } = hands;
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
    if (found.desired.generation !== row.desired.generation) comeAgain(row, hands);
    current = found;
  }
  comeAgain(row, hands, { verify: true });
  return undefined;
}

/** The group is to be looked at again: now unless said otherwise, read back only if said so. */
export function comeAgain(
  row: GroupRow,
  hands: GroupHands,
  { due, verify }: { readonly due?: number; readonly verify?: boolean } = {},
): void {
  const at = due ?? hands.deps.clock.now();
  hands.turn.comeAgain(entryOf(row, hands, { due: at, verify: verify ?? false }));
}

/** A call about the group is about to be made: should the slot turn out to be lost, the group is read back. */
export function noteCall(row: GroupRow, hands: GroupHands): void {
  hands.turn.noteCall(entryOf(row, hands, { due: hands.deps.clock.now(), verify: true }));
}

function entryOf(
  row: GroupRow,
  { takesAway }: GroupHands,
  when: Pick<Entry, 'due' | 'verify'>,
): Entry {
  return { id: groupEntryId(row.id), rank: takesAway ? ranks.takenAway : ranks.groups, ...when };
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
