import { isDeepStrictEqual } from 'node:util';
import type { UserRow } from '../../shared/model/user-row.ts';
import type { TeamMember } from '../../shared/model/target.ts';
import { targetOf } from '../../shared/plan/plan-user.ts';
import type { Rows } from './outcome.ts';
import type { Stage } from './stage.ts';

/** Where the rows do not say what is so: at rest, everything that is applied is true. */
export function judgeRows(stage: Stage, rows: Rows): readonly string[] {
  return [
    ...judgeUserRows(stage, rows),
    ...judgeGroupRows(stage, rows),
    ...judgeEdgeRows(stage, rows),
  ];
}

function judgeUserRows({ world }: Stage, { users }: Rows): readonly string[] {
  const memberById = new Map(world.team.members().map((member) => [member.memberId, member]));
  return users.flatMap((row) => [
    ...judgeGeneration(row),
    ...judgeActual(row, memberById.get(row.applied.memberId ?? '')),
  ]);
}

function judgeGeneration({ id, applied, desired }: UserRow): readonly string[] {
  const isGiven = desired.presence === 'member' && desired.skip === null;
  const isDone = applied.generation === desired.generation || applied.error !== null;
  return isGiven && !isDone
    ? [`${id} is applied up to ${applied.generation} of ${desired.generation}`]
    : [];
}

function judgeActual(row: UserRow, member: TeamMember | undefined): readonly string[] {
  const { id, applied } = row;
  if (applied.memberId === null) return [];
  const isGone = member === undefined || member.status === 'removed';
  if (isGone !== (applied.status === 'removed')) {
    return [`applied of ${id} says ${applied.status}, and the member is ${member?.status}`];
  }
  return isGone ? [] : judgePresent(row, member);
}

function judgePresent({ id, applied }: UserRow, member: TeamMember): readonly string[] {
  const isSame = member.status === applied.status || isAcceptance(applied.status, member);
  if (!isSame) return [`applied of ${id} says ${applied.status}, and it is ${member.status}`];
  return isDeepStrictEqual(targetOf(member), applied.actual)
    ? []
    : [`applied of ${id} says ${applied.actual?.givenName} ${applied.actual?.email}: not so`];
}

/** An invitation that was accepted is noticed when the team is compared. */
function isAcceptance(status: string, member: TeamMember): boolean {
  return status === 'invited' && member.status === 'active';
}

function judgeGroupRows({ world }: Stage, { groups }: Rows): readonly string[] {
  return groups.flatMap(({ id, applied, desired }) => {
    const group = world.team.groups().find(({ externalId }) => externalId === id);
    const isTrue =
      group?.groupId === (applied.groupId ?? undefined) &&
      (group === undefined || group.name === applied.name);
    const isDone = desired.presence === 'absent' || applied.generation === desired.generation;
    return [
      ...(isTrue ? [] : [`applied of group ${id} says ${applied.name}, and that is not so`]),
      ...(isDone ? [] : [`group ${id} is not applied`]),
    ];
  });
}

function judgeEdgeRows({ world }: Stage, { groups, edges, users }: Rows): readonly string[] {
  const groupById = new Map(groups.map((row) => [row.id, row.applied.groupId]));
  const memberById = new Map(users.map((row) => [row.id, row.applied.memberId]));
  return edges.flatMap(({ groupId, userId, applied, ours }) => {
    const group = world.team.groups().find((found) => found.groupId === groupById.get(groupId));
    const isIn = group?.memberIds.has(memberById.get(userId) ?? '') === true;
    // Somebody put in by hand whom Entra listed once is nobody's edge any more.
    if (isIn && !applied && !ours) return [];
    return isIn === applied ? [] : [`applied of edge ${groupId} ${userId} says ${applied}`];
  });
}
