import type { GroupRow } from '../model/group-row.ts';
import { loadMarkers, type EdgeMarker } from '../rows/edges.ts';
import { addChunk, chunkSize, type AddWork } from './add-chunk.ts';
import { readMembersOf } from './group-members.ts';
import { entryOfGroup } from './save-group.ts';
import { dropMarkers, settleEdges } from './settle-edges.ts';
import { settleGroup, settleGroupRefused } from './settle-group.ts';
import type { Hands } from './settle-user.ts';
import { sortMarkers, type Candidate } from './sort-markers.ts';

/** So many calls for one group in one turn; then others have theirs. */
const callsPerTurn = 5;

interface AddHands extends Hands {
  /** Dropbox is asked who is in the group before anything else. */
  readonly isInDoubt: boolean;
  /** False: what Dropbox has is written down, and nobody is added. */
  readonly mayAdd: boolean;
}

/**
 * Adds the people whose edge is desired and not applied, a hundred to a call. People who are no members of the team yet are left marked:
 * they ring for this group when they are. Somebody whom Dropbox does not let in holds nobody else up. Taking people out is not this
 * function's business.
 */
export async function addMembers(
  row: GroupRow,
  groupId: string,
  { isInDoubt, mayAdd, ...hands }: AddHands,
): Promise<void> {
  const present = isInDoubt ? await readMembersOf(row, groupId, hands) : new Set<string>();
  if (present === undefined) return;
  const work: AddWork = { row, groupId, present, isRead: isInDoubt, calls: 0, refusal: undefined };
  if ((await addMarked(work, hands, mayAdd)) === 'stop') return;
  if (work.refusal !== undefined) {
    await settleGroupRefused(row, 'addGroupMembers', work.refusal, hands);
  } else if (row.applied.error !== null || row.applied.attempts > 0) {
    await settleGroup(row, {}, hands);
  }
}

/** A page of markers has no more of them than a call adds people, so one call a page keeps up. */
async function addMarked(work: AddWork, hands: Hands, mayAdd: boolean): Promise<'done' | 'stop'> {
  let waiting: readonly Candidate[] = [];
  for await (const markers of readMarkers(work.row, hands)) {
    const missing = await takeStock(work, markers, hands);
    if (!mayAdd) continue;
    waiting = [...waiting, ...missing];
    if (waiting.length < chunkSize) continue;
    if ((await addChunk(work, waiting.slice(0, chunkSize), hands)) === 'stop') return 'stop';
    waiting = waiting.slice(chunkSize);
    if (work.calls < callsPerTurn) continue;
    hands.turn.comeAgain(entryOfGroup(work.row.id, hands.deps.clock.now(), false));
    return 'stop';
  }
  return waiting.length > 0 ? addChunk(work, waiting, hands) : 'done';
}

/** All markers, a hundred at a time. */
async function* readMarkers(row: GroupRow, { deps }: Hands): AsyncGenerator<readonly EdgeMarker[]> {
  let after: string | undefined;
  do {
    const limits = { limit: chunkSize, ...(after === undefined ? {} : { after }) };
    const markers = await loadMarkers(deps.tables, row.id, limits);
    after = markers.length < chunkSize ? undefined : markers.at(-1)?.userId;
    if (markers.length > 0) yield markers;
  } while (after !== undefined);
}

/** Writes down what is so already, drops markers that ask for nothing, and returns who is to be added. */
async function takeStock(
  work: AddWork,
  markers: readonly EdgeMarker[],
  hands: Hands,
): Promise<readonly Candidate[]> {
  const { row, present, isRead } = work;
  const { turn, deps } = hands;
  const { already, missing, idle, doubtful } = await sortMarkers(row, markers, present, hands);
  await settleEdges(row, already, hands);
  // An edge that nobody wants any more may have been made by a call whose answer was lost: its marker stays until Dropbox was asked.
  await dropMarkers(row, isRead ? [...idle, ...doubtful] : idle, hands);
  if (doubtful.length > 0 && !isRead) {
    turn.comeAgain(entryOfGroup(row.id, deps.clock.now(), true));
  }
  return missing;
}
