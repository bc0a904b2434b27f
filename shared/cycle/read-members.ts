import type { CycleState } from '../model/cycle-state.ts';
import { TransientError } from '../model/errors.ts';
import type { EntraUser, ListPage } from '../model/source.ts';
import { readEdges } from '../rows/edges.ts';
import { loadUsers } from '../rows/users.ts';
import { absorbEdges, takeIn, type EdgeFact } from './absorb-edges.ts';
import { absorbPeople, type PersonFact } from './absorb-people.ts';
import { addToState } from './add-to-state.ts';
import type { CycleDeps } from './deps.ts';
import type { Step } from './step.ts';

/** Twenty parts are one `$batch`. */
const batchSize = 20;

type MemberRead = CycleState['memberReads'][number];

/** Members of assigned groups, with their attributes: the first pages of up to twenty groups, or the next page of one. */
export const readMembers: Step = async (state, context) => {
  const { deps } = context;
  const [first] = state.memberReads;
  if (first === undefined) {
    const after = state.kind === 'initial' ? 'users' : state.membersRead ? 'late' : 'people';
    return { ...state, phase: after };
  }
  if (first.next !== null) return readNextPage(state, first, first.next, deps);
  const batch = state.memberReads.filter(({ next }) => next === null).slice(0, batchSize);
  const answers = await deps.entra.readFirstMembers(batch.map(({ groupId }) => groupId));
  let next: CycleState = { ...state, membersRead: true };
  for (const { groupId } of batch) {
    await context.lease.keep();
    const answer = answers.get(groupId);
    if (answer?.kind === 'page') {
      next = await takePage(next, groupId, answer.page, deps);
      continue;
    }
    // One group's list that cannot be read holds only what rests on it; the others go on, and it is tried again in the next cycle.
    const reason = answer?.kind === 'failed' ? answer.error.message : 'the group is not there';
    deps.log.warn('groupMembersUnread', { groupId, reason });
    const unread = answer?.kind === 'missing' ? next.unread : [...next.unread, groupId];
    next = { ...withoutRead(next, groupId), unread };
  }
  return next;
};

async function readNextPage(
  state: CycleState,
  { groupId }: MemberRead,
  link: string,
  deps: CycleDeps,
): Promise<CycleState> {
  const page = await deps.entra.readMoreMembers(link);
  if (page.nextLink === link) {
    const message = `cannot read the members of group ${groupId}: a page names itself as next`;
    throw new TransientError(message, 60_000);
  }
  return takePage(state, groupId, page, deps);
}

async function takePage(
  state: CycleState,
  groupId: string,
  page: ListPage<EntraUser>,
  deps: CycleDeps,
): Promise<CycleState> {
  const people = new Map<string, PersonFact>();
  const edges = new Map<string, EdgeFact>();
  for (const user of page.items) {
    // Whoever a whole read lists is there; what only the users stream knows (deleted meanwhile) comes with it.
    const deleted = state.kind === 'initial' ? ({ deleted: 'no' } as const) : {};
    people.set(user.id, { user, joins: [groupId], ...deleted });
    edges.set(user.id, { present: true, readIn: state.id });
  }
  const next = addToState(state, await absorbPeople(deps, people));
  const moved = await absorbEdges(deps, groupId, edges);
  const counted = { ...next, changed: next.changed + moved };
  if (page.nextLink !== undefined) {
    const rest = counted.memberReads.filter((read) => read.groupId !== groupId);
    return { ...counted, memberReads: [{ groupId, next: page.nextLink }, ...rest] };
  }
  return takeAbsences(withoutRead(counted, groupId), groupId, deps);
}

function withoutRead(state: CycleState, groupId: string): CycleState {
  const memberReads = state.memberReads.filter((read) => read.groupId !== groupId);
  return { ...state, memberReads };
}

/** After the last page: whoever was not listed has left, unless Entra keeps the edge of somebody who is only soft-deleted. */
async function takeAbsences(
  state: CycleState,
  groupId: string,
  deps: CycleDeps,
): Promise<CycleState> {
  let next = state;
  for await (const edges of readEdges(deps.tables, groupId)) {
    const unseen = edges.filter(({ source, readIn }) => source && readIn !== state.id);
    if (unseen.length === 0) continue;
    const users = await loadUsers(
      deps.tables,
      unseen.map(({ userId }) => userId),
    );
    const gone = unseen.filter((_, index) => users[index]?.source.deleted !== 'soft');
    const people = new Map(gone.map(({ userId }) => [userId, { leaves: [groupId] }]));
    next = addToState(next, await absorbPeople(deps, people));
    const facts = new Map(gone.map(({ userId }) => [userId, { present: false }]));
    const moved = await takeIn(deps, groupId, gone, facts);
    next = { ...next, changed: next.changed + moved };
  }
  return next;
}
