import type { UserRow } from '../model/user-row.ts';
import type { Match } from '../plan/plan-user.ts';
import { findMembers } from '../rows/inventory.ts';
import { loadHeartbeat } from '../rows/job.ts';
import { readBack, type ReadBackRow } from './read-back.ts';
import type { Hands } from './settle-user.ts';

/** After so long the listing of the team is no longer believed about somebody whom it would let us change. */
const staleListingMs = 10 * 60_000;
const nobody: Match = { byExternalId: undefined, byEmail: undefined };

export interface MatchedPerson {
  readonly row: UserRow;
  readonly match: Match;
}

/**
 * Whom each person without a link is in the team. What Dropbox said just now counts; else the listing says whether there is somebody at all,
 * and if it is no longer fresh, Dropbox is asked about those: an address may have passed to a stranger since. People about whom it could
 * not be asked come again and are left out.
 */
export async function matchPeople(
  asked: readonly ReadBackRow[],
  known: readonly UserRow[],
  hands: Hands,
): Promise<readonly MatchedPerson[]> {
  const matched = asked.map(({ row, match }) => ({ row, match: match ?? nobody }));
  const unlinked = known.filter(needsMatch);
  const linked = known.filter((row) => !needsMatch(row));
  matched.push(...linked.map((row) => ({ row, match: nobody })));
  if (unlinked.length === 0) return matched;
  const { listing, listedAt } = (await loadHeartbeat(hands.deps.tables)).value;
  const wanted = unlinked.map(({ id, desired }) => ({
    externalId: id,
    email: desired.target?.email ?? '',
  }));
  const found = await findMembers(hands.deps.tables, listing, wanted);
  const isStale = hands.deps.clock.now() - listedAt > staleListingMs;
  const doubtful: UserRow[] = [];
  unlinked.forEach((row, index) => {
    const match = found[index] ?? nobody;
    const isSomebody = match.byExternalId !== undefined || match.byEmail !== undefined;
    if (isStale && isSomebody) doubtful.push(row);
    else matched.push({ row, match });
  });
  if (doubtful.length === 0) return matched;
  const back = await readBack(doubtful, hands);
  return [...matched, ...(back ?? []).map(({ row, match }) => ({ row, match: match ?? nobody }))];
}

function needsMatch({ applied, desired }: UserRow): boolean {
  return applied.memberId === null && desired.target !== null;
}
