import { StorageConflictError } from '../model/errors.ts';
import type { GroupRow } from '../model/group-row.ts';
import { readMembersOf } from './group-members.ts';
import {
  dropMarkerAction,
  edgeAppliedAction,
  loadEdges,
  loadMarkers,
  membershipsTable,
  type EdgeMarker,
  type EdgeRow,
} from '../rows/edges.ts';
import { saveLogRecords } from '../rows/log-records.ts';
import { loadUsers } from '../rows/users.ts';
import { writeMany } from '../model/table-pages.ts';
import { callDropbox } from './call-dropbox.ts';
import { entryOfGroup, recordOfGroup } from './save-group.ts';
import { settleGroupLost, settleGroupRefused } from './settle-group.ts';
import type { Hands } from './settle-user.ts';

/** One call adds so many people: one bad entry fails the whole call, so this bounds what it spoils. */
const chunkSize = 100;
/** So many calls for one group in one turn; then others have theirs. */
const chunksPerTurn = 5;

/** An edge that is to be made, with the member it is made of. */
interface Candidate {
  readonly edge: EdgeRow;
  readonly marker: EdgeMarker;
  readonly memberId: string;
}

interface AddHands extends Hands {
  /** Dropbox is asked who is in the group before anything else. */
  readonly isInDoubt: boolean;
  /** False: what Dropbox has is written down, and nobody is added. */
  readonly mayAdd: boolean;
}

/**
 * Adds the people whose edge is desired and not applied, a hundred to a call. People who are no members of the team yet are left marked:
 * they ring for this group when they are. Taking people out is not this function's business.
 */
export async function addMembers(
  row: GroupRow,
  groupId: string,
  { isInDoubt, mayAdd, ...hands }: AddHands,
): Promise<void> {
  const { turn, deps } = hands;
  let isRead = isInDoubt;
  let present = isRead ? await readMembersOf(row, groupId, hands) : new Set<string>();
  let after: string | undefined;
  for (let chunk = 0; chunk < chunksPerTurn; chunk++) {
    if (present === undefined) return;
    const limits = { limit: chunkSize, ...(after === undefined ? {} : { after }) };
    const markers = await loadMarkers(deps.tables, row.id, limits);
    after = markers.at(-1)?.userId;
    if (after === undefined) return;
    const { already, missing, idle, doubtful } = await sortMarkers(row, markers, present, hands);
    await settleEdges(row, already, hands);
    // An edge that nobody wants any more may have been made by a call whose answer was lost: its marker stays until Dropbox was asked.
    await dropMarkers(row, isRead ? [...idle, ...doubtful] : idle, hands);
    if (doubtful.length > 0 && !isRead) {
      turn.comeAgain(entryOfGroup(row.id, deps.clock.now(), true));
    }
    if (missing.length === 0 || !mayAdd) continue;
    const done = await addChunk(row, groupId, missing, hands);
    if (done === 'stop') return;
    if (done === 'recompute') {
      present = await readMembersOf(row, groupId, hands);
      isRead = true;
      after = undefined;
    }
  }
  turn.comeAgain(entryOfGroup(row.id, deps.clock.now(), false));
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
async function sortMarkers(
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
    const { memberId, status } = user.applied;
    const isDoubtful = edge.intendedAt > 0;
    if (edge.applied || (!edge.desired && !isDoubtful)) idle.push(marker);
    else if (memberId === null) return;
    else if (present.has(memberId)) already.push({ edge, marker, memberId });
    else if (!edge.desired) doubtful.push(marker);
    else if (status !== 'removed' && user.desired.takes === 'none') {
      missing.push({ edge, marker, memberId });
    }
  });
  return { already, missing, idle, doubtful };
}

async function dropMarkers(
  row: GroupRow,
  markers: readonly EdgeMarker[],
  { deps }: Pick<Hands, 'deps'>,
): Promise<void> {
  if (markers.length === 0) return;
  try {
    await writeMany(deps.tables, membershipsTable, row.id, markers.map(dropMarkerAction));
  } catch (error) {
    // Marked again meanwhile: it will be looked at again, and that is all a marker says.
    if (!(error instanceof StorageConflictError)) throw error;
  }
}

async function addChunk(
  row: GroupRow,
  groupId: string,
  candidates: readonly Candidate[],
  hands: Hands,
): Promise<'done' | 'recompute' | 'stop'> {
  const { turn, deps } = hands;
  const intended = await intend(row, candidates, hands);
  if (intended === undefined) {
    turn.comeAgain(entryOfGroup(row.id, deps.clock.now(), false));
    return 'stop';
  }
  turn.noteCall(entryOfGroup(row.id, deps.clock.now(), true));
  const memberIds = intended.map(({ memberId }) => memberId);
  const called = await callDropbox(turn, deps, () => deps.team.addGroupMembers(groupId, memberIds));
  if (called.kind === 'later') {
    turn.comeAgain(entryOfGroup(row.id, called.due, turn.slot.verify));
    return 'stop';
  }
  if (called.kind === 'lost') {
    await settleGroupLost(row, hands);
    return 'stop';
  }
  if (called.kind === 'answered' && called.value.kind === 'done') {
    await logAdded(row, intended, hands);
    await settleEdges(row, intended, hands);
    return 'done';
  }
  const refusal = called.kind === 'malformed' ? { tag: 'malformed' } : undefined;
  const answered =
    called.kind === 'answered' && called.value.kind === 'refused'
      ? called.value.refusal
      : undefined;
  return afterRefusal(
    row,
    groupId,
    { intended, refusal: refusal ?? answered ?? { tag: 'unknown' } },
    hands,
  );
}

/** One bad entry spoils the call: whoever is in already is recomputed; else the chunk is halved until the one at fault stands alone. */
async function afterRefusal(
  row: GroupRow,
  groupId: string,
  {
    intended,
    refusal,
  }: { readonly intended: readonly Candidate[]; readonly refusal: { readonly tag: string } },
  hands: Hands,
): Promise<'done' | 'recompute' | 'stop'> {
  if (refusal.tag === 'duplicate_user') return 'recompute';
  if (intended.length > 1) {
    const middle = Math.ceil(intended.length / 2);
    const first = await addChunk(row, groupId, intended.slice(0, middle), hands);
    return first === 'stop' ? first : addChunk(row, groupId, intended.slice(middle), hands);
  }
  await settleGroupRefused(row, 'addGroupMembers', refusal, hands);
  return 'stop';
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

/** An edge that Entra lists and Dropbox has is ours from then on, whoever made it. */
async function settleEdges(
  row: GroupRow,
  candidates: readonly Candidate[],
  { deps }: Hands,
): Promise<void> {
  const settled = { applied: true, ours: true, intendedAt: 0 };
  // Fifty edges with their markers are one transaction.
  for (let start = 0; start < candidates.length; start += chunkSize / 2) {
    const part = candidates.slice(start, start + chunkSize / 2);
    try {
      const actions = part.flatMap(({ edge, marker }) => [
        edgeAppliedAction(edge, settled),
        dropMarkerAction(marker),
      ]);
      await writeMany(deps.tables, membershipsTable, row.id, actions);
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
      // The cycle has moved one of them: what Dropbox has is written all the same, and the marker stays for another look.
      for (const { edge } of part) {
        await deps.tables.write(membershipsTable, row.id, [
          edgeAppliedAction({ ...edge, etag: '*' }, settled),
        ]);
      }
    }
  }
}
