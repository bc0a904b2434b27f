import type {
  Directory,
  DirectoryAppRole,
  DirectoryAssignment,
  DirectoryGroup,
  DirectoryUser,
} from '../entra/directory-types.ts';
import type { TeamDocument, TeamDocumentGroup, TeamDocumentMember } from '../dropbox/team-types.ts';

/** Names stand for ids here: the oracle does not look into an id. */
interface Words {
  readonly users?: { readonly [name: string]: Omit<DirectoryUser, 'id'> };
  /** Members by name; a group may also be given whole. */
  readonly groups?: {
    readonly [name: string]: readonly string[] | Partial<DirectoryGroup>;
  };
  /** Principal by name, role by name (`default` for Default Access); `user` where it is left out. */
  readonly assigned?: readonly (string | readonly [string, string])[];
  readonly roles?: readonly DirectoryAppRole[];
  readonly members?: readonly Partial<TeamDocumentMember>[];
  readonly teamGroups?: readonly Partial<TeamDocumentGroup>[];
}

const usualRoles: readonly DirectoryAppRole[] = [
  { id: 'user', displayName: 'User' },
  { id: 'off', displayName: 'Off', isEnabled: false },
  { id: 'machine', displayName: 'Machine', allowedMemberTypes: ['Application'] },
];

/** A small tenant and team in few words: whoever is not described otherwise is an ordinary person with a mailbox. */
export function worldInWords(words: Words): {
  readonly directory: Directory;
  readonly team: TeamDocument;
} {
  const groups = Object.entries(words.groups ?? {}).map(([id, group]) => toGroup(id, group));
  const groupIds = new Set(groups.map(({ id }) => id));
  const assignments = (words.assigned ?? []).map((assignment): DirectoryAssignment => {
    const [principalId, role] =
      typeof assignment === 'string' ? [assignment, 'user'] : [assignment[0], assignment[1]];
    const appRoleId = role === 'default' ? '00000000-0000-0000-0000-000000000000' : role;
    return { principalId, principalType: groupIds.has(principalId) ? 'Group' : 'User', appRoleId };
  });
  return {
    directory: {
      tenantId: 'tenant',
      users: Object.entries(words.users ?? {}).map(([id, set]) => toUser(id, set)),
      groups,
      app: {
        id: 'app',
        appId: 'client',
        displayName: 'Dropbox',
        appRoles: words.roles ?? usualRoles,
      },
      assignments,
    },
    team: {
      team: { id: 'dbtid:1', name: 'Team', licences: 100 },
      members: (words.members ?? []).map(toMember),
      groups: (words.teamGroups ?? []).map((group) => ({
        name: 'Group',
        management: 'company_managed',
        ...group,
      })),
    },
  };
}

function toUser(id: string, set: Omit<DirectoryUser, 'id'>): DirectoryUser {
  return {
    id,
    userPrincipalName: `${id}@corp.example`,
    mail: `${id}@corp.example`,
    givenName: id,
    surname: 'Smith',
    accountEnabled: true,
    ...set,
  };
}

function toGroup(id: string, group: readonly string[] | Partial<DirectoryGroup>): DirectoryGroup {
  if (!isNameList(group)) return { displayName: id, members: [], ...group, id };
  return { id, displayName: id, members: group.map((name) => ({ id: name, kind: 'user' })) };
}

function isNameList(
  group: readonly string[] | Partial<DirectoryGroup>,
): group is readonly string[] {
  return Array.isArray(group);
}

function toMember(set: Partial<TeamDocumentMember>): TeamDocumentMember {
  const email = set.email ?? 'somebody@corp.example';
  return { email, givenName: 'Some', surname: 'Body', status: 'active', ...set };
}
