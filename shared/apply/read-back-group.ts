import type { GroupRow } from '../model/group-row.ts';
import type { GroupSelector, TeamGroup } from '../model/target.ts';
import { callDropbox } from './call-dropbox.ts';
import { forgetGroup } from './forget-group.ts';
import { comeAgain, recordOfGroup, saveGroup, type GroupHands } from './save-group.ts';

const lookAgainMs = 60_000;

/**
 * Asks Dropbox what is true of a group and writes it into applied: by its id where there is a link, and by our external id, so that a
 * creation whose answer was lost is linked even if nobody wants the group any more, and so that a link which is out of date is dropped only
 * where Dropbox knows the group by neither. Undefined where Dropbox could not be asked: then the group comes again, to be read back.
 */
export async function readBackGroup(
  row: GroupRow,
  hands: GroupHands,
): Promise<GroupRow | undefined> {
  const { groupId } = row.applied;
  if (groupId !== null) {
    const linked = await ask(row, { kind: 'groupId', groupId }, hands);
    if (linked === undefined) return undefined;
    if (linked !== 'none') return takeInName(row, linked, hands);
  }
  const found = await ask(row, { kind: 'externalId', externalId: row.id }, hands);
  if (found === undefined) return undefined;
  if (groupId === null) return found === 'none' ? row : takeInUnlinked(row, found, hands);
  if (found === 'none') return settleGone(row, hands);
  // Dropbox contradicts itself, as it may for a while.
  if (found.groupId === groupId) return takeInName(row, found, hands);
  return relink(row, found, hands);
}

async function ask(
  row: GroupRow,
  selector: GroupSelector,
  hands: GroupHands,
): Promise<TeamGroup | 'none' | undefined> {
  const { turn, deps } = hands;
  const called = await callDropbox(turn, deps, () => deps.team.readGroupsInfo([selector]));
  if (called.kind === 'answered') return called.value[0] ?? 'none';
  const due = called.kind === 'malformed' ? deps.clock.now() + lookAgainMs : called.due;
  comeAgain(row, hands, { due, verify: true });
  return undefined;
}

/** A name that is neither what we last applied nor what we wanted is somebody else's. */
async function takeInName(
  row: GroupRow,
  { name }: TeamGroup,
  hands: GroupHands,
): Promise<GroupRow | undefined> {
  if (name === row.applied.name) return row;
  const isOurWork = name === row.desired.name;
  const record = recordOfGroup(row, hands.deps, {
    operation: 'updateGroup',
    outcome: isOurWork ? 'alreadyDone' : 'drift',
    reason: isOurWork
      ? 'read back after an answer was lost'
      : 'somebody else renamed the group in Dropbox; as long as it is assigned it is renamed back',
    changes: [{ name: 'name', from: row.applied.name ?? '', to: name }],
  });
  return saveGroup(row, { ...row.applied, name }, { ...hands, record });
}

async function takeInUnlinked(
  row: GroupRow,
  { groupId, name }: TeamGroup,
  hands: GroupHands,
): Promise<GroupRow | undefined> {
  if (!row.desired.given) return row;
  const record = recordOfGroup(row, hands.deps, {
    operation: 'createGroup',
    outcome: 'alreadyDone',
    reason: 'read back after an answer was lost',
    targetId: groupId,
  });
  const linked = { ...row.applied, groupId, name, origin: 'linked' as const };
  return saveGroup(row, linked, { ...hands, record });
}

const goneDetail = 'Dropbox does not know the group any more that we had linked';

/** Another group carries our id. Who is in it is asked next; until then whoever is ours stays ours. */
async function relink(
  row: GroupRow,
  { groupId, name }: TeamGroup,
  hands: GroupHands,
): Promise<GroupRow | undefined> {
  const record = recordOfGroup(row, hands.deps, {
    operation: 'adoptGroup',
    outcome: 'drift',
    code: 'groupGone',
    reason: `${goneDetail}; another one that carries our external id is linked instead`,
    changes: [{ name: 'groupId', from: row.applied.groupId ?? '', to: groupId }],
  });
  const linked = { ...row.applied, groupId, name, origin: 'linked' as const, intended: null };
  return saveGroup(row, linked, { ...hands, record });
}

/** Not there, by whatever name: what we were about to delete was deleted by us. */
function settleGone(row: GroupRow, hands: GroupHands): Promise<GroupRow | undefined> {
  const isOurWork = row.applied.intended?.operation === 'deleteGroup';
  const record = isOurWork
    ? recordOfGroup(row, hands.deps, {
        operation: 'deleteGroup',
        outcome: 'alreadyDone',
        reason: 'read back after an answer was lost',
      })
    : recordOfGroup(row, hands.deps, {
        operation: 'none',
        outcome: 'drift',
        code: 'groupGone',
        reason: `${goneDetail}; as long as it is assigned it is created again`,
      });
  return forgetGroup(row, { ...hands, record, isOurWork });
}
