import { createHash } from 'node:crypto';
import type { CycleState } from '../model/cycle-state.ts';
import type { Assignment, EntraApp } from '../model/source.ts';
import { TransientError } from '../model/errors.ts';
import { buildScope, type AssignedScope } from '../plan/scope.ts';
import { readAssignmentRows, type AssignmentRow } from '../rows/assignments.ts';
import type { CycleDeps } from './deps.ts';
import type { Step } from './step.ts';
import { takeAssignments, type AssignmentMove } from './take-assignments.ts';

/**
 * Reads the app and its assignments whole, so that an absence is known, and takes in what differs from last time. The same list as last
 * time costs no look at the tables.
 */
export const readAssignments: Step = async (state, context) => {
  const { deps } = context;
  const app = await deps.entra.readApp();
  const assignments = await readAll(deps);
  const scope = buildScope(app, assignments);
  const digest = digestOf(app, assignments);
  const isScopeEmpty = assignments.length === 0;
  const counted = { ...state, excluded: scope.excluded, isScopeEmpty };
  if (state.kind === 'incremental' && digest === state.assignments) {
    return { ...withUnread(counted), phase: 'members' };
  }
  // Taken in by halves and then undone in Entra, the list would look like the last one: from here on no list is the same until one is whole.
  if (state.assignments !== '') return { ...counted, assignments: '' };
  const moves = await findMoves(deps, { scope, doubt: doubtOf(assignments) }, state);
  const taken = await takeAssignments(counted, moves, context);
  if (taken.isWhole) context.forgetAssignedGroups();
  return taken.isWhole
    ? { ...withUnread(taken.state), assignments: digest, phase: 'members' }
    : taken.state;
};

async function readAll(deps: CycleDeps): Promise<readonly Assignment[]> {
  const assignments: Assignment[] = [];
  let link: string | undefined;
  const seen = new Set<string>();
  do {
    const page = await deps.entra.readAssignments(link);
    assignments.push(...page.items);
    link = page.nextLink;
    if (link !== undefined && seen.has(link)) {
      throw new TransientError('cannot read the assignments: a page names itself as next', 60_000);
    }
    if (link !== undefined) seen.add(link);
  } while (link !== undefined);
  return assignments;
}

/** Groups whose members could not be read in the last cycle are read now. */
function withUnread(state: CycleState): CycleState {
  const planned = new Set(state.memberReads.map(({ groupId }) => groupId));
  const again = state.unread.filter((groupId) => !planned.has(groupId));
  const reads = again.map((groupId) => ({ groupId, next: null }));
  return { ...state, memberReads: [...state.memberReads, ...reads], unread: [] };
}

function digestOf(app: EntraApp, assignments: readonly Assignment[]): string {
  const roles = app.roles.map(({ id, isEnabled }) => `${id} ${isEnabled}`).toSorted();
  const lines = assignments
    .map(({ principalId, principalKind, roleId }) => `${principalKind} ${principalId} ${roleId}`)
    .toSorted();
  return createHash('sha256')
    .update(JSON.stringify([roles, lines]))
    .digest('hex');
}

/** A list that is empty is no proof that nobody is assigned any more: where somebody was, a person decides. */
function doubtOf(assignments: readonly Assignment[]): string | null {
  return assignments.length > 0
    ? null
    : 'the list of assignments came back empty although there were some';
}

/** Principals whose roles are not as last taken in; in an initial cycle every assigned one that this cycle has not taken in yet. */
async function findMoves(
  deps: CycleDeps,
  { scope, doubt }: { readonly scope: AssignedScope; readonly doubt: string | null },
  state: CycleState,
): Promise<readonly AssignmentMove[]> {
  const moves: AssignmentMove[] = [];
  for (const kind of ['group', 'user'] as const) {
    const wanted = new Map(kind === 'group' ? scope.groups : scope.users);
    const move = (id: string, before: readonly string[], roles: readonly string[]): void => {
      moves.push({ kind, id, name: scope.names.get(id) ?? '', before, roles, doubt });
    };
    for await (const rows of readAssignmentRows(deps.tables, kind)) {
      for (const row of rows) {
        const roles = wanted.get(row.id) ?? [];
        wanted.delete(row.id);
        if (isMoved(row, roles, state)) move(row.id, knownRoles(row, roles), roles);
      }
    }
    for (const [id, roles] of wanted) move(id, [], roles);
  }
  return moves;
}

/** A group that was never read whole is read as if it were new; one that is no longer assigned is let go all the same. */
function knownRoles(row: AssignmentRow, roles: readonly string[]): readonly string[] {
  return row.isRead || roles.length === 0 ? row.roles : [];
}

function isMoved(row: AssignmentRow, roles: readonly string[], state: CycleState): boolean {
  if (row.roles.join() !== roles.join() || !row.isRead) return true;
  return state.kind === 'initial' && row.takenIn !== state.id;
}
