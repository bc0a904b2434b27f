import type { TeamEvent } from './event-log.ts';
import type { AccessType, Group } from './group.ts';
import type { ActionContext } from './member-actions.ts';
import type { Member } from './member.ts';

/** Puts a new, empty group on the team. */
export function createGroup(
  context: ActionContext,
  facts: Pick<Group, 'name' | 'externalId' | 'management'>,
): Group {
  const { team, now } = context;
  const group: Group = { ...facts, groupId: team.makeGroupId(), createdAt: now };
  team.groups.put(group);
  note(context, group, 'group_create', {
    is_company_managed: group.management === 'company_managed',
  });
  return group;
}

/** Changes name, external id or management; owners become members where a company-managed group may have none. */
export function editGroup(context: ActionContext, group: Group, changes: Partial<Group>): Group {
  const { team, settings } = context;
  const edited: Group = { ...group, ...changes };
  team.groups.put(edited);
  if (edited.name !== group.name) {
    note(context, group, 'group_rename', { previous_value: group.name, new_value: edited.name });
  }
  noteExternalId(context, group, edited.externalId);
  if (edited.management !== group.management) {
    note(context, group, 'group_change_management_type', {
      previous_value: { '.tag': group.management },
      new_value: { '.tag': edited.management },
    });
    if (edited.management === 'company_managed' && settings.ownersTurnedCompany === 'demoted') {
      demoteOwners(context, edited);
    }
  }
  return edited;
}

function noteExternalId(context: ActionContext, group: Group, after: string | undefined): void {
  const before = group.externalId;
  if (before === after) return;
  if (after === undefined) {
    note(context, group, 'group_remove_external_id', { previous_value: before });
  } else if (before === undefined) {
    note(context, group, 'group_add_external_id', { new_value: after });
  } else {
    note(context, group, 'group_change_external_id', { previous_value: before, new_value: after });
  }
}

function demoteOwners({ team }: ActionContext, group: Group): void {
  for (const [memberId, accessType] of team.groups.readEdges(group.groupId)) {
    if (accessType === 'owner') team.groups.setEdge(group.groupId, memberId, 'member');
  }
}

/** The group is invisible at once, and nobody is in it any more. */
export function deleteGroup(context: ActionContext, group: Group): void {
  const { team, now } = context;
  for (const memberId of team.groups.readEdges(group.groupId).keys()) {
    team.setMembership(group, { memberId }, undefined);
  }
  team.groups.put({ ...group, deletedAt: now });
  note(context, group, 'group_delete', {
    is_company_managed: group.management === 'company_managed',
  });
}

/** Undefined takes the member out of the group. */
export function setMembership(
  context: ActionContext,
  group: Group,
  edge: { readonly member: Member; readonly accessType: AccessType | undefined },
): void {
  const { member, accessType } = edge;
  const before = context.team.groups.readEdges(group.groupId).get(member.memberId);
  context.team.setMembership(group, member, accessType);
  context.events.add({
    category: 'groups',
    type: nameEdgeEvent(before, accessType),
    details: accessType === undefined ? {} : { is_group_owner: accessType === 'owner' },
    actor: context.actor,
    groupId: group.groupId,
    memberId: member.memberId,
  });
}

function nameEdgeEvent(before: AccessType | undefined, after: AccessType | undefined): string {
  if (after === undefined) return 'group_remove_member';
  return before === undefined ? 'group_add_member' : 'group_change_member_role';
}

function note(
  { events, actor }: ActionContext,
  { groupId }: Group,
  type: string,
  details: TeamEvent['details'],
): void {
  events.add({ category: 'groups', type, details, actor, groupId });
}
