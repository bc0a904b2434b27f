import { StorageConflictError } from '../model/errors.ts';
import type { UserRow } from '../model/user-row.ts';
import { edgeAppliedAction, loadEdges, markEdgeAction, membershipsTable } from '../rows/edges.ts';
import type { ApplyDeps } from './deps.ts';

const conflictTries = 6;

/**
 * Forgets that a person is in their groups, because the member has left the team: each edge that says applied says so no more, and is
 * marked for the worker in the same transaction. `mayBeIn`: Dropbox may have put them back, so that a group asks before it adds.
 */
export async function resetEdges(
  row: UserRow,
  { deps, mayBeIn }: { readonly deps: ApplyDeps; readonly mayBeIn: boolean },
): Promise<void> {
  await Promise.all(row.source.groups.map((groupId) => resetEdge(groupId, row.id, mayBeIn, deps)));
}

async function resetEdge(
  groupId: string,
  userId: string,
  mayBeIn: boolean,
  { tables, clock }: ApplyDeps,
): Promise<void> {
  for (let tries = 1; tries <= conflictTries; tries++) {
    const [edge] = await loadEdges(tables, groupId, [userId]);
    if (edge?.applied !== true) return;
    const intendedAt = mayBeIn ? clock.now() : 0;
    const write = edgeAppliedAction(edge, { applied: false, ours: edge.ours, intendedAt });
    try {
      await tables.write(membershipsTable, groupId, [write, markEdgeAction(edge)]);
      return;
    } catch (error) {
      if (!(error instanceof StorageConflictError) || tries === conflictTries) throw error;
    }
  }
}
