import { StorageConflictError } from '../model/errors.ts';
import type { GroupRow } from '../model/group-row.ts';
import { writeMany } from '../model/table-pages.ts';
import {
  dropMarkerAction,
  edgeAppliedAction,
  membershipsTable,
  type EdgeMarker,
} from '../rows/edges.ts';
import type { Hands } from './settle-user.ts';
import type { Candidate } from './sort-markers.ts';

/** So many edges with their markers are one transaction. */
const edgesPerTransaction = 50;

/** An edge that Entra lists and Dropbox has is ours from then on, whoever made it. */
export async function settleEdges(
  row: GroupRow,
  candidates: readonly Candidate[],
  { deps }: Hands,
): Promise<void> {
  const settled = { applied: true, ours: true, intendedAt: 0 };
  for (let start = 0; start < candidates.length; start += edgesPerTransaction) {
    const part = candidates.slice(start, start + edgesPerTransaction);
    try {
      const actions = part.flatMap(({ edge, marker }) => [
        edgeAppliedAction(edge, settled),
        dropMarkerAction(marker),
      ]);
      await writeMany(deps.tables, membershipsTable, row.id, actions);
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
      // The cycle has moved one of them: what Dropbox has is written all the same, and the marker stays for another look.
      for (const { edge } of part) {
        await deps.tables.write(membershipsTable, row.id, [
          edgeAppliedAction({ ...edge, etag: '*' }, settled),
        ]);
      }
    }
  }
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
