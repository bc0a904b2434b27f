import type { DropboxState } from './call.ts';
import { ControlError } from './control-error.ts';
import { deleteGroup, editGroup, setMembership } from './group-actions.ts';
import type { Group } from './group.ts';
import {
  addDocumentGroup,
  addDocumentMember,
  findGroup,
  findNamed,
  refuseTaken,
} from './load-document.ts';
import {
  acceptInvitation,
  editMember,
  recoverMember,
  removeMember,
  suspendMember,
  unsuspendMember,
  type ActionContext,
} from './member-actions.ts';
import { isRecoverable, type Member } from './member.ts';
import { findRole, teamAdminRoleId } from './role-catalogue.ts';
import { isEveryone } from './team.ts';
import type { GroupName, MemberEdit, MemberName, TeamChange } from './team-types.ts';

export interface ChangeContext extends DropboxState, ActionContext {
  /** Where in the request the change stands, for the message. */
  readonly place: string;
}

/** Carries out what happens without the app. Throws a ControlError that names the field where it cannot. */
export function applyChange(context: ChangeContext, change: TeamChange): void {
  if (isMemberChange(change)) changeMember(context, change);
  else if (isGroupChange(change)) changeGroup(context, change);
  else if (isGrantChange(change)) changeGrants(context, change);
  else changeTeam(context, change);
}

function changeTeam(
  context: ChangeContext,
  change: Exclude<TeamChange, MemberChange | GroupChange | GrantChange>,
): void {
  const { team, now, place } = context;
  switch (change.op) {
    case 'acceptAll':
      for (const member of team.members.readAll()) acceptInvitation(context, member);
      return;
    case 'addMember':
      addDocumentMember(team, change.member, { now, place: `${place}.member` });
      return;
    case 'addGroup':
      addDocumentGroup(team, change.group, { now, place: `${place}.group` });
      return;
    case 'setLicences':
      team.setFacts({ ...team.readFacts(), licences: change.licences });
  }
}

const memberOps = [
  'acceptInvitation',
  'editMember',
  'suspendMember',
  'unsuspendMember',
  'removeMember',
  'recoverMember',
] as const;

type MemberChange = Extract<TeamChange, { readonly op: (typeof memberOps)[number] }>;

function isMemberChange(change: TeamChange): change is MemberChange {
  return memberOps.some((op) => op === change.op);
}

function changeMember(context: ChangeContext, change: MemberChange): void {
  const member = pickMember(context, change);
  switch (change.op) {
    case 'acceptInvitation':
      requireStatus(context, member, ['invited']);
      acceptInvitation(context, member);
      return;
    case 'editMember':
      applyEdit(context, member, change.set);
      return;
    case 'suspendMember':
      requireStatus(context, member, ['active']);
      suspendMember(context, member, false);
      return;
    case 'unsuspendMember':
      requireStatus(context, member, ['suspended']);
      unsuspendMember(context, member);
      return;
    case 'removeMember':
      requireStatus(context, member, ['active', 'invited', 'suspended']);
      removeMember(context, member, { wipeData: false, isFinal: false, isDisconnected: false });
      return;
    case 'recoverMember':
      if (!isRecoverable(member, context.now)) {
        throw new ControlError(`${context.place}: ${member.memberId} cannot be recovered`);
      }
      recoverMember(context, member);
  }
}

function pickMember(context: ChangeContext, name: MemberName, field = ''): Member {
  const place = `${context.place}${field}`;
  if (name.memberId === undefined && name.email === undefined) {
    throw new ControlError(`${place}: memberId or email is needed`);
  }
  const member = findNamed(context.team, name);
  if (member !== undefined) return member;
  const asked = name.memberId ?? name.email ?? '';
  const part = name.memberId === undefined ? 'email' : 'memberId';
  throw new ControlError(`${place}.${part}: no such member: ${asked}`);
}

function requireStatus(
  { place }: ChangeContext,
  member: Member,
  statuses: readonly Member['status'][],
): void {
  if (statuses.includes(member.status)) return;
  throw new ControlError(`${place}: ${member.memberId} is ${member.status}`);
}

