import type { EmulatorClock } from '../wire/emulator-parts.ts';
import { ControlError } from './control-error.ts';
import type { Group } from './group.ts';
import { buildMember, isReserving, type Member } from './member.ts';
import { findRole, teamAdminRoleId } from './role-catalogue.ts';
import { isEveryone, type Team } from './team.ts';
import type { TeamDocument, TeamDocumentGroup, TeamDocumentMember } from './team-types.ts';

/** Seven days, as Dropbox documents. */
export const recoverWindowMs = 7 * 24 * 60 * 60 * 1000;

/** Replaces the whole team. Throws a ControlError that names the field where the document contradicts itself; the team is then half loaded. */
export function loadDocument(team: Team, document: TeamDocument, clock: EmulatorClock): void {
  team.clear();
  team.setFacts(document.team);
  document.members.forEach((member, index) => {
    addDocumentMember(team, member, { now: clock.now(), place: `members.${index}` });
  });
  document.groups.forEach((group, index) => {
    addDocumentGroup(team, group, { now: clock.now(), place: `groups.${index}` });
  });
  if (team.readEveryoneGroup() === undefined) {
    team.groups.put({
      groupId: team.makeGroupId(),
      name: `Everyone at ${document.team.name}`,
      management: 'system_managed',
      createdAt: clock.now(),
    });
  }
  document.members.forEach((member, index) => {
    for (const name of member.groups ?? []) {
      joinGroup(team, name, member, `members.${index}.groups`);
    }
  });
  team.forgetPast();
}

interface Place {
  readonly now: number;
  /** Where in the document, for the message. */
  readonly place: string;
}

/** Adds one member as the document describes it. Throws a ControlError where its address or an id is taken. */
export function addDocumentMember(
  team: Team,
  source: TeamDocumentMember,
  { now, place }: Place,
): Member {
  const { memberId, ...made } = team.makeMemberIds();
  const member = buildMember(
    { ...made, memberId: source.memberId ?? memberId },
    {
      email: source.email.toLowerCase(),
      emailVerified: source.joinedAt !== undefined || source.status !== 'invited',
      givenName: source.givenName,
      surname: source.surname,
      externalId: source.externalId,
      persistentId: source.persistentId,
      secondaryEmails: (source.secondaryEmails ?? []).map(({ email, isVerified }) => ({
        email: email.toLowerCase(),
        isVerified,
      })),
      isDirectoryRestricted: source.isDirectoryRestricted ?? false,
      roleId: readRole(source, place),
      ...readLifecycle(source, now),
    },
  );
  refuseTaken(team, member, { now, place });
  team.members.put(member);
  return member;
}

function readRole(source: TeamDocumentMember, place: string): string | undefined {
  const [roleId] = source.roles ?? (source.isAdmin === true ? [teamAdminRoleId] : []);
  if (roleId !== undefined && findRole(roleId) === undefined) {
    throw new ControlError(`${place}.roles: no such role: ${roleId}`);
  }
  return roleId;
}

function readLifecycle(source: TeamDocumentMember, now: number): Partial<Member> {
  const joinedAt = source.joinedAt ?? now;
  switch (source.status) {
    case 'invited':
      return { status: 'invited', invitedAt: source.invitedAt ?? now };
    case 'active':
      return { status: 'active', joinedAt };
    case 'suspended':
      return { status: 'suspended', joinedAt, suspendedAt: source.suspendedAt ?? now };
    case 'removed': {
      const at = source.removedAt ?? now;
      const recoverableUntil = source.isRecoverable === false ? undefined : at + recoverWindowMs;
      return {
        status: 'removed',
        joinedAt,
        removal: {
          at,
          recoverableUntil,
          earlierStatus: 'active',
          earlierGroups: [],
          isDisconnected: false,
          isGone: false,
        },
      };
    }
  }
}

/** Throws where a key of this member belongs to somebody else on the team. */
export function refuseTaken(team: Team, member: Member, { now, place }: Place): void {
  const { members } = team;
  if (!isReserving(member, now)) return;
  const addresses = [member.email, ...member.secondaryEmails.map(({ email }) => email)];
  const rivals: readonly (readonly [string, Member | undefined])[] = [
    ...addresses.map((address) => ['email', members.readByAddress(address)] as const),
    ['externalId', members.readByExternalId(member.externalId ?? '')],
    ['persistentId', members.readByPersistentId(member.persistentId ?? '')],
  ];
  for (const [field, rival] of rivals) {
    if (rival !== undefined && rival.memberId !== member.memberId) {
      throw new ControlError(`${place}.${field}: already used by ${rival.memberId}`);
    }
  }
}

/** Adds one group with its members. Throws a ControlError where a member is unknown or the name or an id is taken. */
export function addDocumentGroup(
  team: Team,
  source: TeamDocumentGroup,
  { now, place }: Place,
): Group {
  const { groupId = team.makeGroupId(), members = [], ...facts } = source;
  if (source.management === 'system_managed' && team.readEveryoneGroup() !== undefined) {
    throw new ControlError(`${place}.management: there is one system group already`);
  }
  if (team.groups.readById(groupId) !== undefined || isTaken(team, source)) {
    throw new ControlError(`${place}: a group has the same groupId, name or externalId`);
  }
  const group: Group = { groupId, ...facts, createdAt: now };
  team.groups.put(group);
  if (isEveryone(group)) return group;
  members.forEach((edge, index) => {
    const member = findNamed(team, edge);
    if (member === undefined || member.status === 'removed') {
      throw new ControlError(
        `${place}.members.${index}: nobody on the team has that id or address`,
      );
    }
    team.setMembership(group, member, edge.accessType ?? 'member');
  });
  return group;
}

function isTaken(team: Team, source: TeamDocumentGroup): boolean {
  for (const group of team.groups.readAll()) {
    const isSameName = group.name === source.name && group.deletedAt === undefined;
    if (isSameName) return true;
  }
  return team.groups.readByExternalId(source.externalId ?? '') !== undefined;
}

function joinGroup(team: Team, name: string, source: TeamDocumentMember, place: string): void {
  const group = findGroup(team, name);
  const member = findNamed(team, source);
  if (group === undefined || isEveryone(group)) {
    throw new ControlError(`${place}: no such group: ${name}`);
  }
  if (member === undefined || member.status === 'removed') {
    throw new ControlError(`${place}: a removed member is in no group`);
  }
  if (member.groupIds.includes(group.groupId)) return;
  team.setMembership(group, member, 'member');
}

/** By id, else by main or second address; who is gone for good is found by id only. */
export function findNamed(
  team: Team,
  name: { readonly memberId?: string; readonly email?: string },
): Member | undefined {
  if (name.memberId !== undefined) return team.members.readById(name.memberId);
  return team.members.readByAddress((name.email ?? '').toLowerCase());
}

/** By id, else by exact name; deleted groups are not found. */
export function findGroup(team: Team, nameOrId: string): Group | undefined {
  for (const group of team.groups.readAll()) {
    const isNamed = group.groupId === nameOrId || group.name === nameOrId;
    if (isNamed && group.deletedAt === undefined) return group;
  }
  return undefined;
}
