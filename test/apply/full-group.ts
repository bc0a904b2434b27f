import { groupEntryId, ranks } from '../../shared/outbox/entry.ts';
import { schedule } from '../../shared/outbox/schedule.ts';
import type { GroupDesired } from '../../shared/model/group-row.ts';
import {
  edgeAppliedAction,
  edgeFactsActions,
  loadEdges,
  loadMarkers,
  membershipsTable,
  releaseEdgeActions,
  type EdgeApplied,
  type EdgeRow,
} from '../../shared/rows/edges.ts';
import { groupFactsAction, groupsTable } from '../../shared/rows/groups.ts';
import { partitionOf, usersTable } from '../../shared/rows/users.ts';
import { groupRow } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { world, type World, type WorldOptions } from '../world/world.ts';
import { settle } from './leaver.ts';

/** So many people, in the order of their ids. */
export function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `a${1_000 + index}`);
}

/** People who are assigned by themselves, and all in the group Design, which is full already. */
export async function fullGroup(count: number, options: WorldOptions = {}): Promise<World> {
  const builder = world().member('admin');
  for (const name of names(count)) builder.user(name).member(name, { externalId: name });
  const here = builder.group('design', names(count)).build({ pageSize: 999, ...options });
  await passMinutes(here, 3);
  return here;
}

/** The id of the first group in Dropbox. */
export function groupId({ team }: World): string {
  return team.groups()[0]?.groupId ?? '';
}

/** The names of those who are in the group in Dropbox. */
export function inGroup({ team }: World, groupName = 'design'): readonly string[] {
  const group = team.groups().find(({ name }) => name === groupName);
  return [...(group?.memberIds ?? [])]
    .map((memberId) => memberId.slice('dbmid:'.length))
    .toSorted();
}

/** How many people each call was to take out, in order. */
export function removals({ team }: World): readonly number[] {
  return team.writes.flatMap((write) =>
    write.kind === 'removeGroupMembers' ? [write.memberIds.length] : [],
  );
}

export async function edge(here: World, userId: string): Promise<EdgeRow> {
  const [found] = await loadEdges(here.tables, 'design', [userId]);
  if (found === undefined) throw new Error('no edge');
  return found;
}

/** Whose edges are marked for the worker. */
export async function marked(here: World): Promise<readonly string[]> {
  return (await loadMarkers(here.tables, 'design', { limit: 1_000 })).map(({ userId }) => userId);
}

/** They leave the group in Entra, and that is known and held. */
export async function leave(here: World, people: readonly string[]): Promise<void> {
  for (const name of people) here.entra.setMember('design', name, false);
  await cycle(here);
}

/** What judgement does when it lets these memberships end. Nobody works on it yet. */
export async function releaseEdges(here: World, people: readonly string[]): Promise<void> {
  for (const found of await loadEdges(here.tables, 'design', people)) {
    await here.tables.write(membershipsTable, 'design', releaseEdgeActions(found));
  }
  await ring(here);
}

/** Writes columns of somebody's edge as something that has gone before would have left them. */
export async function setEdge(
  here: World,
  userId: string,
  columns: Partial<EdgeApplied>,
): Promise<void> {
  const found = await edge(here, userId);
  await here.tables.write(membershipsTable, 'design', [
    edgeAppliedAction(found, { ...found, ...columns }),
  ]);
}

/** From now on somebody's row is one of a later release. */
export async function makeUnreadable(here: World, userId: string): Promise<void> {
  await here.tables.write(usersTable, partitionOf(userId), [
    { kind: 'upsert', rowKey: userId, columns: { v: 99 } },
  ]);
}

/** The team is listed anew, groups and all. */
export async function listTeam(here: World): Promise<void> {
  here.clock.jump(25 * 3_600_000);
  await passMinutes(here, 3);
}

/** What the cycle writes when somebody is in the group again, without the cycle. */
export async function comeBack(here: World, userId: string): Promise<void> {
  const found = await edge(here, userId);
  const facts = { ...found, source: true, desired: true, takesSince: 0, released: false };
  await here.tables.write(membershipsTable, 'design', edgeFactsActions(found, facts));
}

/** Three people, of whom these have left; that is released, and nobody has worked on it. */
export async function leavers(...people: readonly string[]): Promise<World> {
  const here = await fullGroup(3);
  await leave(here, people);
  await releaseEdges(here, people);
  return here;
}

/** What is desired of the group from now on, as the cycle or judgement would write it. Nobody works on it yet. */
export async function desireGroup(here: World, changes: Partial<GroupDesired>): Promise<void> {
  const row = await groupRow(here, 'design');
  const generation = row.desired.generation + 1;
  const action = groupFactsAction(row, row.source, { ...row.desired, ...changes, generation });
  await here.tables.write(groupsTable, partitionOf('design'), [action]);
  await ring(here);
}

/** Lets what is taken from the group be carried out, as judgement would. */
export async function releaseGroup(here: World): Promise<void> {
  await desireGroup(here, { releasedTakes: (await groupRow(here, 'design')).desired.takes });
}

export const wantedAgain: Partial<GroupDesired> = {
  presence: 'group',
  takes: 'none',
  takesBecause: null,
  takesKind: null,
  takesSince: 0,
  releasedTakes: 'none',
};

/** Schedules the group. `isInDoubt`: to be read back, as the daily comparison does. */
export async function ring(here: World, isInDoubt = false): Promise<void> {
  const rank = isInDoubt ? ranks.groups : ranks.takenAway;
  const due = here.clock.now();
  const entry = { id: groupEntryId('design'), rank, due, verify: isInDoubt };
  await schedule(here.tables, [entry]);
}

/** The daily comparison, of this group only. */
export async function verify(here: World): Promise<void> {
  here.clock.jump(60_000);
  await ring(here, true);
  await settle(here);
}

/** The lines of the group's log that have to do with who is in it: `removeGroupMembers applied: -a1000`. */
export function memberLog({ tables }: World): readonly string[] {
  return tables
    .rows('ProvisioningLogs')
    .toReversed()
    .flatMap(({ columns: { identity, operation, outcome, changes } }) => {
      if (identity !== 'g:design' || !String(operation).endsWith('GroupMembers')) return [];
      const people = [...String(changes).matchAll(/"(from|to)":"dbmid:(\w+)"/g)];
      const signs = people.map(([, side, name]) => `${side === 'from' ? '-' : '+'}${name}`);
      return [`${operation} ${outcome}: ${signs.join(' ')}`];
    });
}
