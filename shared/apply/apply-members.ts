import type { GroupRow } from '../model/group-row.ts';
import { loadMarkers, type EdgeMarker } from '../rows/edges.ts';
import { addChunk } from './add-chunk.ts';
import type { ChunkEnd } from './chunk-refusal.ts';
import { beginWork, callsPerTurn, chunkSize, type GroupWork } from './group-work.ts';
import { removeChunk } from './remove-chunk.ts';
import { comeAgain, type GroupHands } from './save-group.ts';
import { dropMarkers, settleEdges } from './settle-edges.ts';
import { settleGroup, settleGroupRefused } from './settle-group.ts';
import { sortMarkers, type Candidate } from './sort-markers.ts';

interface MemberHands extends GroupHands {
  /** Dropbox is asked who is in the group before anything else. */
  readonly isInDoubt: boolean;
  /** False: whoever may be taken out is, what Dropbox has is written down, and nobody is added. */
  readonly mayAdd: boolean;
}

/**
 * Takes out whose membership has ended and was released, and adds the people whose edge is desired and not applied, a hundred to a call.
 * People who are no members of the team yet are left marked: they ring for this group when they are. Somebody whom Dropbox does not let in
 * or out holds nobody else up.
 */
export async function applyMembers(
  row: GroupRow,
  groupId: string,
  { isInDoubt, mayAdd, ...hands }: MemberHands,
): Promise<void> {
  const work = await beginWork(row, groupId, { ...hands, isInDoubt, isEmptying: false });
  if (work === undefined || (await changeMarked(work, hands, mayAdd)) === 'stop') return;
  const { applied } = work.row;
  if (work.refused !== undefined) {
    await settleGroupRefused(work.row, work.refused.operation, work.refused.refusal, hands);
  } else if (mayAdd && (applied.error !== null || applied.attempts > 0)) {
    await settleGroup(work.row, {}, hands);
  }
}

interface Waiting {
  readonly leaving: readonly Candidate[];
  readonly missing: readonly Candidate[];
}

/** A page of markers has no more of them than a call takes people, so one call a page keeps up. */
async function changeMarked(
  work: GroupWork,
  hands: GroupHands,
  mayAdd: boolean,
): Promise<ChunkEnd> {
  let waiting: Waiting = { leaving: [], missing: [] };
  for await (const markers of readMarkers(work.row, hands)) {
    const { leaving, missing } = await takeStock(work, markers, hands);
    waiting = {
      leaving: [...waiting.leaving, ...leaving],
      missing: mayAdd ? [...waiting.missing, ...missing] : [],
    };
    const left = await callFor(work, waiting, { ...hands, least: chunkSize });
    if (left === undefined) return 'stop';
    waiting = left;
    if (work.calls < callsPerTurn) continue;
    comeAgain(work.row, hands);
    return 'stop';
  }
  const left = await callFor(work, waiting, { ...hands, least: 1 });
  return left === undefined ? 'stop' : 'done';
}

/**
 * One call for those who leave and one for those who are missing, each only where there are so many of them at least. Returns who is left,
 * undefined where the turn is over.
 */
async function callFor(
  work: GroupWork,
  { leaving, missing }: Waiting,
  { least, ...hands }: GroupHands & { readonly least: number },
): Promise<Waiting | undefined> {
  const out = leaving.length < least ? 0 : chunkSize;
  if (out > 0 && (await removeChunk(work, leaving.slice(0, out), hands)) === 'stop') {
    return undefined;
  }
  const into = missing.length < least ? 0 : chunkSize;
  if (into > 0 && (await addChunk(work, missing.slice(0, into), hands)) === 'stop') {
    return undefined;
  }
  return { leaving: leaving.slice(out), missing: missing.slice(into) };
}

/** All markers, a hundred at a time. */
async function* readMarkers(
  row: GroupRow,
  { deps }: GroupHands,
): AsyncGenerator<readonly EdgeMarker[]> {
  let after: string | undefined;
  do {
    const limits = { limit: chunkSize, ...(after === undefined ? {} : { after }) };
    const markers = await loadMarkers(deps.tables, row.id, limits);
    after = markers.length < chunkSize ? undefined : markers.at(-1)?.userId;
    if (markers.length > 0) yield markers;
  } while (after !== undefined);
}

/** Writes down what is so already, drops markers that ask for nothing, and returns who is to be taken out and who is to be added. */
async function takeStock(
  work: GroupWork,
  markers: readonly EdgeMarker[],
  hands: GroupHands,
): Promise<Waiting> {
  const { row } = work;
  const sorted = await sortMarkers(row, markers, work, hands);
  await settleEdges(row, sorted.settled, hands);
  // An edge that nobody wants any more may have been made by a call whose answer was lost: its marker stays until Dropbox was asked.
  await dropMarkers(row, sorted.idle, hands);
  if (sorted.doubtful > 0) comeAgain(row, hands, { verify: true });
  return sorted;
}
