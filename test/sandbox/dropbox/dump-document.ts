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
        ...(group.externalId === undefined ? {} : { externalId: group.externalId }),
        management: group.management,
        members: dumpEdges(team, group),
      })),
  };
}

function dumpMember(member: Member, now: number): TeamDocumentMember {
  const { externalId, persistentId, roleId, wipeData } = member;
  return {
    memberId: member.memberId,
    email: member.email,
    ...(externalId === undefined ? {} : { externalId }),
    ...(persistentId === undefined ? {} : { persistentId }),
    givenName: member.givenName,
    surname: member.surname,
    status: member.status,
    roles: roleId === undefined ? [] : [roleId],
    secondaryEmails: member.secondaryEmails,
    isDirectoryRestricted: member.isDirectoryRestricted,
    ...dumpTimes(member, now),
    ...(wipeData === undefined ? {} : { wipeData }),
    invitationsMailed: member.invitationsMailed,
  };
}

function dumpTimes(member: Member, now: number): Partial<TeamDocumentMember> {
  const { invitedAt, joinedAt, suspendedAt, removal } = member;
  return {
    ...(invitedAt === undefined ? {} : { invitedAt }),
    ...(joinedAt === undefined ? {} : { joinedAt }),
    ...(suspendedAt === undefined ? {} : { suspendedAt }),
    ...(removal === undefined
      ? {}
      : { removedAt: removal.at, isRecoverable: isRecoverable(member, now) }),
  };
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
