import type { CycleState } from '../model/cycle-state.ts';
import { PageExpiredError, ThrottledError, TransientError } from '../model/errors.ts';
import type { EntraUser, ListPage, MembersAnswer } from '../model/source.ts';
import { assignmentAction, assignmentsTable } from '../rows/assignments.ts';
import { readEdges, type EdgeRow } from '../rows/edges.ts';
import { loadGroups } from '../rows/groups.ts';
import { loadUsers } from '../rows/users.ts';
import { absorbEdges, takeIn, type EdgeFact } from './absorb-edges.ts';
import { absorbPeople, type PersonFact } from './absorb-people.ts';
import { addToState } from './add-to-state.ts';
import type { CycleDeps } from './deps.ts';
import type { Step, StepContext } from './step.ts';

/** Twenty parts are one `$batch`. */
const batchSize = 20;
/** As many people as are taken in at once; a page of Graph has 999 at most. */
const bundleSize = 1_000;

type MemberRead = CycleState['memberReads'][number];

/** Members of assigned groups, with their attributes: the first pages of up to twenty groups, or the next page of one. */
export const readMembers: Step = async (state, context) => {
  const [first] = state.memberReads;
  if (first === undefined) return { ...state, phase: phaseAfter(state) };
  // Planned in an earlier cycle and unassigned since: its members would come into scope, and nobody would ever let them go.
  const assigned = await context.assignedGroups();
  if (!assigned.has(first.groupId)) return withoutRead(state, first.groupId);
  if (first.next !== null) return readNextPage(state, first, first.next, context);
  const { deps } = context;
  const batch = state.memberReads
    .filter(({ groupId, next }) => next === null && assigned.has(groupId))
    .slice(0, batchSize);
  const answers = await deps.entra.readFirstMembers(batch.map(({ groupId }) => groupId));
  refuseThrottled([...answers.values()]);
  const pages: MemberPage[] = [];
  let next: CycleState = { ...state, membersRead: true };
  for (const { groupId } of batch) {
    const answer = answers.get(groupId);
    if (answer?.kind === 'page') pages.push({ groupId, page: answer.page });
    else next = passOver(next, groupId, answer, deps);
  }
  for (const some of bundle(pages)) {
    await context.lease.keep();
    next = await takePages(next, some, context);
  }
  return next;
};

/** A throttled part is a throttled app, not a group that cannot be read: nothing is asked until Graph allows it, then all of them again. */
function refuseThrottled(answers: readonly MembersAnswer[]): void {
  const throttled = answers.flatMap((answer) =>
    answer.kind === 'failed' && answer.error instanceof ThrottledError ? [answer.error] : [],
  );
  const [worst] = throttled.toSorted((one, other) => other.retryAfterMs - one.retryAfterMs);
  if (worst !== undefined) throw worst;
}

function phaseAfter(state: CycleState): CycleState['phase'] {
  if (state.kind === 'initial') return 'users';
  return state.membersRead ? 'late' : 'people';
}

/** One group's list that cannot be read holds only what rests on it; the others go on, and it is tried again in the next cycle. */
function passOver(
  state: CycleState,
  groupId: string,
  answer: MembersAnswer | undefined,
  deps: CycleDeps,
): CycleState {
  const reason = answer?.kind === 'failed' ? answer.error.message : 'the group is not there';
  deps.log.warn('groupMembersUnread', { groupId, reason });
  const unread = [...state.unread, groupId];
  return { ...withoutRead(state, groupId), unread };
}

interface MemberPage {
  readonly groupId: string;
  readonly page: ListPage<EntraUser>;
}

/** Small pages together, so that their people are written in few transactions; large ones alone, so that memory stays flat. */
function* bundle(pages: readonly MemberPage[]): Generator<readonly MemberPage[]> {
  let some: MemberPage[] = [];
  let people = 0;
  for (const one of pages) {
    if (some.length > 0 && people + one.page.items.length > bundleSize) {
      yield some;
      some = [];
      people = 0;
    }
    some.push(one);
    people += one.page.items.length;
  }
  if (some.length > 0) yield some;
}

async function readNextPage(
  state: CycleState,
  { groupId }: MemberRead,
  link: string,
  context: StepContext,
): Promise<CycleState> {
  const page = await readPage(link, context.deps);
  if (page === undefined) {
    // The link lived for minutes only, or the group went: its first page tells which.
    const rest = withoutRead(state, groupId);
    return { ...rest, memberReads: [...rest.memberReads, { groupId, next: null }] };
  }
  if (page.nextLink === link) {
    const message = `cannot read the members of group ${groupId}: a page names itself as next`;
    throw new TransientError(message, 60_000);
  }
  return takePages(state, [{ groupId, page }], context);
}