function applyEdit(context: ChangeContext, member: Member, set: MemberEdit): void {
  const { givenName = member.givenName, surname = member.surname } = set;
  const { isDirectoryRestricted = member.isDirectoryRestricted } = set;
  const edited: Member = {
    ...member,
    givenName,
    surname,
    isDirectoryRestricted,
    email: (set.email ?? member.email).toLowerCase(),
    ...(set.externalId === undefined ? {} : { externalId: set.externalId || undefined }),
    ...(set.persistentId === undefined ? {} : { persistentId: set.persistentId || undefined }),
    roleId: readRole(set, member.roleId),
  };
  const place = `${context.place}.set`;
  refuseUnknownRole(edited, place);
  refuseTaken(context.team, edited, { now: context.now, place });
  editMember(context, member, edited);
}

function refuseUnknownRole({ roleId }: Member, place: string): void {
  if (roleId === undefined || findRole(roleId) !== undefined) return;
  throw new ControlError(`${place}.roles: no such role: ${roleId}`);
}

function readRole({ roles, isAdmin }: MemberEdit, before: string | undefined): string | undefined {
  if (roles !== undefined) return roles[0];
  if (isAdmin === undefined) return before;
  return isAdmin ? teamAdminRoleId : undefined;
}

const groupOps = ['editGroup', 'deleteGroup', 'addGroupMember', 'removeGroupMember'] as const;

type GroupChange = Extract<TeamChange, { readonly op: (typeof groupOps)[number] }>;

function isGroupChange(change: TeamChange): change is GroupChange {
  return groupOps.some((op) => op === change.op);
}

function changeGroup(context: ChangeContext, change: GroupChange): void {
  const group = pickGroup(context, change);
  switch (change.op) {
    case 'editGroup': {
      const { externalId, ...plain } = change.set;
      editGroup(context, group, {
        ...plain,
        ...(externalId === undefined ? {} : { externalId: externalId || undefined }),
      });
      return;
    }
    case 'deleteGroup':
      deleteGroup(context, group);
      return;
    case 'addGroupMember': {
      const member = pickMember(context, change.member, '.member');
      requireStatus(context, member, ['active', 'invited', 'suspended']);
      setMembership(context, group, { member, accessType: change.accessType ?? 'member' });
      return;
    }
    case 'removeGroupMember': {
      const member = pickMember(context, change.member, '.member');
      setMembership(context, group, { member, accessType: undefined });
    }
  }
}

function pickGroup(context: ChangeContext, name: GroupName): Group {
  const asked = name.groupId ?? name.name;
  if (asked === undefined) throw new ControlError(`${context.place}: groupId or name is needed`);
  const group = findGroup(context.team, asked);
  if (group === undefined) throw new ControlError(`${context.place}: no such group: ${asked}`);
  if (isEveryone(group)) {
    throw new ControlError(`${context.place}: the group of everybody cannot be changed`);
  }
  return group;
}

const grantOps = ['revokeRefreshToken', 'expireAccessTokens', 'removeScope', 'grantScope'] as const;

type GrantChange = Extract<TeamChange, { readonly op: (typeof grantOps)[number] }>;

function isGrantChange(change: TeamChange): change is GrantChange {
  return grantOps.some((op) => op === change.op);
}

/** All grants alike: there is one app. */
function changeGrants({ grants, settings }: ChangeContext, change: GrantChange): void {
  if (change.op === 'expireAccessTokens') grants.expireAccessTokens();
  if (change.op === 'grantScope' && settings.grantReaches === 'allTokens') {
    grants.widenAccessTokens(change.scope);
  }
  for (const grant of grants.readGrants()) {
    if (change.op === 'revokeRefreshToken') grants.putGrant({ ...grant, isRevoked: true });
    if (change.op === 'removeScope') {
      const scopes = grant.scopes.filter((scope) => scope !== change.scope);
      grants.putGrant({ ...grant, scopes });
    }
    if (change.op === 'grantScope') {
      const scopes = [...new Set([...grant.scopes, change.scope])];
      grants.putGrant({ ...grant, scopes });
    }
  }
}
