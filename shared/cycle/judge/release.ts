import { StorageConflictError } from '../../model/errors.ts';
import type { GroupRow } from '../../model/group-row.ts';
import { writeMany } from '../../model/table-pages.ts';
import type { UserDesired, UserRow } from '../../model/user-row.ts';
import { groupEntryId, ranks, type Entry } from '../../outbox/entry.ts';
import { schedule } from '../../outbox/schedule.ts';
import { membershipsTable, releaseEdgeActions, type EdgeRow } from '../../rows/edges.ts';
import { dropManyHeld, type HeldEntry } from '../../rows/held.ts';
import { saveGroups } from '../absorb-groups.ts';
import type { CycleDeps } from '../deps.ts';
import { savePeople, type ChangedPerson } from '../save-people.ts';
import type { Case, CaseRow } from './case.ts';

/** As many edges with their markers as one transaction takes. */
const edgesPerTransaction = 50;

/**
 * Lets takings be carried out: the row first, then `pending`, then out of `held`. A crash in between leaves an entry in `held` whose row is
 * released: it is scheduled again.
 */
export async function release(deps: CycleDeps, cases: readonly Case[]): Promise<void> {
  const abouts = cases.map(({ about }) => about);
  await savePeople(deps, [
    ...peopleOf(abouts, 'user').map(releasePerson),
    ...peopleOf(abouts, 'link').map(dropLink),
  ]);
  await saveGroups(deps, groupsOf(abouts).map(releaseGroup));
  const late = await releaseEdges(deps, edgesOf(abouts));
  const done = cases.filter(({ about }) => about.what !== 'edge' || !late.has(about.edge));
  await dropManyHeld(
    deps.tables,
    done.map(({ entry }) => entry),
  );
}

/** What was released already is scheduled once more, and leaves `held`. */
export async function releaseAgain(
  deps: CycleDeps,
  abouts: readonly CaseRow[],
  entries: readonly HeldEntry[],
): Promise<void> {
  const unchanged = peopleOf(abouts, 'user').map((row) => toChanged(row, row.desired));
  await savePeople(deps, unchanged);
  await saveGroups(
    deps,
    groupsOf(abouts).map((row) => ({ row, source: row.source, desired: row.desired })),
  );
  await releaseEdges(deps, edgesOf(abouts));
  await dropManyHeld(deps.tables, entries);
}

function peopleOf(abouts: readonly CaseRow[], what: 'user' | 'link'): readonly UserRow[] {
  return abouts.flatMap((about) => (about.what === what ? [about.row] : []));
}

function groupsOf(abouts: readonly CaseRow[]): readonly GroupRow[] {
  return abouts.flatMap((about) => (about.what === 'group' ? [about.row] : []));
}

function edgesOf(abouts: readonly CaseRow[]): readonly EdgeRow[] {
  return abouts.flatMap((about) => (about.what === 'edge' ? [about.edge] : []));
}

function toChanged(row: UserRow, desired: UserDesired): ChangedPerson {
  return { row, source: row.source, desired };
}

function releasePerson(row: UserRow): ChangedPerson {
  const { desired } = row;
  const generation = desired.generation + 1;
  return toChanged(row, { ...desired, generation, releasedTakes: desired.takes });
}

function dropLink(row: UserRow): ChangedPerson {
  const { desired } = row;
  const generation = desired.generation + 1;
  return toChanged(row, { ...desired, generation, unlinks: row.applied.memberId });
}

function releaseGroup(row: GroupRow): Parameters<typeof saveGroups>[1][number] {
  const { desired, source } = row;
  const generation = desired.generation + 1;
  return { row, source, desired: { ...desired, generation, releasedTakes: desired.takes } };
}

/** Returns the edges that had moved since they were read: they are judged again in the next cycle. */
async function releaseEdges(
  deps: CycleDeps,
  edges: readonly EdgeRow[],
): Promise<ReadonlySet<EdgeRow>> {
  const late = new Set<EdgeRow>();
  const entries: Entry[] = [];
  for (const [groupId, part] of Map.groupBy(edges, (edge) => edge.groupId)) {
    for (let start = 0; start < part.length; start += edgesPerTransaction) {
      const some = part.slice(start, start + edgesPerTransaction);
      try {
        await writeMany(deps.tables, membershipsTable, groupId, some.flatMap(releaseEdgeActions));
      } catch (error) {
        if (!(error instanceof StorageConflictError)) throw error;
        for (const edge of some) late.add(edge);
      }
    }
    const due = deps.scheduleFrom ?? deps.clock.now();
    entries.push({ id: groupEntryId(groupId), rank: ranks.takenAway, due, verify: false });
  }
  await schedule(deps.tables, entries);
  return late;
}
