import { StorageConflictError } from '../model/errors.ts';
import type { TableAction } from '../model/ports.ts';
import { writeMany } from '../model/table-pages.ts';
import { groupEntryId, ranks } from '../outbox/entry.ts';
import { schedule } from '../outbox/schedule.ts';
import { dropHeld, hold, type TakingColumns } from '../rows/held.ts';
import {
  edgeFactsActions,
  edgeHeldId,
  loadEdges,
  markEdgeAction,
  membershipsTable,
  type EdgeFacts,
  type EdgeRow,
} from '../rows/edges.ts';
import type { CycleDeps } from './deps.ts';
import { StaleCycleError } from './stale-cycle-error.ts';

/** What one page says about one person in one group. */
export interface EdgeFact {
  readonly present: boolean;
  /** The cycle whose whole read of the group's members listed the edge. */
  readonly readIn?: string;
  /** Why what this page does not show is no proof of an absence; null where it is one. */
  readonly doubt?: string | null;
}

const conflictTries = 6;

/**
 * Takes facts about the members of one assigned group into the edges: an edge that came is marked for the worker and its group is
 * scheduled, an edge that went is held. People's own rows are to be written before. Returns how many edges moved.
 */
export async function absorbEdges(
  deps: CycleDeps,
  groupId: string,
  facts: ReadonlyMap<string, EdgeFact>,
): Promise<number> {
  if (facts.size === 0) return 0;
  const edges = await loadEdges(deps.tables, groupId, [...facts.keys()]);
  return takeIn(deps, groupId, edges, facts);
}

/** The same for edges that are at hand already. */
export async function takeIn(
  deps: CycleDeps,
  groupId: string,
  edges: readonly EdgeRow[],
  facts: ReadonlyMap<string, EdgeFact>,
): Promise<number> {
  let seen = edges;
  for (let tries = 1; tries <= conflictTries; tries++) {
    const steps = planEdges(seen, facts, deps.clock.now());
    if (await save(deps, groupId, steps)) return finish(deps, groupId, steps);
    const userIds = seen.map(({ userId }) => userId);
    const found = await loadEdges(deps.tables, groupId, userIds);
    refuseForeignWrites(groupId, { seen, found, steps });
    seen = found;
  }
  throw new StaleCycleError(`cannot save members of group ${groupId}: they move too fast`);
}

interface EdgeStep {
  readonly edge: EdgeRow;
  readonly next: EdgeFacts;
}

function planEdges(
  edges: readonly EdgeRow[],
  facts: ReadonlyMap<string, EdgeFact>,
  now: number,
): readonly EdgeStep[] {
  return edges.flatMap((edge) => {
    const fact = facts.get(edge.userId);
    if (fact === undefined || (edge.etag === undefined && !fact.present)) return [];
    return [{ edge, next: nextEdge(edge, fact, now) }];
  });
}

/** False where a row was not as it had been read. Open edges are marked again even if nothing else changed: a crash may have come between. */
async function save(
  deps: CycleDeps,
  groupId: string,
  steps: readonly EdgeStep[],
): Promise<boolean> {
  const actions = steps.flatMap(({ edge, next }): readonly TableAction[] => {
    if (isChanged(edge, next)) return edgeFactsActions(edge, next);
    return next.desired && !edge.applied ? [markEdgeAction(edge)] : [];
  });
  try {
    await writeMany(deps.tables, membershipsTable, groupId, actions);
    return true;
  } catch (error) {
    if (error instanceof StorageConflictError) return false;
    throw error;
  }
}

/** The worker may have written its columns; ours must be as we read them, or as we were about to write them. */
function refuseForeignWrites(
  groupId: string,
  {
    seen,
    found,
    steps,
  }: { seen: readonly EdgeRow[]; found: readonly EdgeRow[]; steps: readonly EdgeStep[] },
): void {
  const nextByUser = new Map(steps.map(({ edge, next }) => [edge.userId, next]));
  found.forEach((edge, index) => {
    const old = seen[index];
    const next = nextByUser.get(edge.userId);
    const isAsRead = old !== undefined && !isChanged(old, edge);
    const isAsMeant = next !== undefined && !isChanged(edge, next);
    if (isAsRead || isAsMeant || (edge.etag !== undefined && old?.etag === undefined && isAsMeant))
      return;
    throw new StaleCycleError(`cannot save members of group ${groupId}: another cycle did`);
  });
}

/** Holds what went, lets go of what came back, and schedules the group if there is somebody to add. */
async function finish(
  deps: CycleDeps,
  groupId: string,
  steps: readonly EdgeStep[],
): Promise<number> {
  const gone = steps.filter(({ next }) => !next.desired && next.takesSince > 0 && !next.released);
  await hold(
    deps.tables,
    gone.map(({ edge, next }) => ({
      id: edgeHeldId(edge),
      desired: takingOf({ ...edge, ...next }),
    })),
  );
  for (const { edge, next } of steps) {
    if (next.desired && edge.takesSince > 0) {
      await dropHeld(deps.tables, edgeHeldId(edge), edge.takesSince);
    }
  }
  if (steps.some(({ edge, next }) => next.desired && !edge.applied)) {
    const id = groupEntryId(groupId);
    const due = deps.scheduleFrom ?? deps.clock.now();
    await schedule(deps.tables, [{ id, rank: ranks.groups, due, verify: false }]);
  }
  return steps.filter(({ edge, next }) => next.desired !== edge.desired).length;
}

function nextEdge(edge: EdgeRow, fact: EdgeFact, now: number): EdgeFacts {
  const took = edge.desired && !fact.present;
  return {
    source: fact.present,
    readIn: fact.readIn ?? edge.readIn,
    desired: fact.present,
    takesSince: fact.present ? 0 : took ? now : edge.takesSince,
    released: fact.present ? false : edge.released,
    doubt: fact.present ? '' : fact.doubt === undefined ? edge.doubt : (fact.doubt ?? ''),
  };
}

function isChanged(edge: EdgeRow, next: EdgeFacts): boolean {
  return (
    edge.etag === undefined ||
    edge.source !== next.source ||
    edge.desired !== next.desired ||
    edge.readIn !== next.readIn ||
    edge.takesSince !== next.takesSince ||
    edge.released !== next.released ||
    edge.doubt !== next.doubt
  );
}

function takingOf(edge: EdgeRow): TakingColumns {
  return {
    takes: 'remove',
    takesKind: 'missing',
    takesBecause: { code: 'leftGroup', detail: 'no longer a direct member of the group in Entra' },
    takesSince: edge.takesSince,
  };
}