async function readPage(link: string, deps: CycleDeps): Promise<ListPage<EntraUser> | undefined> {
  try {
    return await deps.entra.readMoreMembers(link);
  } catch (error) {
    if (error instanceof PageExpiredError) return undefined;
    throw error;
  }
}

/**
 * Edges first, then their people, so that whoever is in scope because of a group is found by its edges when it is unassigned; after a
 * group's last page, whoever it did not list.
 */
async function takePages(
  state: CycleState,
  pages: readonly MemberPage[],
  context: StepContext,
): Promise<CycleState> {
  const { deps } = context;
  let next = state;
  for (const { groupId, page } of pages) {
    const edges = new Map<string, EdgeFact>(
      page.items.map(({ id }) => [id, { present: true, readIn: state.id }]),
    );
    const moved = await absorbEdges(deps, groupId, edges);
    next = { ...withoutRead(next, groupId), changed: next.changed + moved };
  }
  next = addToState(next, await absorbPeople(deps, toPersonFacts(state, pages)));
  for (const { groupId, page } of pages) {
    if (page.nextLink === undefined) {
      next = await takeAbsences(next, groupId, deps);
      await takeGroupIn(next, groupId, context);
    } else {
      const rest = { groupId, next: page.nextLink };
      next = { ...next, memberReads: [rest, ...next.memberReads] };
    }
  }
  return next;
}

function toPersonFacts(
  state: CycleState,
  pages: readonly MemberPage[],
): ReadonlyMap<string, PersonFact> {
  const { epoch } = state;
  const facts = new Map<string, PersonFact>();
  for (const { groupId, page } of pages) {
    for (const user of page.items) {
      const joins = [...(facts.get(user.id)?.joins ?? []), groupId];
      facts.set(user.id, { user, isListed: true, joins, epoch });
    }
  }
  return facts;
}

function withoutRead(state: CycleState, groupId: string): CycleState {
  const memberReads = state.memberReads.filter((read) => read.groupId !== groupId);
  return { ...state, memberReads };
}

/** All its people are saved: from now on the group counts as read. */
async function takeGroupIn(
  state: CycleState,
  groupId: string,
  context: StepContext,
): Promise<void> {
  const { tables } = context.deps;
  const [group] = await loadGroups(tables, [groupId]);
  if (group === undefined || group.source.roles.length === 0) return;
  const row = { id: groupId, roles: group.source.roles, isRead: true, takenIn: state.id };
  await tables.write(assignmentsTable, 'group', [assignmentAction(row)]);
  context.forgetAssignedGroups();
}

/** After the last page: whoever was not listed has left, unless Entra keeps the edge of somebody who is only soft-deleted. */
async function takeAbsences(
  state: CycleState,
  groupId: string,
  deps: CycleDeps,
): Promise<CycleState> {
  let next = state;
  const doubt = await doubtOf(state, groupId, deps);
  for await (const edges of readEdges(deps.tables, groupId)) {
    // Whoever has left before is held again: a crash may have come between the edge and its entry.
    const unseen = edges.filter(
      ({ source, takesSince, readIn }) => (source || takesSince > 0) && readIn !== state.id,
    );
    if (unseen.length === 0) continue;
    const users = await loadUsers(
      deps.tables,
      unseen.map(({ userId }) => userId),
    );
    const gone = unseen.filter((_, index) => users[index]?.source.deleted !== 'soft');
    const people = new Map(
      gone.map((edge) => [edge.userId, { leaves: [groupId], ...newDoubt(edge, doubt) }]),
    );
    next = addToState(next, await absorbPeople(deps, people));
    const facts = new Map(
      gone.map((edge) => [edge.userId, { present: false, ...newDoubt(edge, doubt) }]),
    );
    const moved = await takeIn(deps, groupId, gone, facts);
    next = { ...next, changed: next.changed + moved };
  }
  return next;
}

/** Why what a whole read of a group did not list is no proof by itself: it listed nobody although there were people, or it contradicts the stream. */
async function doubtOf(
  state: CycleState,
  groupId: string,
  deps: CycleDeps,
): Promise<string | null> {
  for await (const edges of readEdges(deps.tables, groupId)) {
    if (edges.some(({ readIn }) => readIn === state.id)) {
      return (await isFollowed(groupId, deps))
        ? `a whole read of group ${groupId} lacks somebody whom the groups stream shows in it`
        : null;
    }
  }
  return `the list of members of group ${groupId} came back empty although it had people in it`;
}

/** The stream has told everything about the group since it was last read whole. */
async function isFollowed(groupId: string, { tables }: CycleDeps): Promise<boolean> {
  const row = await tables.get(assignmentsTable, 'group', groupId);
  return row?.columns['isRead'] === true;
}

/** Of somebody who had left before, a list in doubt says nothing new; one beyond doubt says that it is so. */
function newDoubt({ source }: EdgeRow, doubt: string | null): { readonly doubt?: string | null } {
  return source || doubt === null ? { doubt } : {};
}
