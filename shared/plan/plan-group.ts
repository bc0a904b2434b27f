import type { GroupApplied, GroupDesired } from '../model/group-row.ts';
import type { TeamGroup } from '../model/target.ts';
import { lesserEffect } from './taking.ts';

export interface GroupMatch {
  readonly byExternalId: TeamGroup | undefined;
  readonly byName: TeamGroup | undefined;
}

/** What is to be done about a group itself; its members are a matter of their own. */
export type GroupOperation =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'hold' }
  | { readonly kind: 'skip'; readonly code: string; readonly detail: string }
  | { readonly kind: 'createGroup'; readonly name: string }
  | { readonly kind: 'adoptGroup'; readonly group: TeamGroup; readonly name: string }
  | { readonly kind: 'updateGroup'; readonly groupId: string; readonly name: string }
  /** The people whom we added, all of them; the group stays. */
  | { readonly kind: 'removeMembers'; readonly groupId: string }
  | { readonly kind: 'deleteGroup'; readonly groupId: string };

/** Pure. A group is matched by its external id; by its name only where that is configured, and never one that Dropbox keeps itself. */
export function planGroup(
  id: string,
  { desired, applied }: { readonly desired: GroupDesired; readonly applied: GroupApplied },
  match: GroupMatch,
  options: { readonly adoptByName: boolean },
): GroupOperation {
  if (desired.takes !== 'none') return planTaking(desired, applied);
  if (desired.presence === 'absent') return { kind: 'nothing' };
  if (desired.skip !== null) return { kind: 'skip', ...desired.skip };
  const { name } = desired;
  if (name === null) return { kind: 'nothing' };
  if (applied.groupId !== null) {
    return applied.name === name
      ? { kind: 'nothing' }
      : { kind: 'updateGroup', groupId: applied.groupId, name };
  }
  return planUnlinked({ id, name }, match, options);
}

/** Only a group that we created is ever deleted; one that was there before is emptied of the people we added. */
function planTaking(
  { takes, releasedTakes }: GroupDesired,
  { groupId, origin }: GroupApplied,
): GroupOperation {
  const effect = lesserEffect(takes, releasedTakes);
  if (effect === 'none') return { kind: 'hold' };
  if (groupId === null) return { kind: 'nothing' };
  const isToBeDeleted = effect === 'delete' && origin === 'created';
  return { kind: isToBeDeleted ? 'deleteGroup' : 'removeMembers', groupId };
}

function planUnlinked(
  { id, name }: { readonly id: string; readonly name: string },
  match: GroupMatch,
  { adoptByName }: { readonly adoptByName: boolean },
): GroupOperation {
  if (match.byExternalId !== undefined) {
    return { kind: 'adoptGroup', group: match.byExternalId, name };
  }
  if (match.byName === undefined) return { kind: 'createGroup', name };
  const { management, externalId, groupId } = match.byName;
  const isFree = (externalId === undefined || externalId === id) && management !== 'system';
  if (adoptByName && isFree) return { kind: 'adoptGroup', group: match.byName, name };
  const detail = `the Dropbox group ${groupId} has this name and is not ours; rename one of the two`;
  return { kind: 'skip', code: 'groupNameTaken', detail };
}
