import type { GroupRow } from '../model/group-row.ts';
import type { UserRow } from '../model/user-row.ts';
import { isLeaving, loadEdges, type EdgeMarker, type EdgeRow } from '../rows/edges.ts';
import { loadUsers } from '../rows/users.ts';
import { isIn, isOut, notSeen, type FoundEdge } from './settle-edges.ts';
import type { Hands } from './settle-user.ts';

/** An edge that is to be made or taken away, with the member it is made of. */
export interface Candidate {
  readonly edge: EdgeRow;
  readonly marker?: EdgeMarker | undefined;
  readonly memberId: string;
  /** The same call had been begun before, and nobody knows its end. */
  readonly wasBegun?: boolean;
}

/** Who is in the group, as far as Dropbox was asked. */
export interface SeenMembers {
  readonly present: ReadonlySet<string>;
  readonly isRead: boolean;
}

interface SortedMarkers {
  /** What is so already: in the group and ours, or out of it. */
  readonly settled: readonly FoundEdge[];
  readonly missing: readonly Candidate[];
  /** To be taken out. */
  readonly leaving: readonly Candidate[];
  /** Nothing is to be done about these edges. */
  readonly idle: readonly EdgeMarker[];
  /** How many edges there are whose call may have had its effect or not: Dropbox is to be asked. */
  readonly doubtful: number;
}

/** What is to be done about each marked edge. People who are not in the team yet, or are to lose access, are left marked. */
export async function sortMarkers(
  row: GroupRow,
  markers: readonly EdgeMarker[],
  seen: SeenMembers,
  { deps }: Pick<Hands, 'deps'>,
): Promise<SortedMarkers> {
  const userIds = markers.map(({ userId }) => userId);
  const [edges, users] = await Promise.all([
    loadEdges(deps.tables, row.id, userIds),
    loadUsers(deps.tables, userIds),
  ]);
  const met = markers.flatMap((marker, index) => {
    const edge = edges[index];
    const user = users[index];
    if (edge === undefined || user === undefined) return [];
    const memberId = user.applied.memberId ?? '';
    return [{ edge, marker, memberId, verdict: judge(edge, user, seen) }];
  });
  const those = (verdict: Verdict): typeof met => met.filter((one) => one.verdict === verdict);
  return {
    settled: [
      ...those('in').map(({ edge, marker }) => ({ edge, marker, now: isIn })),
      ...those('out').map(({ edge, marker }) => {
        return { edge, marker, now: edge.released ? isOut : notSeen(edge) };
      }),
    ],
    missing: those('missing'),
    leaving: those('leaving'),
    idle: those('idle').map(({ marker }) => marker),
    doubtful: those('doubtful').length,
  };
}

type Verdict = 'in' | 'out' | 'missing' | 'leaving' | 'idle' | 'doubtful' | 'wait';

function judge(edge: EdgeRow, user: UserRow, seen: SeenMembers): Verdict {
  if (user.isUnreadable === true) return 'wait';
  if (edge.desired) return judgeWanted(edge, user, seen);
  if (!edge.applied && !edge.ours && edge.intendedAt === 0) return 'idle';
  if (isOnTeam(user)) return judgeUnwanted(edge, user, seen);
  return edge.released ? 'out' : 'idle';
}

function judgeWanted(edge: EdgeRow, user: UserRow, { present, isRead }: SeenMembers): Verdict {
  const { memberId } = user.applied;
  if (edge.applied) return edge.intendedAt !== 0 && !isRead ? 'doubtful' : 'idle';
  if (memberId === null) return 'wait';
  if (present.has(memberId)) return 'in';
  return mayBeAdded(user) ? 'missing' : 'wait';
}

/** Somebody of the team who has left the group, and may be in it. */
function judgeUnwanted(
  edge: EdgeRow,
  { applied: { memberId } }: UserRow,
  { present, isRead }: SeenMembers,
): Verdict {
  if (isLeaving(edge)) return 'leaving';
  const isSeen = memberId !== null && present.has(memberId);
  // Ours by a call whose answer was lost.
  if (isSeen && !edge.applied) return edge.released ? 'leaving' : 'in';
  if (edge.intendedAt === 0) return 'idle';
  if (!isRead) return 'doubtful';
  return isSeen ? 'idle' : 'out';
}

/** True for somebody who is a member of the team, invited or suspended ones included. */
export function isOnTeam({ applied }: UserRow): boolean {
  return applied.memberId !== null && applied.status !== 'removed';
}

function mayBeAdded({ applied, desired }: UserRow): boolean {
  return applied.status !== 'removed' && desired.takes === 'none';
}
