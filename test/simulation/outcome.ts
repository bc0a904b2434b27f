import { isDeepStrictEqual } from 'node:util';
import type { TeamMember } from '../../shared/model/target.ts';
import { targetOf } from '../../shared/plan/plan-user.ts';
import type { MemoryGroup, MemoryUser } from '../memory/memory-entra.ts';
import type { TeamGroupWithMembers } from '../memory/memory-team.ts';
import { parsePendingEntry } from '../../shared/outbox/entry.ts';
import { loadOutbox } from '../../shared/outbox/outbox-row.ts';
import { loadEdges, type EdgeRow } from '../../shared/rows/edges.ts';
import { parseGroupRow } from '../../shared/rows/groups.ts';
import { parseUserRow } from '../../shared/rows/users.ts';
import type { GroupRow } from '../../shared/model/group-row.ts';
import type { UserRow } from '../../shared/model/user-row.ts';
import type { MemoryTables } from '../memory/memory-tables.ts';
import type { World } from './world.ts';
import { assignedGroups, foreignUserId, usersInScope, wantedUsers } from './world.ts';

/** Everything that is not as it must be when all is calm; empty where all is well. The team is judged from Entra alone. */
export async function judgeOutcome(
  world: World,
  tables: MemoryTables,
  slots: number,
): Promise<Outcome> {
  const rows: Rows = {
    users: tables.rows('Users').map(parseUserRow),
    groups: tables.rows('Groups').map(parseGroupRow),
    edges: await loadAllEdges(tables),
  };
  const problems = [
    ...(await judgeOutbox(tables, slots)),
    ...judgeMembers(world),
    ...judgeGroups(world),
    ...judgeStrangers(world),
    ...judgeApplied(world, rows),
    ...judgeHeld(world, tables, rows),
  ];
  return { problems, leftovers: findLeftovers(tables, rows).length };
}

export interface Outcome {
  readonly problems: readonly string[];
  /** Held entries that a crash has left behind although their row has moved on. */
  readonly leftovers: number;
}

interface Rows {
  readonly users: readonly UserRow[];
  readonly groups: readonly GroupRow[];
  readonly edges: readonly EdgeRow[];
}

async function loadAllEdges(tables: MemoryTables): Promise<readonly EdgeRow[]> {
  const edges: EdgeRow[] = [];
  for (const { partitionKey, rowKey } of tables.rows('Memberships')) {
    if (!rowKey.startsWith('~')) edges.push(...(await loadEdges(tables, partitionKey, [rowKey])));
  }
  return edges;
}

async function judgeOutbox(tables: MemoryTables, slots: number): Promise<readonly string[]> {
  const pending = tables
    .rows('Schedule')
    .filter(({ partitionKey }) => partitionKey === 'pending')
    .flatMap((row) => parsePendingEntry(row) ?? []);
  const outbox = await loadOutbox(tables, slots);
  return [
    ...pending.map(({ rowKey }) => `still pending: ${rowKey}`),
    ...outbox.slots.flatMap((slot, index) =>
      slot === undefined ? [] : [`slot ${index} is still taken: ${slot.ids.join()}`],
    ),
  ];
}

function judgeMembers(world: World): readonly string[] {
  const wanted = wantedUsers(world.entra);
  return world.entra.users().flatMap((user) => {
    const own = world.team.members().filter(({ externalId }) => externalId === user.id);
    const [member] = own;
    const isStrange = member !== undefined && member.memberId !== 'dbmid:linked';
    return [
      ...(own.length > 1 ? [`${user.id} is in the team ${own.length} times`] : []),
      ...(isStrange && !world.everWanted.has(user.id)
        ? [`${user.id} is in the team and was never wanted`]
        : []),
      ...(wanted.has(user.id) && user.id !== foreignUserId ? judgeMember(user, member) : []),
    ];
  });
}

