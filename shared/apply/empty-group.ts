import type { GroupRow } from '../model/group-row.ts';
import { readEdges, type EdgeRow } from '../rows/edges.ts';
import { loadUsers } from '../rows/users.ts';
import type { ChunkEnd } from './chunk-refusal.ts';
import { beginWork, callsPerTurn, chunkSize, type GroupWork } from './group-work.ts';
import { removeChunk } from './remove-chunk.ts';
import { comeAgain, type GroupHands } from './save-group.ts';
import { isOut, settleEdges, type FoundEdge } from './settle-edges.ts';
import { settleGroup, settleGroupRefused } from './settle-group.ts';
import { isOnTeam, type Candidate } from './sort-markers.ts';

const operation = 'removeGroupMembers';

/**
 * Takes everybody out whom we added, a hundred to a call, and leaves the group and its strangers as they are. Whoever Entra still lists in
 * the group is marked, so that its return finds them. Nobody is added meanwhile. `isInDoubt`: Dropbox is asked first who is in the group.
 */
export async function emptyGroup(
  row: GroupRow,
  groupId: string,
  { isInDoubt, ...hands }: GroupHands & { readonly isInDoubt: boolean },
): Promise<void> {
  const work = await beginWork(row, groupId, { ...hands, isInDoubt, isEmptying: true });
  if (work === undefined) return;
  const end = await takeOutAll(work, hands);
  if (end === 'stop') return;
  if (end === 'doubtful') return comeAgain(work.row, hands, { verify: true });
  if (work.refused === undefined) await settleGroup(work.row, {}, hands);
  else await settleGroupRefused(work.row, operation, work.refused.refusal, hands);
}

/** `doubtful`: somebody may have been added by a call whose answer nobody has. */
async function takeOutAll(
  work: GroupWork,
  hands: GroupHands,
): Promise<'done' | 'doubtful' | 'stop'> {
  let waiting: readonly Candidate[] = [];
  let isDoubtful = false;
  for await (const edges of readEdges(hands.deps.tables, work.row.id)) {
    isDoubtful ||= !work.isRead && edges.some(mayHaveBeenAdded);
    const ours = edges.filter((edge) => edge.ours);
    for (let start = 0; start < ours.length; start += chunkSize) {
      const part = ours.slice(start, start + chunkSize);
      waiting = [...waiting, ...(await pickMembers(work.row, part, hands))];
      if (waiting.length < chunkSize) continue;
      if ((await takeOut(work, waiting.slice(0, chunkSize), hands)) === 'stop') return 'stop';
      waiting = waiting.slice(chunkSize);
    }
  }
  const isLeft = waiting.length > 0;
  if (isLeft && (await takeOut(work, waiting, hands)) === 'stop') return 'stop';
  return isDoubtful ? 'doubtful' : 'done';
}

async function takeOut(
  work: GroupWork,
  chunk: readonly Candidate[],
  hands: GroupHands,
): Promise<ChunkEnd> {
  if (work.calls < callsPerTurn) return removeChunk(work, chunk, hands);
  comeAgain(work.row, hands);
  return 'stop';
}

function mayHaveBeenAdded({ applied, ours, intendedAt }: EdgeRow): boolean {
  return !applied && !ours && intendedAt !== 0;
}

/** Somebody who is no member of the team is in no group of it. */
async function pickMembers(
  row: GroupRow,
  edges: readonly EdgeRow[],
  hands: GroupHands,
): Promise<readonly Candidate[]> {
  const users = await loadUsers(
    hands.deps.tables,
    edges.map(({ userId }) => userId),
  );
  const gone: FoundEdge[] = [];
  const members: Candidate[] = [];
  edges.forEach((edge, index) => {
    const user = users[index];
    if (user === undefined || user.isUnreadable === true) return;
    const { memberId } = user.applied;
    if (memberId !== null && isOnTeam(user)) members.push({ edge, memberId });
    else gone.push({ edge, now: isOut });
  });
  await settleEdges(row, gone, hands);
  return members;
}
