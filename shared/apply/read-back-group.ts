import type { GroupRow } from '../model/group-row.ts';
import type { GroupSelector } from '../model/target.ts';
import { callDropbox } from './call-dropbox.ts';
import { entryOfGroup, recordOfGroup, saveGroup } from './save-group.ts';
import { isAnswerLost, type Hands } from './settle-user.ts';

const lookAgainMs = 60_000;

/** True where an answer about this group may have been lost: Dropbox is asked before anything is planned. */
export function mustReadBack(row: GroupRow, { turn }: Hands): boolean {
  return turn.slot.verify || isAnswerLost(row.applied);
}

/**
 * Asks Dropbox what is true of a group and writes it into applied: its name by its id where there is a link, else whether there is one by
 * our external id, so that a creation whose answer was lost is linked even if nobody wants the group any more. Undefined where Dropbox
 * could not be asked: then the group comes again, to be read back.
 */
export async function readBackGroup(row: GroupRow, hands: Hands): Promise<GroupRow | undefined> {
  const { turn, deps } = hands;
  const called = await callDropbox(turn, deps, () => deps.team.readGroupsInfo([selectorOf(row)]));
  if (called.kind !== 'answered') {
    const due = called.kind === 'malformed' ? deps.clock.now() + lookAgainMs : called.due;
    turn.comeAgain(entryOfGroup(row.id, due, true));
    return undefined;
  }
  const [found] = called.value;
  if (found === undefined || (row.applied.groupId === null && !row.desired.given)) return row;
  const { groupId, name } = found;
  if (row.applied.groupId !== null) return saveGroup(row, { ...row.applied, name }, hands);
  const record = recordOfGroup(row, deps, {
    operation: 'createGroup',
    outcome: 'alreadyDone',
    reason: 'read back after an answer was lost',
    targetId: groupId,
  });
  const linked = { ...row.applied, groupId, name, origin: 'linked' as const };
  return saveGroup(row, linked, { ...hands, record });
}

function selectorOf({ id, applied }: GroupRow): GroupSelector {
  return applied.groupId === null
    ? { kind: 'externalId', externalId: id }
    : { kind: 'groupId', groupId: applied.groupId };
}
