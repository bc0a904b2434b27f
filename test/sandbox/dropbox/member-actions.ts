import type { EventLog, TeamEvent } from './event-log.ts';
import { recoverWindowMs } from './load-document.ts';
import type { Member } from './member.ts';
import type { DropboxSettings } from './settings.ts';
import type { Team } from './team.ts';

/** What an action needs; `actor` is who the activity log says did it. */
export interface ActionContext {
  readonly team: Team;
  readonly events: EventLog;
  readonly settings: DropboxSettings;
  readonly now: number;
  readonly actor: TeamEvent['actor'];
}

export interface Removal {
  readonly wipeData: boolean;
  readonly isFinal: boolean;
  readonly isDisconnected: boolean;
}

/** Puts a newly invited member on the team. */
export function addMember(context: ActionContext, member: Member): Member {
  context.team.members.put(member);
  noteStatus(context, member, { before: 'not_joined', after: member.status });
  return member;
}

/** The invited person joins. Anybody else stays as they are. */
export function acceptInvitation(context: ActionContext, member: Member): Member {
  if (member.status !== 'invited') return member;
  return changeStatus({ ...context, actor: 'member' }, member, {
    status: 'active',
    invitedAt: undefined,
    joinedAt: context.now,
    emailVerified: true,
  });
}

/** From whatever status; the caller has looked. */
export function suspendMember(context: ActionContext, member: Member, wipeData: boolean): Member {
  return changeStatus(context, member, {
    status: 'suspended',
    suspendedAt: context.now,
    wipeData,
  });
}

/** The opposite; groups and seat were never lost. */
export function unsuspendMember(context: ActionContext, member: Member): Member {
  return changeStatus(context, member, { status: 'active', suspendedAt: undefined });
}

/** Takes the member off the team and out of all groups. An invitation is only cancelled, as the settings say. */
export function removeMember(context: ActionContext, member: Member, removal: Removal): Member {
  const { team, settings, now } = context;
  if (member.status === 'removed') return member;
  const earlierGroups = member.groupIds.map((groupId) => ({
    groupId,
    accessType: team.groups.readEdges(groupId).get(member.memberId) ?? ('member' as const),
  }));
  for (const groupId of member.groupIds) {
    team.groups.setEdge(groupId, member.memberId, undefined);
  }
  const isInvitation = member.status === 'invited';
  const isRecoverable =
    !removal.isFinal &&
    !removal.isDisconnected &&
    (!isInvitation || settings.removedInvitation === 'recoverable');
  return changeStatus(context, member, {
    status: 'removed',
    groupIds: [],
    invitedAt: undefined,
    suspendedAt: undefined,
    wipeData: removal.wipeData,
    removal: {
      at: now,
      recoverableUntil: isRecoverable ? now + recoverWindowMs : undefined,
      earlierStatus: member.status,
      earlierGroups,
      isDisconnected: removal.isDisconnected,
      isGone: isInvitation && settings.removedInvitation === 'gone',
    },
  });
}

/** Brings a removed member back under the same id, with or without the groups as the settings say. */
export function recoverMember(context: ActionContext, member: Member): Member {
  const { team, settings, now } = context;
  if (member.removal === undefined) return member;
  const { earlierStatus, earlierGroups } = member.removal;
  const status = settings.recoveredStatus === 'earlier' ? earlierStatus : 'active';
  changeStatus(context, member, {
    status,
    removal: undefined,
    wipeData: undefined,
    invitedAt: status === 'invited' ? now : undefined,
    joinedAt: status === 'invited' ? undefined : (member.joinedAt ?? now),
    suspendedAt: status === 'suspended' ? now : undefined,
  });
  if (settings.recoverRestoresGroups) restoreGroups(team, member, earlierGroups);
  return team.members.readById(member.memberId) ?? member;
}

function restoreGroups(team: Team, member: Member, earlier: EarlierGroups): void {
  for (const { groupId, accessType } of earlier) {
    const group = team.groups.readById(groupId);
    if (group !== undefined && group.deletedAt === undefined) {
      team.setMembership(group, member, accessType);
    }
  }
}

type EarlierGroups = NonNullable<Member['removal']>['earlierGroups'];

/** Changes facts that are not the status, and notes each of them in the activity log. */
export function editMember(
  context: ActionContext,
  member: Member,
  changes: Partial<Member>,
): Member {
  const edited: Member = { ...member, ...changes };
  context.team.members.put(edited);
  if (edited.email !== member.email) {
    note(context, member, 'member_change_email', {
      previous_value: member.email,
      new_value: edited.email,
    });
  }
  if (edited.givenName !== member.givenName || edited.surname !== member.surname) {
    note(context, member, 'member_change_name', {
      previous_value: { given_name: member.givenName, surname: member.surname },
      new_value: { given_name: edited.givenName, surname: edited.surname },
    });
  }
  noteExternalId(context, member, edited.externalId);
  if (edited.roleId !== member.roleId) note(context, member, 'member_change_admin_role', {});
  return edited;
}

function noteExternalId(context: ActionContext, member: Member, after: string | undefined): void {
  const before = member.externalId;
  if (before === after) return;
  if (after === undefined) {
    note(context, member, 'member_remove_external_id', { previous_value: before });
  } else if (before === undefined) {
    note(context, member, 'member_add_external_id', { new_value: after });
  } else {
    note(context, member, 'member_change_external_id', {
      previous_value: before,
      new_value: after,
    });
  }
}

function changeStatus(context: ActionContext, member: Member, changes: Partial<Member>): Member {
  const changed: Member = { ...member, ...changes };
  context.team.members.put(changed);
  noteStatus(context, member, { before: member.status, after: changed.status });
  return changed;
}

function noteStatus(
  context: ActionContext,
  member: Member,
  { before, after }: { readonly before: string; readonly after: string },
): void {
  note(context, member, 'member_change_status', {
    previous_value: { '.tag': before },
    new_value: { '.tag': after },
  });
}

function note(
  { events, actor }: ActionContext,
  { memberId }: Member,
  type: string,
  details: TeamEvent['details'],
): void {
  events.add({ category: 'members', type, details, actor, memberId });
}
