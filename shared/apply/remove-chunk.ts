import type { Refusal } from '../model/target.ts';
import { lesserEffect } from '../plan/taking.ts';
import { loadGroups } from '../rows/groups.ts';
import { callDropbox } from './call-dropbox.ts';
import { afterRefusal, halve, type ChunkEnd } from './chunk-refusal.ts';
import { readMembersOf } from './group-members.ts';
import type { GroupWork } from './group-work.ts';
import { intendEdges, withdrawEdges } from './intend-edges.ts';
import { logMembers } from './log-members.ts';
import { comeAgain, noteCall, type GroupHands } from './save-group.ts';
import { isOut, settleEdges } from './settle-edges.ts';
import { settleGroupLost } from './settle-group.ts';
import type { Candidate } from './sort-markers.ts';

const operation = 'removeGroupMembers';

/** Taking people out is due, and what that rests on. */
interface RemoveOptions {
  /** A refusal has been held against the list once already: now only smaller calls tell who is meant. */
  readonly isRecomputed: boolean;
}

/**
 * Takes up to a hundred people out in one call. The edges are written and the group's row is loaded again directly before it: where one of
 * them has moved, no call is made, and the group comes again.
 */
export async function removeChunk(
  work: GroupWork,
  candidates: readonly Candidate[],
  hands: GroupHands,
  options: RemoveOptions = { isRecomputed: false },
): Promise<ChunkEnd> {
  const { turn, deps } = hands;
  const { row, groupId } = work;
  const chunk = await begin(work, candidates, hands);
  if (chunk === undefined) {
    comeAgain(row, hands, { verify: turn.slot.verify && !work.isRead });
    return 'stop';
  }
  noteCall(row, hands);
  work.calls += 1;
  const memberIds = chunk.map(({ memberId }) => memberId);
  const remove = () => deps.team.removeGroupMembers(groupId, memberIds);
  const called = await callDropbox(turn, deps, remove, { atOnce: true });
  switch (called.kind) {
    case 'later':
      comeAgain(row, hands, { due: called.due, verify: turn.slot.verify });
      await withdrawEdges(row, chunk, candidates, hands);
      return 'stop';
    case 'lost':
      await settleGroupLost(row, hands);
      return 'stop';
    case 'malformed':
      return settleRefusal(work, chunk, { ...hands, ...options, refusal: { tag: 'malformed' } });
    case 'answered':
      if (called.value.kind === 'refused') {
        return settleRefusal(work, chunk, { ...hands, ...options, ...called.value });
      }
      await logMembers(row, { operation, outcome: 'applied', memberIds }, hands);
      await settleOut(work, chunk, hands);
      return 'done';
  }
}

/** Undefined where no call may be made, or what it rests on has moved. */
async function begin(
  { row, groupId }: GroupWork,
  candidates: readonly Candidate[],
  hands: GroupHands,
): Promise<readonly Candidate[] | undefined> {
  // Waited for before the rows are looked at, so that the call follows at once.
  if (!(await hands.turn.mayCall())) return undefined;
  const [now] = await loadGroups(hands.deps.tables, [row.id]);
  if (now?.applied.groupId !== groupId || now.desired.takes !== row.desired.takes) return undefined;
  const released = lesserEffect(now.desired.takes, now.desired.releasedTakes);
  if (released !== lesserEffect(row.desired.takes, row.desired.releasedTakes)) return undefined;
  return intendEdges(row, candidates, hands);
}

async function settleRefusal(
  work: GroupWork,
  chunk: readonly Candidate[],
  { refusal, isRecomputed, ...hands }: GroupHands & RemoveOptions & { readonly refusal: Refusal },
): Promise<ChunkEnd> {
  const again = (part: readonly Candidate[]): Promise<ChunkEnd> =>
    removeChunk(work, part, hands, { isRecomputed });
  if (refusal.tag !== 'member_not_in_group') {
    return afterRefusal(work, { operation, refusal, chunk }, again, hands);
  }
  if (chunk.length === 1) {
    // It can only be this one, whatever a list says.
    await settleAbsent(work, chunk, hands);
    return 'done';
  }
  return isRecomputed ? halve(chunk, again) : recompute(work, chunk, hands);
}

/** Somebody is not in the group any more: asked who, written down, and only the others are taken out. */
async function recompute(
  work: GroupWork,
  chunk: readonly Candidate[],
  hands: GroupHands,
): Promise<ChunkEnd> {
  const present = await readMembersOf(work.row, { ...work, operation }, hands);
  if (present === undefined) return 'stop';
  work.present = present;
  work.isRead = true;
  const absent = chunk.filter(({ memberId }) => !present.has(memberId));
  await settleAbsent(work, absent, hands);
  const rest = chunk.filter(({ memberId }) => present.has(memberId));
  return rest.length === 0 ? 'done' : removeChunk(work, rest, hands, { isRecomputed: true });
}

/** Whoever an earlier call of ours may have taken out was taken out by us; of the others somebody else did it. */
async function settleAbsent(
  work: GroupWork,
  absent: readonly Candidate[],
  hands: GroupHands,
): Promise<void> {
  const memberIds = absent.filter(({ wasBegun }) => wasBegun).map(({ memberId }) => memberId);
  if (memberIds.length > 0) {
    const reason = 'found out after an answer was lost';
    await logMembers(work.row, { operation, outcome: 'alreadyDone', reason, memberIds }, hands);
  }
  await settleOut(work, absent, hands);
}

function settleOut(
  { row }: GroupWork,
  candidates: readonly Candidate[],
  hands: GroupHands,
): Promise<void> {
  const found = candidates.map(({ edge, marker }) => ({ edge, marker, now: isOut }));
  return settleEdges(row, found, hands);
}
