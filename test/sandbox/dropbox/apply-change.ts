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
    case 'editGroup':
    case 'deleteGroup':
    case 'addGroupMember':
    case 'removeGroupMember':
      changeGroup(context, change);
      return;
    case 'setLicences':
      team.setFacts({ ...team.readFacts(), licences: change.licences });
      return;
    case 'revokeRefreshToken':
    case 'expireAccessTokens':
    case 'removeScope':
    case 'grantScope':
      changeGrants(context, change);
      return;
    default:
      changeMember(context, change);
  }
}

function changeMember(
  context: ChangeContext,
  change: Exclude<
    TeamChange,
    | { readonly op: 'acceptAll' | 'addMember' | 'addGroup' | 'setLicences' }
    | GroupChange
    | GrantChange
  >,
): void {
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
  const { email, externalId, persistentId, roles, isAdmin, ...plain } = set;
  const edited: Partial<Member> = {
    ...plain,
    ...(email === undefined ? {} : { email: email.toLowerCase() }),
    ...(externalId === undefined ? {} : { externalId: externalId || undefined }),
    ...(persistentId === undefined ? {} : { persistentId: persistentId || undefined }),
    ...(isAdmin === undefined ? {} : { roleId: isAdmin ? teamAdminRoleId : undefined }),
    ...(roles === undefined ? {} : { roleId: roles[0] }),
  };
  if (edited.roleId !== undefined && findRole(edited.roleId) === undefined) {
    throw new ControlError(`${context.place}.set.roles: no such role: ${edited.roleId}`);
  }
  const place = `${context.place}.set`;
  refuseTaken(context.team, { ...member, ...edited }, { now: context.now, place });
  editMember(context, member, edited);
}

type GroupChange = Extract<
  TeamChange,
  { readonly op: 'editGroup' | 'deleteGroup' | 'addGroupMember' | 'removeGroupMember' }
>;

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

type GrantChange = Extract<
  TeamChange,
  { readonly op: 'revokeRefreshToken' | 'expireAccessTokens' | 'removeScope' | 'grantScope' }
>;

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
