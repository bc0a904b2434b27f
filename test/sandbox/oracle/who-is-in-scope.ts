import {
  defaultAccessRoleId,
  type Directory,
  type DirectoryAssignment,
  type DirectoryGroup,
  type DirectoryUser,
} from '../entra/directory-types.ts';

/** Who and what Entra says is ours to provision, and who is not although the app knows them. */
export interface Scope {
  /** Users that are not deleted, in the order of the directory. */
  readonly people: readonly DirectoryUser[];
  /** Assigned groups that are not deleted. */
  readonly groups: readonly DirectoryGroup[];
  /** Present users and groups that are assigned, but only by roles that do not count. */
  readonly excluded: readonly Exclusion[];
}

export interface Exclusion {
  readonly id: string;
  readonly kind: 'user' | 'group';
  readonly reason: 'defaultAccess' | 'roleDisabled';
}

/**
 * The scope *assigned*: a role that counts, held directly or by a group of which the user is a direct member. Nested groups are not
 * followed. Default Access counts only in an app that declares no role for users.
 */
export function whoIsInScope(directory: Directory): Scope {
  const roles = directory.app.appRoles.filter((role) =>
    (role.allowedMemberTypes ?? ['User']).includes('User'),
  );
  const enabledRoleIds = new Set(
    roles.filter((role) => role.isEnabled !== false).map((role) => role.id),
  );
  const counts = (assignment: DirectoryAssignment): boolean =>
    roles.length === 0
      ? assignment.appRoleId === defaultAccessRoleId
      : assignment.appRoleId !== defaultAccessRoleId && enabledRoleIds.has(assignment.appRoleId);

  const effective = directory.assignments.filter((assignment) => counts(assignment));
  const ineffective = directory.assignments.filter((assignment) => !counts(assignment));
  const held = holders(directory, effective);
  const heldByDefaultAccess = holders(
    directory,
    ineffective.filter(({ appRoleId }) => appRoleId === defaultAccessRoleId),
  );
  const heldInVain = holders(directory, ineffective);
  const excluded = (kind: Exclusion['kind'], id: string): readonly Exclusion[] => {
    if (held.has(id) || !heldInVain.has(id)) return [];
    return [{ id, kind, reason: heldByDefaultAccess.has(id) ? 'defaultAccess' : 'roleDisabled' }];
  };

  const users = directory.users.filter((user) => user.deleted === undefined);
  const groups = directory.groups.filter((group) => group.deleted === undefined);
  return {
    people: users.filter((user) => held.has(user.id)),
    groups: groups.filter((group) => held.has(group.id)),
    excluded: [
      ...users.flatMap((user) => excluded('user', user.id)),
      ...groups.flatMap((group) => excluded('group', group.id)),
    ],
  };
}

/** Ids of the assigned principals and of the direct user members of the assigned groups. */
function holders(
  directory: Directory,
  assignments: readonly DirectoryAssignment[],
): ReadonlySet<string> {
  const principals = new Set(assignments.map((assignment) => assignment.principalId));
  const assignedGroups = directory.groups.filter(
    (group) => principals.has(group.id) && group.deleted === undefined,
  );
  const members = assignedGroups.flatMap((group) =>
    group.members.filter((member) => member.kind === 'user').map((member) => member.id),
  );
  return new Set([...principals, ...members]);
}
