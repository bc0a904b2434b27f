import type { AccessType, Group } from './group.ts';
import { isPresent, isRecoverable, type Member } from './member.ts';
import { isEveryone, type Team } from './team.ts';
import type { TeamDocument, TeamDocumentEdge, TeamDocumentMember } from './team-types.ts';

/** The truth about the team in the shape that loads it: removed members too, under their old addresses, and everybody's group. */
export function dumpDocument(team: Team, now: number): TeamDocument {
  return {
    team: team.readFacts(),
    members: [...team.members.readAll()].map((member) => dumpMember(member, now)),
    groups: [...team.groups.readAll()]
      .filter(({ deletedAt }) => deletedAt === undefined)
      .map((group) => ({
        groupId: group.groupId,
        name: group.name,
        ...optional('externalId', group.externalId),
        management: group.management,
        members: dumpEdges(team, group),
      })),
  };
}

function dumpMember(member: Member, now: number): TeamDocumentMember {
  return {
    memberId: member.memberId,
    email: member.email,
    ...optional('externalId', member.externalId),
    ...optional('persistentId', member.persistentId),
    givenName: member.givenName,
    surname: member.surname,
    status: member.status,
    roles: member.roleId === undefined ? [] : [member.roleId],
    secondaryEmails: member.secondaryEmails,
    isDirectoryRestricted: member.isDirectoryRestricted,
    ...optional('invitedAt', member.invitedAt),
    ...optional('joinedAt', member.joinedAt),
    ...optional('suspendedAt', member.suspendedAt),
    ...optional('removedAt', member.removal?.at),
    ...(member.removal === undefined ? {} : { isRecoverable: isRecoverable(member, now) }),
    ...optional('wipeData', member.wipeData),
    invitationsMailed: member.invitationsMailed,
  };
}

/** A field that is left out where there is no value. */
function optional<K extends string, V>(
  name: K,
  value: V | undefined,
): { readonly [P in K]?: V } | Record<never, never> {
  return value === undefined ? {} : { [name]: value };
}

function dumpEdges(team: Team, group: Group): readonly TeamDocumentEdge[] {
  if (isEveryone(group)) {
    const everybody = [...team.members.readAll()].filter(isPresent);
    return everybody.map((member) => dumpEdge(member, 'member'));
  }
  return [...team.groups.readEdges(group.groupId)].flatMap(([memberId, accessType]) => {
    const member = team.members.readById(memberId);
    return member === undefined ? [] : [dumpEdge(member, accessType)];
  });
}

function dumpEdge({ memberId, email }: Member, accessType: AccessType): TeamDocumentEdge {
  return { memberId, email, accessType };
}
