import type { AccessType, Group } from './group.ts';
import { isRecoverable, type Member } from './member.ts';
import { findRole, type Role } from './role-catalogue.ts';
import type { DropboxSettings } from './settings.ts';
import type { Team } from './team.ts';

/** A value of a Stone union. */
export interface Tagged {
  readonly '.tag': string;
  readonly [name: string]: unknown;
}

export interface WireContext {
  readonly team: Team;
  readonly settings: DropboxSettings;
  readonly now: number;
  /** Passes a value of an open union through, or replaces it with one that no client knows. */
  readonly openTag: (value: Tagged) => Tagged;
}

/** TeamMemberInfoV2: the profile with groups and folders, and the roles. */
export function toMemberInfo(context: WireContext, member: Member) {
  return { profile: toTeamProfile(context, member), roles: toRoles(member) };
}

/** TeamMemberProfile. */
export function toTeamProfile(context: WireContext, member: Member) {
  return {
    ...toProfile(context, member),
    groups: toGroupIds(context, member),
    member_folder_id: String(7_100_000_000 + member.number),
    root_folder_id: String(3_100_000_000 + member.number),
  };
}

function toGroupIds({ team, settings }: WireContext, member: Member): readonly string[] {
  if (member.status === 'removed') return [];
  const everyone = settings.everyoneInProfiles ? team.readEveryoneGroup() : undefined;
  return everyone === undefined ? member.groupIds : [...member.groupIds, everyone.groupId];
}

/** MemberProfile, as groups show it. What is unset is left out, which JSON does by itself for undefined. */
function toProfile(context: WireContext, member: Member) {
  const { settings } = context;
  const hasAccount = member.status !== 'invited' || settings.invitedHasAccountId;
  return {
    team_member_id: member.memberId,
    external_id: member.externalId,
    account_id: hasAccount ? member.accountId : undefined,
    email: toAddress(context, member),
    email_verified: member.emailVerified,
    secondary_emails: toSecondaryEmails(member),
    status: toStatus(context, member),
    name: toName(member),
    membership_type: context.openTag({ '.tag': 'full' }),
    invited_on: toTimestamp(member.invitedAt),
    joined_on: toTimestamp(member.joinedAt),
    suspended_on: toTimestamp(member.suspendedAt),
    persistent_id: member.persistentId,
    is_directory_restricted: member.isDirectoryRestricted ? true : undefined,
  };
}

/** A removed member's address, where the settings say that Dropbox rewrites it. */
export function rewriteAddress(member: Member): string {
  const at = member.email.lastIndexOf('@');
  const mark = `#removed-${member.number}`;
  return `${member.email.slice(0, at)}${mark}${member.email.slice(at)}`;
}

function toAddress({ settings }: WireContext, member: Member): string {
  const isRewritten = member.status === 'removed' && settings.removedAddress === 'rewritten';
  return isRewritten ? rewriteAddress(member) : member.email;
}

function toSecondaryEmails({ secondaryEmails }: Member) {
  if (secondaryEmails.length === 0) return undefined;
  return secondaryEmails.map(({ email, isVerified }) => ({ email, is_verified: isVerified }));
}

function toStatus({ now }: WireContext, member: Member): Tagged {
  if (member.removal === undefined) return { '.tag': member.status };
  return {
    '.tag': 'removed',
    is_recoverable: isRecoverable(member, now),
    is_disconnected: member.removal.isDisconnected,
  };
}

function toName({ givenName, surname }: Member) {
  const initials = `${givenName.slice(0, 1)}${surname.slice(0, 1)}`.toUpperCase();
  return {
    given_name: givenName,
    surname,
    familiar_name: givenName,
    display_name: `${givenName} ${surname}`.trim(),
    abbreviated_name: initials,
  };
}

/** TeamMemberRole, none or one; empty for an ordinary member. */
export function toRoles({ roleId }: Member): readonly Role[] {
  const role = roleId === undefined ? undefined : findRole(roleId);
  return role === undefined ? [] : [role];
}

/** Whole seconds, as Dropbox writes them. */
export function toTimestamp(at: number): string;
export function toTimestamp(at: number | undefined): string | undefined;
export function toTimestamp(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** GroupSummary. `memberCount` is given because list routes may be behind. */
export function toGroupSummary({ openTag }: WireContext, group: Group, memberCount: number) {
  return {
    group_name: group.name,
    group_id: group.groupId,
    group_external_id: group.externalId,
    member_count: memberCount,
    group_management_type: openTag({ '.tag': group.management }),
  };
}

/** GroupFullInfo; the members of a system group are never told. */
export function toGroupInfo(context: WireContext, group: Group, withMembers: boolean) {
  const { team } = context;
  const isTold = withMembers && group.management !== 'system_managed';
  return {
    ...toGroupSummary(context, group, countMembers(team, group)),
    members: isTold ? toGroupMembers(context, group) : undefined,
    created: group.createdAt,
  };
}

/** How many are in the group now; everybody on the team for the system group. */
export function countMembers({ groups, members }: Team, group: Group): number {
  const isEverybody = group.management === 'system_managed';
  return isEverybody ? members.countSeats() : groups.readEdges(group.groupId).size;
}

function toGroupMembers(context: WireContext, group: Group) {
  const { groups, members } = context.team;
  const edges = groups.readEdges(group.groupId);
  return groups.readEdgeOrder(group.groupId, edges).flatMap((memberId) => {
    const member = members.readById(memberId);
    return member === undefined
      ? []
      : [toGroupMember(context, member, edges.get(memberId) ?? 'member')];
  });
}

/** GroupMemberInfo. */
export function toGroupMember(context: WireContext, member: Member, accessType: AccessType) {
  return { profile: toProfile(context, member), access_type: { '.tag': accessType } };
}
