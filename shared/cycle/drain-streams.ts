import type { CycleState } from '../model/cycle-state.ts';
import { PageExpiredError, TransientError } from '../model/errors.ts';
import type { EdgeChange, GroupChange, StreamPage, UserChange } from '../model/source.ts';
import type { UserRow } from '../model/user-row.ts';
import { loadUsers } from '../rows/users.ts';
import { absorbEdges, type EdgeFact } from './absorb-edges.ts';
import { absorbGroups, type GroupFact } from './absorb-groups.ts';
import { absorbPeople, type PersonFact } from './absorb-people.ts';
import { addToState } from './add-to-state.ts';
import type { Step, StepContext } from './step.ts';

/** A round that Graph forgets again and again waits for so long before it is started once more. */
const forgottenWaitMs = 60_000;
const restartLimit = 3;

/** One page of the users stream. */
export const drainUsers: Step = async (state, context) => {
  const page = await readPage(state, 'users', (link) => context.deps.entra.readUserChanges(link));
  if (page === undefined) return startRoundAgain(state, 'users');
  const facts = toPersonFacts(page.items, state.epoch);
  const rows = await loadUsers(context.deps.tables, [...facts.keys()]);
  if (rows.some((row) => isRestored(row, facts))) {
    // Saved before the page is taken in: afterwards nobody sees any more that somebody has come back.
    const unread = new Set([...state.unread, ...(await context.assignedGroups())]);
    if (unread.size > state.unread.length) return { ...state, unread: [...unread] };
  }
  const absorbed = await absorbPeople(context.deps, facts, rows);
  return advance(addToState(state, absorbed), 'users', page, 'groups');
};

/**
 * Back from a soft deletion. Lists of members do not show whoever is deleted, and the groups stream says nothing when they return: whether
 * they are in a group is only known when its members are read whole.
 */
function isRestored(row: UserRow, facts: ReadonlyMap<string, PersonFact>): boolean {
  return row.source.deleted === 'soft' && facts.get(row.id)?.deleted === 'no';
}

/** One page of the groups stream. */
export const drainGroups: Step = async (state, context) => {
  const page = await readPage(state, 'groups', (link) => context.deps.entra.readGroupChanges(link));
  if (page === undefined) return startRoundAgain(state, 'groups');
  const next = await absorbGroupPage(state, page.items, context);
  const isAfterMembers = state.phase === 'late' || state.kind === 'initial';
  return advance(next, 'groups', page, isAfterMembers ? 'people' : 'judgeSaid');
};

type Stream = 'users' | 'groups';

async function readPage<T>(
  state: CycleState,
  stream: Stream,
  read: (link: string) => Promise<StreamPage<T>>,
): Promise<StreamPage<T> | undefined> {
  const { next, delta } = state[stream];
  const link = next ?? delta;
  if (link === null) throw new Error(`cannot read the ${stream} stream: it has no beginning`);
  try {
    const page = await read(link);
    if (page.next.kind === 'next' && page.next.link === link) {
      throw new TransientError(
        `cannot read the ${stream} stream: a page names itself as next`,
        60_000,
      );
    }
    return page;
  } catch (error) {
    if (error instanceof PageExpiredError) return undefined;
    throw error;
  }
}

/** The link to the round's end stays good for days, that to a page for minutes. */
function startRoundAgain(state: CycleState, stream: Stream): CycleState {
  if (state[stream].next === null && state.restarts >= restartLimit) {
    const message = `cannot read the ${stream} stream: Graph forgets its first page again and again`;
    throw new TransientError(message, forgottenWaitMs);
  }
  const position = { delta: state[stream].delta, next: null };
  return { ...state, [stream]: position, restarts: state.restarts + 1 };
}

function advance(
  state: CycleState,
  stream: Stream,
  { next }: StreamPage<unknown>,
  after: CycleState['phase'],
): CycleState {
  return next.kind === 'next'
    ? { ...state, [stream]: { delta: state[stream].delta, next: next.link } }
    : { ...state, [stream]: { delta: next.link, next: null }, phase: after };
}

/** Of several items about one person on a page the last counts. */
function toPersonFacts(
  changes: readonly UserChange[],
  epoch: string,
): ReadonlyMap<string, PersonFact> {
  return new Map(
    changes.map((change): readonly [string, PersonFact] =>
      change.kind === 'present'
        ? [change.user.id, { user: change.user, deleted: 'no', epoch }]
        : [change.id, { deleted: change.reason, epoch }],
    ),
  );
}

async function absorbGroupPage(
  state: CycleState,
  changes: readonly GroupChange[],
  { deps, assignedGroups }: StepContext,
): Promise<CycleState> {
  const assigned = await assignedGroups();
  const beingRead = new Set(
    state.memberReads.flatMap(({ groupId, next }) => (next === null ? [] : [groupId])),
  );
  const groupFacts = new Map<string, GroupFact>();
  const edgesByGroup = new Map<string, Map<string, EdgeFact>>();
  for (const change of changes) {
    const { id } = change;
    if (!assigned.has(id)) continue;
    groupFacts.set(id, { ...groupFacts.get(id), ...toGroupFact(change) });
    if (change.kind === 'removed') continue;
    const edges = edgesByGroup.get(id) ?? new Map<string, EdgeFact>();
    for (const edge of change.edges) {
      if (edge.memberKind !== 'user') continue;
      edges.set(edge.memberId, toEdgeFact(edge, beingRead.has(id) ? state.id : undefined));
    }
    edgesByGroup.set(id, edges);
  }
  let next = state;
  const groups = await absorbGroups(deps, groupFacts);
  next = {
    ...next,
    changed: next.changed + groups.changed,
    scheduled: next.scheduled + groups.scheduled,
  };
  // Edges before people: whoever is in scope because of a group is found by its edges when it is unassigned.
  for (const [groupId, edges] of edgesByGroup) {
    const moved = await absorbEdges(deps, groupId, edges);
    next = { ...next, changed: next.changed + moved };
  }
  return addToState(next, await absorbPeople(deps, toMemberFacts(edgesByGroup, state.epoch)));
}

/**
 * That somebody left is told by name here: what a list had left in doubt is none any more. Whoever joins a group of which some pages are read
 * already (`readIn`) counts as listed: those pages could not show them.
 */
function toEdgeFact({ present }: EdgeChange, readIn: string | undefined): EdgeFact {
  if (!present) return { present, doubt: null };
  return readIn === undefined ? { present } : { present, readIn };
}

function toGroupFact(change: GroupChange): GroupFact {
  if (change.kind === 'removed') return { deleted: change.reason };
  const { displayName } = change;
  return displayName === undefined ? { deleted: 'no' } : { deleted: 'no', displayName };
}

/** The same edges, seen from the people: what each joins and leaves. */
function toMemberFacts(
  edgesByGroup: ReadonlyMap<string, ReadonlyMap<string, EdgeFact>>,
  epoch: string,
): ReadonlyMap<string, PersonFact> {
  const facts = new Map<
    string,
    { joins: string[]; leaves: string[]; epoch: string; doubt?: null }
  >();
  for (const [groupId, edges] of edgesByGroup) {
    for (const [userId, { present }] of edges) {
      const fact = facts.get(userId) ?? { joins: [], leaves: [], epoch };
      (present ? fact.joins : fact.leaves).push(groupId);
      facts.set(userId, present ? fact : { ...fact, doubt: null });
    }
  }
  return facts;
}
