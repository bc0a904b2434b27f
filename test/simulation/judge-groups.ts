import type { MemoryGroup } from '../memory/memory-entra.ts';
import type { TeamGroupWithMembers } from '../memory/memory-team.ts';
import { assignedGroups, foreignUserId, wantedUsers } from './directory.ts';
import type { Rows } from './outcome.ts';
import type { Stage } from './stage.ts';

/** What is wrong about the groups of the team and who is in them. */
export function judgeGroups(stage: Stage, rows: Rows): readonly string[] {
  const { entra } = stage.world;
  const assigned = new Set(assignedGroups(entra).map(({ id }) => id));
  return entra.groups().flatMap((source) => {
    const own = stage.world.team.groups().filter(({ externalId }) => externalId === source.id);
    return assigned.has(source.id)
      ? judgeAssigned(stage, source, own, rows)
      : judgeUnassigned(stage, source, own, rows);
  });
}

function judgeAssigned(
  stage: Stage,
  source: MemoryGroup,
  own: readonly TeamGroupWithMembers[],
  rows: Rows,
): readonly string[] {
  const [group] = own;
  if (group === undefined || own.length > 1) {
    return [`group ${source.displayName} is in the team ${own.length} times`];
  }
  const isNamed = group.name === source.displayName;
  return [
    ...(isNamed ? [] : [`group ${source.displayName} is called ${group.name}`]),
    ...judgeMissing(stage, source, group, rows),
    ...judgeInside(stage, source, group),
  ];
}

/** Whoever is wanted, linked and in the team belongs in it, suspended by hand or not. */
function judgeMissing(
  { world }: Stage,
  source: MemoryGroup,
  group: TeamGroupWithMembers,
  { users }: Rows,
): readonly string[] {
  const wanted = wantedUsers(world.entra);
  const present = new Set(
    world.team.members().flatMap((one) => (one.status === 'removed' ? [] : [one.memberId])),
  );
  return users.flatMap(({ id, applied: { memberId } }) => {
    if (id === foreignUserId || !wanted.has(id) || !source.memberIds.has(id)) return [];
    const isThere = memberId !== null && present.has(memberId);
    return isThere && !group.memberIds.has(memberId)
      ? [`${id} is not in the group ${source.displayName}`]
      : [];
  });
}

/** Nobody else is in it but whom Entra lists, and strangers put in by hand. */
function judgeInside(
  stage: Stage,
  source: MemoryGroup,
  group: TeamGroupWithMembers,
): readonly string[] {
  const { world, operator } = stage;
  return insiders(stage, group).flatMap(({ memberId, userId }) => {
    if (userId === undefined || source.memberIds.has(userId)) return [];
    const user = world.entra.users().find(({ id }) => id === userId);
    // Lists do not show who is deleted: whether they are still in the group nobody can know.
    if (user?.state !== 'present') return [];
    const isRefused =
      operator.refused.has(`e:${source.id}:${userId}`) || operator.refused.has(`g:${source.id}`);
    if (isRefused || isStrange(stage, memberId, group)) return [];
    return [`${userId} is still in the group ${source.displayName}`];
  });
}

/** Not assigned, or gone: whom we added is out again, and the group is gone where the policy says so and it was ours. */
function judgeUnassigned(
  stage: Stage,
  source: MemoryGroup,
  own: readonly TeamGroupWithMembers[],
  { groups }: Rows,
): readonly string[] {
  const { operator, ledger, character } = stage;
  // Whether it was ours nobody knows where the answer to its creation was lost: then it is kept, without its members.
  const isCreated = groups.some(
    ({ id, applied }) => id === source.id && applied.origin === 'created',
  );
  if (operator.refused.has(`g:${source.id}`)) return [];
  return own.flatMap((group) => {
    const isToGo = character.leaving.group === 'delete' && ledger.ourGroups.has(group.groupId);
    if (isToGo && isCreated) return [`the group ${source.displayName} is still there`];
    return insiders(stage, group).flatMap(({ memberId, userId }) => {
      if (userId === undefined || isStrange(stage, memberId, group)) return [];
      return [`${userId} is still in ${source.displayName}, which is not assigned`];
    });
  });
}

function insiders(
  { guard }: Stage,
  { memberIds }: TeamGroupWithMembers,
): readonly { readonly memberId: string; readonly userId: string | undefined }[] {
  return [...memberIds].map((memberId) => ({ memberId, userId: guard.versions.userOf(memberId) }));
}

/** Put in by hand: ours only from when Entra lists them. */
function isStrange(
  { ledger }: Stage,
  memberId: string,
  { groupId }: TeamGroupWithMembers,
): boolean {
  return ledger.wasPutIn(groupId, memberId);
}
