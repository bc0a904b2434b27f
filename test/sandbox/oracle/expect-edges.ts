import type { TeamDocument, TeamDocumentGroup } from '../dropbox/team-types.ts';
import type { GroupDraft } from './expect-groups.ts';
import type { MemberDraft } from './expect-people.ts';
import type { ExpectedEdge } from './expected-team.ts';

/** Who is in a group in the end: what was there stays, and the direct members that are on the team by us are added. */
export function createEdgeExpectation(
  team: TeamDocument,
  members: readonly MemberDraft[],
): (group: GroupDraft) => readonly ExpectedEdge[] {
  const emailByUserId = new Map(
    members.flatMap(({ userId, email }) => (userId ? [[userId, email]] : [])),
  );
  // A member may be named by its id or by the address it had before.
  const emailByName = new Map(
    members.flatMap(({ before, email }) =>
      [before?.memberId, before?.email.toLowerCase()].flatMap((name) =>
        name ? [[name, email]] : [],
      ),
    ),
  );

  return ({ source, before }) => {
    const edges = new Map<string, ExpectedEdge>();
    const add = (email: string | undefined, edge: Omit<ExpectedEdge, 'email'>): void => {
      if (email && !edges.has(email)) edges.set(email, { email, ...edge });
    };
    for (const { name, accessType } of before ? edgesBefore(before, team) : []) {
      add(emailByName.get(name), { accessType, origin: 'before' });
    }
    const users = source?.members.filter((member) => member.kind === 'user') ?? [];
    for (const { id } of users) {
      add(emailByUserId.get(id), { accessType: 'member', origin: 'added' });
    }
    return [...edges.values()];
  };
}

interface EdgeBefore {
  /** Member id or address. */
  readonly name: string;
  readonly accessType: 'member' | 'owner';
}

/** A team document may list an edge with the group, with the member, or with both. */
function edgesBefore(group: TeamDocumentGroup, team: TeamDocument): readonly EdgeBefore[] {
  const ofGroup = (group.members ?? []).map(({ memberId, email, accessType = 'member' }) => ({
    name: memberId ?? email?.toLowerCase() ?? '',
    accessType,
  }));
  const ofMembers = team.members
    .filter(({ groups }) => groups?.some((key) => key === group.name || key === group.groupId))
    .map(({ email }) => ({ name: email.toLowerCase(), accessType: 'member' as const }));
  return [...ofGroup, ...ofMembers];
}
