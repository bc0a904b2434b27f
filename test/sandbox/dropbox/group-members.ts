import { z } from 'zod';

import {
  groupSelector,
  readSelectorValue,
  userSelector,
  voidUnion,
  type GroupSelector,
  type UserSelector,
} from './argument.ts';
import {
  answerWrite,
  changedGroup,
  endpoint,
  refuse,
  type AuthorizedCall,
  type Endpoint,
  type Outcome,
} from './call.ts';
import { setMembership } from './group-actions.ts';
import { toGroupItem } from './group-reads.ts';
import type { AccessType, Group } from './group.ts';
import { selectGroup } from './groups.ts';
import type { Member } from './member.ts';
import { selectMember } from './select-member.ts';
import { toGroupInfo } from './to-wire.ts';

const accessType = voidUnion(['member', 'owner']);

const addArgument = z.strictObject({
  group: groupSelector,
  members: z.array(z.strictObject({ user: userSelector, access_type: accessType })),
  return_members: z.boolean().default(true),
});

const removeArgument = z.strictObject({
  group: groupSelector,
  users: z.array(userSelector),
  return_members: z.boolean().default(true),
});

const accessTypeArgument = z.strictObject({
  group: groupSelector,
  user: userSelector,
  access_type: accessType,
  return_members: z.boolean().default(true),
});

/** Who is in a group. One bad entry fails the whole call. */
export const groupMembers: { readonly [route: string]: Endpoint } = {
  '/2/team/groups/members/add': endpoint('groups.write', addArgument, add),
  '/2/team/groups/members/remove': endpoint('groups.write', removeArgument, remove),
  '/2/team/groups/members/set_access_type': endpoint(
    'groups.write',
    accessTypeArgument,
    setAccessType,
  ),
};

function add(call: AuthorizedCall, argument: z.infer<typeof addArgument>): Outcome {
  return changeMembers(call, argument, (group) => {
    const { groupMembersMax } = call.settings;
    if (groupMembersMax > 0 && argument.members.length > groupMembersMax) {
      const text = `request body: members: more than ${groupMembersMax} items`;
      return { kind: 'badRequest', text };
    }
    const found = selectAll(
      call,
      argument.members.map(({ user }) => user),
    );
    if (found.kind === 'refused') return found.outcome;
    const entries = found.members.map((member, index) => ({
      member,
      accessType: argument.members[index]?.access_type['.tag'] ?? ('member' as const),
    }));
    const refusal = findOwnerRefusal(group, entries) ?? findDuplicate(call, group, found.members);
    if (refusal !== undefined) return refusal;
    for (const entry of entries) setMembership(call, group, entry);
    return undefined;
  });
}

function remove(call: AuthorizedCall, argument: z.infer<typeof removeArgument>): Outcome {
  return changeMembers(call, argument, (group) => {
    const found = selectAll(call, argument.users);
    if (found.kind === 'refused') return found.outcome;
    const edges = call.team.groups.readEdges(group.groupId);
    const isAllIn = found.members.every(({ memberId }) => edges.has(memberId));
    if (!isAllIn) return refuse('member_not_in_group');
    for (const member of found.members)
      setMembership(call, group, { member, accessType: undefined });
    return undefined;
  });
}

/** Finds the group, lets `change` do its work or refuse, and answers with the group and a job id that is none. */
function changeMembers(
  call: AuthorizedCall,
  argument: { readonly group: GroupSelector; readonly return_members: boolean },
  change: (group: Group) => Outcome | undefined,
): Outcome {
  const group = selectGroup(call, argument.group);
  if (group === undefined) return refuse('group_not_found');
  if (group.management === 'system_managed') return refuse('system_managed_group_disallowed');
  if (call.isGroupBusy(group.groupId)) return { kind: 'busy' };
  const refusal = change(group);
  if (refusal !== undefined) return refusal;
  const value = {
    group_info: toGroupInfo(call, group, argument.return_members),
    async_job_id: ' ',
  };
  return answerWrite(value, [changedGroup(group)]);
}

type FoundMembers =
  | { readonly kind: 'found'; readonly members: readonly Member[] }
  | { readonly kind: 'refused'; readonly outcome: Outcome };

function selectAll(call: AuthorizedCall, selectors: readonly UserSelector[]): FoundMembers {
  const all = selectors.map((selector) => ({ selector, selected: selectMember(call, selector) }));
  const missing = all.filter(({ selected }) => selected.kind === 'missing');
  if (missing.length > 0) return refuseAll('users_not_found', missing);
  const removed = all.filter(({ selected }) => selected.kind === 'removed');
  if (removed.length > 0) return refuseAll('members_not_in_team', removed);
  const members = all.flatMap(({ selected }) =>
    selected.kind === 'missing' ? [] : [selected.member],
  );
  return { kind: 'found', members };
}

function refuseAll(
  tag: string,
  offenders: readonly { readonly selector: UserSelector }[],
): FoundMembers {
  const values = offenders.map(({ selector }) => readSelectorValue(selector));
  return { kind: 'refused', outcome: refuse(tag, { [tag]: values }) };
}

interface Entry {
  readonly member: Member;
  readonly accessType: AccessType;
}

function findOwnerRefusal(group: Group, entries: readonly Entry[]): Outcome | undefined {
  const owners = entries.filter((entry) => entry.accessType === 'owner');
  if (owners.length === 0) return undefined;
  if (group.management === 'company_managed') {
    const tag = 'user_cannot_be_manager_of_company_managed_group';
    return refuse(tag, { [tag]: owners.map(({ member }) => member.memberId) });
  }
  const isAllActive = owners.every(({ member }) => member.status === 'active');
  return isAllActive ? undefined : refuse('user_must_be_active_to_be_owner');
}

/** Somebody who is in the group already, or is named twice. */
function findDuplicate(
  { team }: AuthorizedCall,
  group: Group,
  members: readonly Member[],
): Outcome | undefined {
  const edges = team.groups.readEdges(group.groupId);
  const ids = members.map(({ memberId }) => memberId);
  const isDuplicate = new Set(ids).size < ids.length || ids.some((id) => edges.has(id));
  return isDuplicate ? refuse('duplicate_user') : undefined;
}

function setAccessType(
  call: AuthorizedCall,
  argument: z.infer<typeof accessTypeArgument>,
): Outcome {
  const group = selectGroup(call, argument.group);
  if (group === undefined) return refuse('group_not_found');
  if (group.management === 'system_managed') return refuse('system_managed_group_disallowed');
  if (call.isGroupBusy(group.groupId)) return { kind: 'busy' };
  const selected = selectMember(call, argument.user);
  const edges = call.team.groups.readEdges(group.groupId);
  if (selected.kind !== 'present' || !edges.has(selected.member.memberId)) {
    return refuse('member_not_in_group');
  }
  const entry = { member: selected.member, accessType: argument.access_type['.tag'] };
  if (entry.accessType === 'owner' && group.management === 'company_managed') {
    return refuse('user_cannot_be_manager_of_company_managed_group');
  }
  setMembership(call, group, entry);
  return answerWrite([toGroupItem(call, group, argument.return_members)], [changedGroup(group)]);
}