function judgeMember(user: MemoryUser, member: TeamMember | undefined): readonly string[] {
  const { id, mail, givenName, surname } = user;
  if (member === undefined) return [`${id} should be in the team, and is not`];
  const should = `${givenName} ${surname} ${mail}`;
  const is = `${member.givenName} ${member.surname} ${member.email}`;
  return should === is ? [] : [`${id} should be ${should}, and is ${is}`];
}

function judgeGroups(world: World): readonly string[] {
  return assignedGroups(world.entra).flatMap((source) => {
    const own = world.team.groups().filter(({ externalId }) => externalId === source.id);
    const [group] = own;
    if (group === undefined || own.length > 1) {
      return [`group ${source.displayName} is in the team ${own.length} times`];
    }
    const isNamed = group.name === source.displayName;
    return [
      ...(isNamed ? [] : [`group ${source.displayName} is called ${group.name}`]),
      ...judgeGroupMembers(world, source, group),
    ];
  });
}

function judgeGroupMembers(
  { entra, team, everEdges }: World,
  source: MemoryGroup,
  group: TeamGroupWithMembers,
): readonly string[] {
  const wanted = wantedUsers(entra);
  const userIdOf = new Map(team.members().map((member) => [member.memberId, member.externalId]));
  const inside = new Set([...group.memberIds].map((memberId) => userIdOf.get(memberId)));
  const missing = [...source.memberIds].filter(
    (id) => wanted.has(id) && id !== foreignUserId && !inside.has(id),
  );
  const strange = [...inside].filter((id) => !everEdges.has(`${source.id} ${id}`));
  return [
    ...missing.map((id) => `${id} is not in the group ${source.displayName}`),
    ...strange.map((id) => `${id} is in the group ${source.displayName}, and never was in Entra`),
  ];
}

function judgeStrangers({ team, strangers, strangeGroups }: World): readonly string[] {
  const members = JSON.stringify(team.members().slice(0, strangers.length));
  const groups = JSON.stringify(team.groups().slice(0, strangeGroups.length));
  return members === JSON.stringify(strangers) && groups === JSON.stringify(strangeGroups)
    ? []
    : ['somebody or something that is not ours was touched'];
}

function judgeApplied(world: World, { users, groups, edges }: Rows): readonly string[] {
  return [
    ...judgeAppliedPeople(world, users),
    ...judgeAppliedGroups(world, groups),
    ...judgeAppliedEdges(world, { groups, edges, users }),
  ];
}

function judgeAppliedPeople({ team, everWanted }: World, users: readonly UserRow[]): string[] {
  const linked = new Set(users.map(({ applied }) => applied.memberId));
  const unknown = team.members().filter(({ externalId = '', memberId }) => {
    const isInvited = everWanted.has(externalId) && memberId !== 'dbmid:linked';
    return isInvited && !linked.has(memberId);
  });
  const memberById = new Map(team.members().map((member) => [member.memberId, member]));
  return [
    ...unknown.map(({ externalId }) => `${externalId} is in the team, and nobody knows`),
    ...users.flatMap((row) => [
      ...judgeGeneration(row),
      ...judgeActual(row, memberById.get(row.applied.memberId ?? '')),
    ]),
  ];
}

function judgeGeneration({ id, applied, desired }: UserRow): readonly string[] {
  const isGiven = desired.presence === 'member' && desired.skip === null;
  return isGiven && applied.generation !== desired.generation
    ? [`${id} is applied up to ${applied.generation} of ${desired.generation}`]
    : [];
}

function judgeActual({ id, applied }: UserRow, member: TeamMember | undefined): readonly string[] {
  const { memberId, actual } = applied;
  if (memberId === null || (member !== undefined && isDeepStrictEqual(targetOf(member), actual))) {
    return [];
  }
  return [`applied of ${id} says ${actual?.givenName} ${actual?.email}, and that is not so`];
}

