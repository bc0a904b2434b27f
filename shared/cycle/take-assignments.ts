import type { CycleState } from '../model/cycle-state.ts';
import type { EntraUser } from '../model/source.ts';
import { writeMany } from '../model/table-pages.ts';
import {
  assignmentAction,
  assignmentsTable,
  dropAssignmentAction,
  type PrincipalKind,
} from '../rows/assignments.ts';
import { readEdges } from '../rows/edges.ts';
import { absorbGroups, type GroupFact } from './absorb-groups.ts';
import { absorbPeople, type PersonFact } from './absorb-people.ts';
import { addToState } from './add-to-state.ts';
import type { StepContext } from './step.ts';

/** One principal whose enabled roles are other than before. */
export interface AssignmentMove {
  readonly kind: PrincipalKind;
  readonly id: string;
  /** As the assignment tells it: good enough until the object itself has been read. */
  readonly name: string;
  readonly before: readonly string[];
  readonly roles: readonly string[];
  /** Why its absence from the list is no proof by itself; null where it is one. */
  readonly doubt: string | null;
}

/** Fifteen ids are one part, twenty parts one `$batch`. */
const idsPerPart = 15;
const idsPerBatch = 300;

/**
 * Takes moved assignments in, a batch at a time, and writes each principal's row only after all that follows from it is saved. Ends early
 * when the time is up: what is not written is found again.
 */
export async function takeAssignments(
  state: CycleState,
  moves: readonly AssignmentMove[],
  context: StepContext,
): Promise<{ readonly state: CycleState; readonly isWhole: boolean }> {
  let next = state;
  for (const batch of batchesOf(moves)) {
    if (context.deps.clock.now() > context.deadline) return { state: next, isWhole: false };
    await context.lease.keep();
    next = await takeBatch(next, batch, context);
  }
  return { state: next, isWhole: true };
}

/** Groups first; the parts of groups and of people that share a `$batch` are at most twenty. */
function* batchesOf(moves: readonly AssignmentMove[]): Generator<readonly AssignmentMove[]> {
  let batch: AssignmentMove[] = [];
  let kind: PrincipalKind = 'group';
  let room = idsPerBatch;
  for (const move of moves) {
    if (move.kind !== kind) {
      kind = move.kind;
      room = Math.floor(room / idsPerPart) * idsPerPart;
    }
    if (room === 0) {
      yield batch;
      batch = [];
      room = idsPerBatch;
    }
    batch.push(move);
    room -= 1;
  }
  if (batch.length > 0) yield batch;
}

async function takeBatch(
  state: CycleState,
  batch: readonly AssignmentMove[],
  context: StepContext,
): Promise<CycleState> {
  const { deps } = context;
  const assigned = (kind: PrincipalKind): string[] =>
    batch.filter((move) => move.kind === kind && move.roles.length > 0).map(({ id }) => id);
  const read = await deps.entra.readByIds({
    userIds: assigned('user'),
    groupIds: assigned('group'),
  });
  const users = new Map(read.users.map((user) => [user.id, user]));
  const names = new Map(read.groups.map((group) => [group.id, group.displayName]));
  const people = new Map<string, PersonFact>();
  const groups = new Map<string, GroupFact>();
  for (const move of batch) {
    if (move.kind === 'user') people.set(move.id, toPersonFact(state, move, users.get(move.id)));
    else groups.set(move.id, toGroupFact(state, move, names.get(move.id)));
  }
  await markAssignments(batch, context);
  let next = addToState(state, await absorbPeople(deps, people));
  const absorbed = await absorbGroups(deps, groups);
  next = {
    ...next,
    changed: next.changed + absorbed.changed,
    scheduled: next.scheduled + absorbed.scheduled,
    memberReads: [...next.memberReads, ...newReads(next, batch)],
  };
  for (const move of batch) {
    if (move.kind === 'group' && move.roles.length === 0) {
      next = await releaseMembers(next, move, context);
    }
  }
  await saveAssignments(state, batch, context);
  return next;
}

function toPersonFact(
  state: CycleState,
  { roles, doubt }: AssignmentMove,
  user: EntraUser | undefined,
): PersonFact {
  if (roles.length === 0) return { roles, epoch: state.epoch, doubt };
  if (user === undefined) return { roles, epoch: state.epoch };
  return { roles, user, isListed: true, epoch: state.epoch };
}

/** Whoever is newly assigned and there is not deleted, whatever was known before: a restored group comes back without another word. */
function toGroupFact(
  state: CycleState,
  { roles, before, name, doubt }: AssignmentMove,
  displayName: string | null | undefined,
): GroupFact {
  if (roles.length === 0) return { roles, doubt };
  if (displayName === undefined) return { roles, fallbackName: name };
  const isThere = state.isFresh || before.length === 0;
  return { roles, displayName, ...(isThere ? { deleted: 'no' } : {}) };
}

/** Newly assigned groups are read whole; in an initial cycle all are. */
function newReads(state: CycleState, batch: readonly AssignmentMove[]): CycleState['memberReads'] {
  const planned = new Set(state.memberReads.map(({ groupId }) => groupId));
  return batch
    .filter((move) => isToBeRead(state, move))
    .filter(({ id }) => !planned.has(id))
    .map(({ id }) => ({ groupId: id, next: null }));
}

/** A group is no longer assigned: its members are no longer in scope because of it. The edges stay as they are; the group is held. */
async function releaseMembers(
  state: CycleState,
  { id: groupId, doubt }: AssignmentMove,
  { deps, lease }: StepContext,
): Promise<CycleState> {
  let next = state;
  for await (const edges of readEdges(deps.tables, groupId)) {
    await lease.keep();
    // Those who have left count too: a crash may have come between the edge and the person.
    const facts = new Map(edges.map(({ userId }) => [userId, { leaves: [groupId], doubt }]));
    next = addToState(next, await absorbPeople(deps, facts));
  }
  return next;
}

/** A group whose members are still to be read counts as taken in only when they have been: a crash would else forget to read them. */
function isToBeRead(state: CycleState, { kind, before, roles }: AssignmentMove): boolean {
  const isNew = before.length === 0 || state.kind === 'initial';
  return kind === 'group' && roles.length > 0 && isNew;
}

/** Before anything follows from them: whatever comes in between, these principals are looked at again. */
async function markAssignments(
  batch: readonly AssignmentMove[],
  { deps }: StepContext,
): Promise<void> {
  for (const kind of ['group', 'user'] as const) {
    const actions = batch
      .filter((move) => move.kind === kind)
      .map(({ id, before }) => assignmentAction({ id, roles: before, isRead: false, takenIn: '' }));
    await writeMany(deps.tables, assignmentsTable, kind, actions);
  }
}

async function saveAssignments(
  state: CycleState,
  batch: readonly AssignmentMove[],
  { deps }: StepContext,
): Promise<void> {
  for (const kind of ['group', 'user'] as const) {
    const actions = batch
      .filter((move) => move.kind === kind)
      .map((move) => {
        const { id, roles } = move;
        const isRead = !isToBeRead(state, move);
        return roles.length > 0
          ? assignmentAction({ id, roles, isRead, takenIn: isRead ? state.id : '' })
          : dropAssignmentAction(id);
      });
    await writeMany(deps.tables, assignmentsTable, kind, actions);
  }
}
