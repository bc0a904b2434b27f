import { StorageConflictError } from '../model/errors.ts';
import type { GroupRow } from '../model/group-row.ts';
import { writeMany } from '../model/table-pages.ts';
import { edgeAppliedAction, membershipsTable } from '../rows/edges.ts';
import type { Hands } from './settle-user.ts';
import type { Candidate } from './sort-markers.ts';

/**
 * Writes down that these edges, a hundred at most, are about to be made or taken away: after a lost answer the effect counts as ours. On
 * condition that none has moved since it was read; undefined where one has, and nothing is written then.
 */
export async function intendEdges(
  row: GroupRow,
  candidates: readonly Candidate[],
  { deps }: Hands,
): Promise<readonly Candidate[] | undefined> {
  const intendedAt = deps.clock.now();
  return write(
    row,
    candidates.map((candidate) => {
      const wasBegun = candidate.wasBegun ?? candidate.edge.intendedAt !== 0;
      return { candidate: { ...candidate, wasBegun }, intendedAt };
    }),
    deps,
  );
}

/** The call has certainly had no effect: what is found later is not ours by it. Quiet where an edge has moved meanwhile. */
export async function withdrawEdges(
  row: GroupRow,
  intended: readonly Candidate[],
  before: readonly Candidate[],
  { deps }: Hands,
): Promise<void> {
  const withdrawn = intended.map((candidate, index) => ({
    candidate,
    intendedAt: before[index]?.edge.intendedAt ?? candidate.edge.intendedAt,
  }));
  await write(row, withdrawn, deps);
}

async function write(
  row: GroupRow,
  intents: readonly { readonly candidate: Candidate; readonly intendedAt: number }[],
  { tables }: Hands['deps'],
): Promise<readonly Candidate[] | undefined> {
  const actions = intents.map(({ candidate: { edge }, intendedAt }) =>
    edgeAppliedAction(edge, { ...edge, intendedAt }),
  );
  try {
    const etags = await writeMany(tables, membershipsTable, row.id, actions);
    return intents.map(({ candidate, intendedAt }, index) => ({
      ...candidate,
      edge: { ...candidate.edge, intendedAt, etag: etags[index] },
    }));
  } catch (error) {
    if (error instanceof StorageConflictError) return undefined;
    throw error;
  }
}
