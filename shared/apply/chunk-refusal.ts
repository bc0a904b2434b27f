import type { Refusal } from '../model/target.ts';
import { ranks, userEntryId } from '../outbox/entry.ts';
import { noteRefusal, type GroupWork } from './group-work.ts';
import type { GroupHands } from './save-group.ts';
import { settleGroupRefused } from './settle-group.ts';
import type { Hands } from './settle-user.ts';
import type { Candidate } from './sort-markers.ts';

/** `stop`: the group comes again, and this turn is over for it. */
export type ChunkEnd = 'done' | 'stop';

interface Refused {
  readonly operation: 'addGroupMembers' | 'removeGroupMembers';
  readonly refusal: Refusal;
  readonly chunk: readonly Candidate[];
}

/** These are about the group: with fewer people it would be the same. */
const aboutGroup = new Set([
  'group_not_found',
  'group_not_in_team',
  'system_managed_group_disallowed',
]);

/**
 * One bad entry spoils the call. Whom Dropbox names is left out, and asked after; else the chunk is halved until the one at fault stands
 * alone. `again` makes the same call for a part of the chunk.
 */
export async function afterRefusal(
  work: GroupWork,
  { operation, refusal, chunk }: Refused,
  again: (part: readonly Candidate[]) => Promise<ChunkEnd>,
  hands: GroupHands,
): Promise<ChunkEnd> {
  if (aboutGroup.has(refusal.tag)) {
    await settleGroupRefused(work.row, operation, refusal, hands);
    return 'stop';
  }
  const offenders = new Set(refusal.offenders);
  const innocent = chunk.filter(({ memberId }) => !offenders.has(memberId));
  if (innocent.length < chunk.length) {
    // Asked after once: whoever is read back rings for this group, and the same refusal again must not go round for ever.
    const isNew = work.row.applied.error?.code !== refusal.tag;
    const guilty = chunk.filter(({ memberId }) => offenders.has(memberId));
    for (const { edge } of isNew ? guilty : []) askAfter(edge.userId, hands);
    noteRefusal(work, operation, refusal);
    return innocent.length === 0 ? 'done' : again(innocent);
  }
  if (chunk.length > 1) return halve(chunk, again);
  noteRefusal(work, operation, refusal);
  return 'done';
}

/** The same call for each half. */
export async function halve(
  chunk: readonly Candidate[],
  again: (part: readonly Candidate[]) => Promise<ChunkEnd>,
): Promise<ChunkEnd> {
  const middle = Math.ceil(chunk.length / 2);
  const first = await again(chunk.slice(0, middle));
  return first === 'stop' ? first : again(chunk.slice(middle));
}

/** Dropbox does not know a member that we link: the person is read back, and that says what became of them. */
function askAfter(userId: string, { turn, deps }: Hands): void {
  const due = deps.clock.now();
  turn.comeAgain({ id: userEntryId(userId), rank: ranks.attributes, due, verify: true });
}
