import { StorageConflictError } from '../model/errors.ts';
import type { GroupRow } from '../model/group-row.ts';
import { writeMany } from '../model/table-pages.ts';
import type { Refusal } from '../model/target.ts';
import { ranks, userEntryId } from '../outbox/entry.ts';
import { edgeAppliedAction, membershipsTable } from '../rows/edges.ts';
import { saveLogRecords } from '../rows/log-records.ts';
import { callDropbox } from './call-dropbox.ts';
import { readMembersOf } from './group-members.ts';
import { entryOfGroup, recordOfGroup } from './save-group.ts';
import { settleEdges } from './settle-edges.ts';
import { settleGroupLost } from './settle-group.ts';
import type { Hands } from './settle-user.ts';
import type { Candidate } from './sort-markers.ts';

/** One call adds so many people: one bad entry fails the whole call, so this bounds what it spoils. */
export const chunkSize = 100;
/** Lists of Dropbox may lag behind its writes: a list that contradicts a refusal is asked for again after so long. */
const lagMs = 30_000;

/** One group's turn. */
export interface AddWork {
  readonly row: GroupRow;
  readonly groupId: string;
  /** Who is in the group, as far as Dropbox was asked. */
  present: ReadonlySet<string>;
  isRead: boolean;
  calls: number;
  /** What Dropbox said of somebody it does not let in; the others went on. */
  refusal: Refusal | undefined;
}

/** Adds up to a hundred people in one call. `stop`: the group comes again, and this turn is over for it. */
export async function addChunk(
  work: AddWork,
  candidates: readonly Candidate[],
  hands: Hands,
): Promise<'done' | 'stop'> {
  const { turn, deps } = hands;
  const { row, groupId } = work;
  const intended = await intend(row, candidates, hands);
  if (intended === undefined) {
    turn.comeAgain(entryOfGroup(row.id, deps.clock.now(), false));
    return 'stop';
  }
  turn.noteCall(entryOfGroup(row.id, deps.clock.now(), true));
  work.calls += 1;
  const memberIds = intended.map(({ memberId }) => memberId);
  const called = await callDropbox(turn, deps, () => deps.team.addGroupMembers(groupId, memberIds));
  switch (called.kind) {
    case 'later':
      turn.comeAgain(entryOfGroup(row.id, called.due, turn.slot.verify));
      return 'stop';
    case 'lost':
      await settleGroupLost(row, hands);
      return 'stop';
    case 'malformed':
      return afterRefusal(work, intended, { tag: 'malformed' }, hands);
    case 'answered':
      if (called.value.kind === 'refused') {
        return afterRefusal(work, intended, called.value.refusal, hands);
      }
      await logAdded(row, intended, hands);
      await settleEdges(row, intended, hands);
      return 'done';
  }
}

/** One bad entry spoils the call. Whom Dropbox names is left out; else the chunk is halved until the one at fault stands alone. */
async function afterRefusal(
  work: AddWork,
  intended: readonly Candidate[],
  refusal: Refusal,
  hands: Hands,
): Promise<'done' | 'stop'> {
  if (refusal.tag === 'duplicate_user') return recompute(work, intended, hands);
  const offenders = new Set(refusal.offenders);
  const innocent = intended.filter(({ memberId }) => !offenders.has(memberId));
  if (innocent.length < intended.length) {
    const guilty = intended.filter(({ memberId }) => offenders.has(memberId));
    // Asked after once: whoever is read back rings for this group, and the same refusal again must not go round for ever.
    const isNew = work.row.applied.error?.code !== refusal.tag;
    for (const { edge } of isNew ? guilty : []) askAfter(edge.userId, hands);
    work.refusal = refusal;
    return innocent.length === 0 ? 'done' : addChunk(work, innocent, hands);
  }
  if (intended.length === 1) {
    work.refusal = refusal;
    return 'done';
  }
  const middle = Math.ceil(intended.length / 2);
  const first = await addChunk(work, intended.slice(0, middle), hands);
  return first === 'stop' ? first : addChunk(work, intended.slice(middle), hands);
}

/** Dropbox does not know a member that we link: the person is read back, and that says what became of them. */
function askAfter(userId: string, { turn, deps }: Hands): void {
  const due = deps.clock.now();
  turn.comeAgain({ id: userEntryId(userId), rank: ranks.attributes, due, verify: true });
}

/** Somebody is in the group already: asked who, written down, and only the others are added. */
async function recompute(
  work: AddWork,
  intended: readonly Candidate[],
  hands: Hands,
): Promise<'done' | 'stop'> {
  const { turn, deps } = hands;
  const wasRead = work.isRead;
  const present = await readMembersOf(work.row, work.groupId, hands);
  if (present === undefined) return 'stop';
  work.present = present;
  work.isRead = true;
  const already = intended.filter(({ memberId }) => present.has(memberId));
  await settleEdges(work.row, already, hands);
  const rest = intended.filter(({ memberId }) => !present.has(memberId));
  if (already.length === 0 && wasRead) {
    turn.comeAgain(entryOfGroup(work.row.id, deps.clock.now() + lagMs, true));
    return 'stop';
  }
  return rest.length === 0 ? 'done' : addChunk(work, rest, hands);
}

/** Writes down that these edges are about to be made, so that after a lost answer an edge that is found counts as ours. */
async function intend(
  row: GroupRow,
  candidates: readonly Candidate[],
  { deps }: Hands,
): Promise<readonly Candidate[] | undefined> {
  const intendedAt = deps.clock.now();
  const actions = candidates.map(({ edge }) =>
    edgeAppliedAction(edge, { applied: edge.applied, ours: edge.ours, intendedAt }),
  );
  try {
    const etags = await writeMany(deps.tables, membershipsTable, row.id, actions);
    return candidates.map((candidate, index) => ({
      ...candidate,
      edge: { ...candidate.edge, intendedAt, etag: etags[index] },
    }));
  } catch (error) {
    if (error instanceof StorageConflictError) return undefined;
    throw error;
  }
}

async function logAdded(
  row: GroupRow,
  added: readonly Candidate[],
  { deps }: Hands,
): Promise<void> {
  const changes = added.map(({ memberId }) => ({ name: 'member', from: '', to: memberId }));
  const record = recordOfGroup(row, deps, {
    operation: 'addGroupMembers',
    outcome: 'applied',
    changes,
  });
  await saveLogRecords(deps.tables, [record]);
}
