import type { GroupRow } from '../model/group-row.ts';
import type { UserRow } from '../model/user-row.ts';
import { loadEdges, type EdgeMarker, type EdgeRow } from '../rows/edges.ts';
import { loadUsers } from '../rows/users.ts';
import type { Hands } from './settle-user.ts';

/** An edge that is to be made, with the member it is made of. */
export interface Candidate {
  readonly edge: EdgeRow;
  readonly marker: EdgeMarker;
  readonly memberId: string;
}

interface SortedMarkers {
  /** In the group in Dropbox already, and ours. */
  readonly already: readonly Candidate[];
  readonly missing: readonly Candidate[];
  /** Nothing is to be done about these edges. */
  readonly idle: readonly EdgeMarker[];
  /** Not wanted, or not now, and not found in `present`; a call that adds them was begun once. */
  readonly doubtful: readonly EdgeMarker[];
}

/** What is to be done about each marked edge. People who are not in the team yet, or are to lose access, are left marked. */
export async function sortMarkers(
  row: GroupRow,
  markers: readonly EdgeMarker[],
  present: ReadonlySet<string>,
  { deps }: Hands,
): Promise<SortedMarkers> {
  const userIds = markers.map(({ userId }) => userId);
  const [edges, users] = await Promise.all([
    loadEdges(deps.tables, row.id, userIds),
    loadUsers(deps.tables, userIds),
  ]);
  const already: Candidate[] = [];
  const missing: Candidate[] = [];
  const idle: EdgeMarker[] = [];
  const doubtful: EdgeMarker[] = [];
  markers.forEach((marker, index) => {
    const edge = edges[index];
    const user = users[index];
    if (edge === undefined || user === undefined) return;
    const { memberId } = user.applied;
    if (isIdle(edge)) idle.push(marker);
    else if (memberId === null) return;
    else if (present.has(memberId)) already.push({ edge, marker, memberId });
    else if (!edge.desired) doubtful.push(marker);
    else if (mayBeAdded(user)) missing.push({ edge, marker, memberId });
  });
  return { already, missing, idle, doubtful };
}

/** As desired already, or not wanted and never begun. */
function isIdle({ applied, desired, intendedAt }: EdgeRow): boolean {
  return applied || (!desired && intendedAt === 0);
}

function mayBeAdded({ applied, desired }: UserRow): boolean {
  return applied.status !== 'removed' && desired.takes === 'none';
}