function judgeAppliedGroups({ team }: World, groups: readonly GroupRow[]): readonly string[] {
  return groups.flatMap(({ id, applied, desired }) => {
    const group = team.groups().find(({ externalId }) => externalId === id);
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

function judgeAppliedEdges({ team }: World, { groups, edges, users }: Rows): readonly string[] {
  const groupById = new Map(groups.map((row) => [row.id, row.applied.groupId]));
  const memberById = new Map(users.map((row) => [row.id, row.applied.memberId]));
  return edges.flatMap(({ groupId, userId, applied }) => {
    const group = team.groups().find((found) => found.groupId === groupById.get(groupId));
    const isIn = group?.memberIds.has(memberById.get(userId) ?? '') === true;
    return isIn === applied ? [] : [`applied of edge ${groupId} ${userId} says ${applied}`];
  });
}

function heldKeys(tables: MemoryTables): readonly string[] {
  const held = tables.rows('Schedule').filter(({ partitionKey }) => partitionKey === 'held');
  return held.map(({ rowKey }) => rowKey);
}

function idOfHeld(key: string): string {
  return key.slice(key.indexOf('|') + 1);
}

/**
 * Held entries whose row has moved on: a crash came between the row and the entry's end. They say nothing, because whoever judges looks at
 * the row; an entry that is missing would be the error.
 */
function findLeftovers(tables: MemoryTables, { users, groups, edges }: Rows): string[] {
  const sinceById = new Map<string, number>();
  for (const { id, desired } of users) sinceById.set(`u:${id}`, desired.takesSince);
  for (const { id, desired } of groups) sinceById.set(`g:${id}`, desired.takesSince);
  for (const { groupId, userId, takesSince } of edges) {
    sinceById.set(`e:${groupId}:${userId}`, takesSince);
  }
  return heldKeys(tables).filter(
    (key) => Number.parseInt(key, 10) !== sinceById.get(idOfHeld(key)),
  );
}

/** Who would lose something is held, once; nobody else is. */
function judgeHeld(world: World, tables: MemoryTables, rows: Rows): readonly string[] {
  const stale = new Set(findLeftovers(tables, rows));
  const held = heldKeys(tables)
    .filter((key) => !stale.has(key))
    .map(idOfHeld);
  const must = new Set([...losingPeople(world, rows), ...losingGroups(world, rows)]);
  const edges = losingEdges(world, rows);
  const mayBe = new Set([...must, ...edges.must, ...edges.may]);
  return [
    ...[...must, ...edges.must].filter((id) => !held.includes(id)).map((id) => `not held: ${id}`),
    ...held.filter((id) => !mayBe.has(id)).map((id) => `held for nothing: ${id}`),
    ...held
      .filter((id, index) => held.indexOf(id) !== index)
      .map((id) => `held more than once: ${id}`),
  ];
}

function losingPeople({ entra }: World, { users }: Rows): readonly string[] {
  const inScope = usersInScope(entra);
  const given = new Set(users.filter(({ desired }) => desired.given).map(({ id }) => id));
  return entra
    .users()
    .filter(({ id, accountEnabled }) => given.has(id) && !(inScope.has(id) && accountEnabled))
    .map(({ id }) => `u:${id}`);
}

function losingGroups({ entra }: World, { groups }: Rows): readonly string[] {
  const wanted = new Set(assignedGroups(entra).map(({ id }) => id));
  return groups
    .filter(({ id, desired }) => desired.given && !wanted.has(id))
    .map(({ id }) => `g:${id}`);
}

/** Edges that Entra lists no more. Of a group that is not assigned nothing is known, and Entra hides those of deleted users. */
function losingEdges(
  { entra }: World,
  { edges }: Rows,
): { readonly must: readonly string[]; readonly may: readonly string[] } {
  const groups = new Map(assignedGroups(entra).map((group) => [group.id, group]));
  const present = new Set(
    entra.users().flatMap(({ id, state }) => (state === 'present' ? [id] : [])),
  );
  const must: string[] = [];
  const may: string[] = [];
  for (const { groupId, userId } of edges) {
    const group = groups.get(groupId);
    const id = `e:${groupId}:${userId}`;
    if (group === undefined || !present.has(userId)) may.push(id);
    else if (!group.memberIds.has(userId)) must.push(id);
  }
  return { must, may };
}
