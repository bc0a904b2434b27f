import type { Assignment, EntraApp } from '../model/source.ts';

/** The role id of an assignment without a role, shown by Entra as Default Access. */
export const defaultAccess = '00000000-0000-0000-0000-000000000000';

/** Who is assigned to the app with a role that counts, and how many assignments do not count, by reason. */
export interface AssignedScope {
  /** Enabled role ids by user id; several per person are possible. */
  readonly users: ReadonlyMap<string, readonly string[]>;
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** What the assignment calls each principal. */
  readonly names: ReadonlyMap<string, string>;
  readonly excluded: { readonly [reason: string]: number };
}

/**
 * Scope *assigned*: an assignment counts when its role is declared by the app and enabled. Default Access counts only in an app that
 * declares no roles, where nothing else can be given.
 */
export function buildScope(app: EntraApp, assignments: readonly Assignment[]): AssignedScope {
  const users = new Map<string, string[]>();
  const groups = new Map<string, string[]>();
  const names = new Map<string, string>();
  const excluded: { [reason: string]: number } = {};
  for (const assignment of assignments) {
    const reason = exclusionOf(app, assignment);
    if (reason !== undefined) {
      excluded[reason] = (excluded[reason] ?? 0) + 1;
      continue;
    }
    names.set(assignment.principalId, assignment.principalName);
    const principals = assignment.principalKind === 'user' ? users : groups;
    const roles = principals.get(assignment.principalId) ?? [];
    if (!roles.includes(assignment.roleId)) roles.push(assignment.roleId);
    principals.set(assignment.principalId, roles.toSorted());
  }
  return { users, groups, names, excluded };
}

function exclusionOf(app: EntraApp, assignment: Assignment): string | undefined {
  if (assignment.principalKind === 'servicePrincipal') return 'servicePrincipal';
  if (assignment.roleId === defaultAccess) {
    return app.roles.length === 0 ? undefined : 'defaultAccess';
  }
  const role = app.roles.find(({ id }) => id === assignment.roleId);
  if (role === undefined) return 'unknownRole';
  return role.isEnabled ? undefined : 'disabledRole';
}
