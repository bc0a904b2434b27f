import {
  defaultAccessRoleId,
  type Directory,
  type DirectoryAppRole,
  type DirectoryAssignment,
} from '../entra/directory-types.ts';
import type { TeamDocument } from '../dropbox/team-types.ts';
import { createCast } from './cast.ts';
import { createFakeNames, type FakeNames } from './fake-names.ts';
import { createGroups, takenGroupName } from './groups.ts';
import { createOrdinaryPerson } from './people.ts';
import { createTeamBefore } from './team-before.ts';
import type { GroupDraft, GroupRole, PersonDraft, Placement } from './world-draft.ts';

export interface WorldSize {
  /** People in the tenant, deleted and unassigned ones included; about 95 of 100 are in scope. */
  readonly users: number;
  /** Groups assigned with a role that counts; about a tenth and up to three come on top that are not. */
  readonly groups: number;
  readonly seed: number;
}

export interface World {
  readonly directory: Directory;
  /** The team before the first cycle. */
  readonly team: TeamDocument;
}

/**
 * A tenant and a team that look like a company that has grown: an ordinary mass, and up to a third of people and groups that are there
 * for what is odd about them. The same size and seed give the same world, ids included.
 */
export function generateWorld({ users, groups, seed }: WorldSize): World {
  const names = createFakeNames(seed);
  const tenantId = names.guid();
  const roles = createRoles(names);
  const cast = createCast(names, Math.floor(users / 3));
  const people = [
    ...cast,
    ...Array.from({ length: users - cast.length }, (_, index) =>
      createOrdinaryPerson(names, index),
    ),
  ].map((person) => (groups === 0 ? assignDirectly(person) : person));
  const { groups: groupDrafts, linkedGroup } = createGroups(names, groups, people);
  const assignments = [
    ...people.flatMap((person) => assignPerson(person, roles)),
    ...groupDrafts.flatMap((group, index) => assignGroup(group, roles, index)),
    {
      principalId: names.guid(),
      principalType: 'ServicePrincipal' as const,
      appRoleId: roles.machine.id,
    },
  ];
  return {
    directory: {
      tenantId,
      users: people.map(({ user }) => user),
      groups: groupDrafts.map(({ group }) => group),
      app: {
        id: names.guid(),
        appId: names.guid(),
        displayName: 'Dropbox Business',
        appRoles: Object.values(roles),
      },
      assignments,
    },
    team: createTeamBefore(names, {
      people,
      linkedGroup,
      hasTakenName: groupDrafts.some(({ group }) => group.displayName === takenGroupName),
    }),
  };
}

interface Roles {
  readonly user: DirectoryAppRole;
  readonly access: DirectoryAppRole;
  readonly pilot: DirectoryAppRole;
  readonly machine: DirectoryAppRole;
}

function createRoles(names: FakeNames): Roles {
  return {
    user: { id: names.guid(), displayName: 'User', value: 'User' },
    access: { id: names.guid(), displayName: 'msiam_access', value: null },
    pilot: { id: names.guid(), displayName: 'Pilot', value: 'Pilot', isEnabled: false },
    machine: {
      id: names.guid(),
      displayName: 'Team.Report',
      value: 'Team.Report',
      allowedMemberTypes: ['Application'],
    },
  };
}

/** Where there are no groups, those who would come by one come by themselves. */
function assignDirectly(person: PersonDraft): PersonDraft {
  return person.placement === 'groups' ? { ...person, placement: 'direct' } : person;
}

function assignPerson(person: PersonDraft, roles: Roles): readonly DirectoryAssignment[] {
  const roleIds: { readonly [P in Placement]: readonly string[] } = {
    groups: [],
    nested: [],
    unassigned: [],
    defaultAccessGroup: [],
    direct: [roles.user.id],
    both: [roles.access.id],
    twoRoles: [roles.user.id, roles.access.id],
    defaultAndRole: [defaultAccessRoleId, roles.user.id],
    defaultAccess: [defaultAccessRoleId],
    disabledRole: [roles.pilot.id],
  };
  return roleIds[person.placement].map((appRoleId) => ({
    principalId: person.user.id,
    principalType: 'User',
    appRoleId,
  }));
}

function assignGroup(
  { group, role }: GroupDraft,
  roles: Roles,
  index: number,
): readonly DirectoryAssignment[] {
  const ordinary = index % 4 === 0 ? roles.access.id : roles.user.id;
  const roleIds: { readonly [R in GroupRole]: readonly string[] } = {
    assigned: [ordinary],
    defaultAccess: [defaultAccessRoleId],
    disabledRole: [roles.pilot.id],
    unassigned: [],
  };
  return roleIds[role].map((appRoleId) => ({
    principalId: group.id,
    principalType: 'Group',
    appRoleId,
  }));
}
