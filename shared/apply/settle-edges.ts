import { isDeepStrictEqual } from 'node:util';
import { StorageConflictError } from '../model/errors.ts';
import type { GroupRow } from '../model/group-row.ts';
import type { TableAction } from '../model/ports.ts';
import { writeMany } from '../model/table-pages.ts';
import {
  dropMarkerAction,
  edgeAppliedAction,
  isLeaving,
  isOpen,
  loadEdges,
  loadMarkersOf,
  markEdgeAction,
  membershipsTable,
  type EdgeApplied,
  type EdgeMarker,
  type EdgeRow,
} from '../rows/edges.ts';
import { comeAgain, type GroupHands } from './save-group.ts';
import type { Hands } from './settle-user.ts';

/** So many edges with their markers are one transaction. */
const edgesPerTransaction = 50;
const conflictTries = 6;

/** What has been found out about an edge. */
export interface FoundEdge {
  readonly edge: EdgeRow;
  /** Its marker, where it was read. */
  readonly marker?: EdgeMarker | undefined;
  readonly now: EdgeApplied;
}

/** An edge that Entra lists and Dropbox has is ours from then on, whoever made it. */
export const isIn: EdgeApplied = { applied: true, ours: true, intendedAt: 0 };

/** Taken out by us, or certainly not there any more. */
export const isOut: EdgeApplied = { applied: false, ours: false, intendedAt: 0 };

/** A list does not show it. Lists lag: what we once began to do counts as ours, so that it is undone should it turn out to be so. */
export function notSeen({ ours, intendedAt }: EdgeRow): EdgeApplied {
  return { applied: false, ours: ours || intendedAt !== 0, intendedAt: 0 };
}

/**
 * Writes what is true of these edges in Dropbox. In the same transaction an edge that is as desired by that loses its marker, and one that
 * is not gets one.
 */
export async function settleEdges(
  row: GroupRow,
  found: readonly FoundEdge[],
  hands: GroupHands,
): Promise<void> {
  for (let start = 0; start < found.length; start += edgesPerTransaction) {
    const part = found.slice(start, start + edgesPerTransaction);
    try {
      await writeMany(hands.deps.tables, membershipsTable, row.id, part.flatMap(actionsOf));
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
      for (const one of part) await settleMoved(row, one, hands);
    }
  }
}

function actionsOf({ edge, marker, now }: FoundEdge): readonly TableAction[] {
  const write = edgeAppliedAction(edge, now);
  const next = { ...edge, ...now };
  if (isOpen(next)) return [write, markEdgeAction(edge, { leaves: isLeaving(next) })];
  return marker === undefined ? [write] : [write, dropMarkerAction(marker)];
}

/**
 * The cycle has moved the edge, or one of its transaction: what Dropbox has is written all the same, next to what is desired by now. Where
 * another worker has written something else meanwhile, Dropbox is asked which of the two is true.
 */
async function settleMoved(
  row: GroupRow,
  { edge, now }: FoundEdge,
  hands: GroupHands,
): Promise<void> {
  const { tables } = hands.deps;
  for (let tries = 1; tries <= conflictTries; tries++) {
    const [marker] = await loadMarkersOf(tables, row.id, [edge.userId]);
    const [found] = await loadEdges(tables, row.id, [edge.userId]);
    if (found?.etag === undefined) return;
    const known = appliedOf(found);
    if (!isDeepStrictEqual(known, appliedOf(edge)) && !isDeepStrictEqual(known, now)) break;
    try {
      const actions = actionsOf({ edge: found, marker, now });
      await tables.write(membershipsTable, row.id, actions);
      if (isOpen({ ...found, ...now })) comeAgain(row, hands);
      return;
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
    }
  }
  comeAgain(row, hands, { verify: true });
}

function appliedOf({ applied, ours, intendedAt }: EdgeRow): EdgeApplied {
  return { applied, ours, intendedAt };
}

/** Takes markers away that ask for nothing. */
export async function dropMarkers(
  row: GroupRow,
  markers: readonly EdgeMarker[],
  { deps }: Pick<Hands, 'deps'>,
): Promise<void> {
  if (markers.length === 0) return;
  try {
    await writeMany(deps.tables, membershipsTable, row.id, markers.map(dropMarkerAction));
  } catch (error) {
    // Marked again meanwhile: it will be looked at again, and that is all a marker says.
    if (!(error instanceof StorageConflictError)) throw error;
  }
}
