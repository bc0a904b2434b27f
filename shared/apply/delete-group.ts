import { StorageConflictError } from '../model/errors.ts';
import type { GroupRow } from '../model/group-row.ts';
import { groupAppliedAction, groupsTable } from '../rows/groups.ts';
import { partitionOf } from '../rows/users.ts';
import { callDropbox } from './call-dropbox.ts';
import { forgetGroup } from './forget-group.ts';
import { comeAgain, noteCall, recordOfGroup, saveGroup, type GroupHands } from './save-group.ts';
import { settleGroup, settleGroupLost, settleGroupRefused } from './settle-group.ts';

const operation = 'deleteGroup';

/** Dropbox says by these that there is nothing to delete. */
const saysDone = new Set(['group_not_found', 'group_already_deleted', 'group_not_in_team']);

/**
 * Deletes a group. The intention is written directly before the call, on condition that the row is as it was read: what is found gone later
 * was deleted by us, and a group that came back meanwhile stays.
 */
export async function deleteGroup(
  row: GroupRow,
  groupId: string,
  hands: GroupHands,
): Promise<void> {
  const { turn, deps } = hands;
  const begun = await begin(row, hands);
  if (begun === undefined) return comeAgain(row, hands, { verify: turn.slot.verify });
  noteCall(row, hands);
  const call = () => deps.team.deleteGroup(groupId);
  const called = await callDropbox(turn, deps, call, { atOnce: true });
  switch (called.kind) {
    case 'later':
      comeAgain(row, hands, { due: called.due, verify: turn.slot.verify });
      await saveGroup(begun, { ...begun.applied, intended: row.applied.intended }, hands);
      return;
    case 'lost':
      return settleGroupLost(begun, hands);
    case 'malformed':
      await settleGroupRefused(begun, operation, { tag: 'malformed' }, hands);
      return;
    case 'answered': {
      const answer = called.value;
      if (answer.kind === 'done') return settleDeleted(begun, 'applied', hands);
      if (saysDone.has(answer.refusal.tag)) return settleDeleted(begun, 'alreadyDone', hands);
      await settleGroupRefused(begun, operation, answer.refusal, hands);
    }
  }
}

/** Undefined where no call may be made, or the row has moved. */
async function begin(row: GroupRow, { turn, deps }: GroupHands): Promise<GroupRow | undefined> {
  // Waited for before the row is written, so that the call follows the write at once.
  if (!(await turn.mayCall())) return undefined;
  const applied = { ...row.applied, intended: { operation, at: deps.clock.now() } };
  try {
    const action = groupAppliedAction(row, applied);
    const [etag] = await deps.tables.write(groupsTable, partitionOf(row.id), [action]);
    return { ...row, etag, applied };
  } catch (error) {
    if (error instanceof StorageConflictError) return undefined;
    throw error;
  }
}

async function settleDeleted(
  row: GroupRow,
  outcome: 'applied' | 'alreadyDone',
  hands: GroupHands,
): Promise<void> {
  const reason = row.desired.takesBecause?.detail ?? '';
  const record = recordOfGroup(row, hands.deps, { operation, outcome, reason });
  const gone = await forgetGroup(row, { ...hands, record, isOurWork: true });
  if (gone !== undefined) await settleGroup(gone, {}, hands);
}
