import { callDropbox } from './call-dropbox.ts';
import { afterRefusal, type ChunkEnd } from './chunk-refusal.ts';
import { readMembersOf } from './group-members.ts';
import type { GroupWork } from './group-work.ts';
import { intendEdges } from './intend-edges.ts';
import { logMembers } from './log-members.ts';
import { comeAgain, noteCall, type GroupHands } from './save-group.ts';
import { isIn, settleEdges } from './settle-edges.ts';
import { settleGroupLost } from './settle-group.ts';
import type { Candidate } from './sort-markers.ts';

const operation = 'addGroupMembers';
/** Lists of Dropbox may lag behind its writes: a list that contradicts a refusal is asked for again after so long. */
const lagMs = 30_000;

/** Adds up to a hundred people in one call. */
export async function addChunk(
  work: GroupWork,
  candidates: readonly Candidate[],
  hands: GroupHands,
): Promise<ChunkEnd> {
  const { turn, deps } = hands;
  const { row, groupId } = work;
  const chunk = await intendEdges(row, candidates, hands);
  if (chunk === undefined) {
    comeAgain(row, hands);
    return 'stop';
  }
  noteCall(row, hands);
  work.calls += 1;
  const memberIds = chunk.map(({ memberId }) => memberId);
  const called = await callDropbox(turn, deps, () => deps.team.addGroupMembers(groupId, memberIds));
  const again = (part: readonly Candidate[]): Promise<ChunkEnd> => addChunk(work, part, hands);
  switch (called.kind) {
    case 'later':
      comeAgain(row, hands, { due: called.due, verify: turn.slot.verify });
      return 'stop';
    case 'lost':
      await settleGroupLost(row, hands);
      return 'stop';
    case 'malformed': {
      const refusal = { tag: 'malformed' };
      return afterRefusal(work, { operation, refusal, chunk }, again, hands);
    }
    case 'answered':
      if (called.value.kind === 'refused') {
        const { refusal } = called.value;
        return refusal.tag === 'duplicate_user'
          ? recompute(work, chunk, hands)
          : afterRefusal(work, { operation, refusal, chunk }, again, hands);
      }
      await logMembers(row, { operation, outcome: 'applied', memberIds }, hands);
      await settleIn(work, chunk, hands);
      return 'done';
  }
}

/** Somebody is in the group already: asked who, written down, and only the others are added. */
async function recompute(
  work: GroupWork,
  chunk: readonly Candidate[],
  hands: GroupHands,
): Promise<ChunkEnd> {
  const wasRead = work.isRead;
  const present = await readMembersOf(work.row, { ...work, operation }, hands);
  if (present === undefined) return 'stop';
  work.present = present;
  work.isRead = true;
  const already = chunk.filter(({ memberId }) => present.has(memberId));
  await settleIn(work, already, hands);
  const rest = chunk.filter(({ memberId }) => !present.has(memberId));
  if (already.length === 0 && wasRead) {
    comeAgain(work.row, hands, { due: hands.deps.clock.now() + lagMs, verify: true });
    return 'stop';
  }
  return rest.length === 0 ? 'done' : addChunk(work, rest, hands);
}

function settleIn(
  { row }: GroupWork,
  candidates: readonly Candidate[],
  hands: GroupHands,
): Promise<void> {
  const found = candidates.map(({ edge, marker }) => ({ edge, marker, now: isIn }));
  return settleEdges(row, found, hands);
}
