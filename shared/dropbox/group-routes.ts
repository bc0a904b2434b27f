import { CursorExpiredError } from '../model/errors.ts';
import type { TeamReader, TeamWriter } from '../model/ports.ts';
import type { GroupChanges, GroupSelector, TeamGroup } from '../model/target.ts';
import {
  groupDeletionSchema,
  groupMemberPageSchema,
  groupMembersChangeSchema,
  groupPageSchema,
  groupSchema,
  groupsInfoSchema,
} from './group-schemas.ts';
import { matchAnswers, type Question } from './match-answers.ts';
import { toUserSelector } from './member-routes.ts';
import { defineRoute, requireDone, type CallRoute } from './route.ts';

const groupPageSize = 1000;
/** A member comes with a whole profile, as in the team's list: the same page size. */
const memberPageSize = 300;

const listGroups = defineRoute('team/groups/list', 'read', groupPageSchema);
const listMoreGroups = defineRoute('team/groups/list/continue', 'read', groupPageSchema);
const getGroupsInfo = defineRoute('team/groups/get_info', 'read', groupsInfoSchema);
const listGroupMembers = defineRoute('team/groups/members/list', 'read', groupMemberPageSchema);
const listMoreGroupMembers = defineRoute(
  'team/groups/members/list/continue',
  'read',
  groupMemberPageSchema,
);
const createTeamGroup = defineRoute('team/groups/create', 'write', groupSchema);
const updateTeamGroup = defineRoute('team/groups/update', 'write', groupSchema);
const addMembers = defineRoute('team/groups/members/add', 'write', groupMembersChangeSchema);
const removeMembers = defineRoute('team/groups/members/remove', 'write', groupMembersChangeSchema);
const deleteTeamGroup = defineRoute('team/groups/delete', 'write', groupDeletionSchema);

/** Groups read: all, some by selector, and the members of one. */
export function createGroupReader(
  call: CallRoute,
): Pick<TeamReader, 'readGroups' | 'readGroupsInfo' | 'readGroupMembers'> {
  return {
    async readGroups(cursor) {
      if (cursor === undefined) {
        return requireDone(listGroups, await call(listGroups, { limit: groupPageSize }));
      }
      const answer = await call(listMoreGroups, { cursor });
      if (answer.kind === 'refused' && answer.refusal.tag === 'invalid_cursor') {
        throw new CursorExpiredError('cannot go on listing groups: Dropbox forgot the cursor');
      }
      return requireDone(listMoreGroups, answer);
    },
    async readGroupsInfo(selectors) {
      return await readGroupsInfo(selectors, call);
    },
    async readGroupMembers(groupId, cursor) {
      if (cursor === undefined) {
        const group = toGroupSelector({ kind: 'groupId', groupId });
        return await call(listGroupMembers, { group, limit: memberPageSize });
      }
      const answer = await call(listMoreGroupMembers, { cursor });
      if (answer.kind === 'refused' && answer.refusal.tag === 'invalid_cursor') {
        throw new CursorExpiredError(
          `cannot go on listing group ${groupId}: Dropbox forgot the cursor`,
        );
      }
      return answer;
    },
  };
}

/** Groups written. Members are left out of every answer: asking for them is the default and makes large groups slow. */
export function createGroupWriter(
  call: CallRoute,
): Pick<
  TeamWriter,
  'createGroup' | 'updateGroup' | 'addGroupMembers' | 'removeGroupMembers' | 'deleteGroup'
> {
  return {
    async createGroup(group) {
      return await call(createTeamGroup, toCreateArgument(group));
    },
    async updateGroup(groupId, changes) {
      return await call(updateTeamGroup, toUpdateArgument(groupId, changes));
    },
    async addGroupMembers(groupId, memberIds) {
      if (memberIds.length === 0) return { kind: 'done', value: null };
      return await call(addMembers, toMembersAddArgument(groupId, memberIds));
    },
    async removeGroupMembers(groupId, memberIds) {
      if (memberIds.length === 0) return { kind: 'done', value: null };
      return await call(removeMembers, toMembersRemoveArgument(groupId, memberIds));
    },
    async deleteGroup(groupId) {
      return await call(deleteTeamGroup, toGroupSelector({ kind: 'groupId', groupId }));
    },
  };
}

/**
 * `group_not_on_team` refuses a whole question on account of one group and does not say which, so the question is halved until the
 * group stands alone: then there is none for us.
 */
async function readGroupsInfo(
  selectors: readonly GroupSelector[],
  call: CallRoute,
): Promise<readonly (TeamGroup | undefined)[]> {
  if (selectors.length === 0) return [];
  const answer = await call(getGroupsInfo, toGroupsSelector(selectors));
  if (answer.kind === 'refused' && answer.refusal.tag === 'group_not_on_team') {
    if (selectors.length === 1) return [undefined];
    const middle = Math.ceil(selectors.length / 2);
    const first = await readGroupsInfo(selectors.slice(0, middle), call);
    return [...first, ...(await readGroupsInfo(selectors.slice(middle), call))];
  }
  return matchAnswers(selectors.map(toQuestion), requireDone(getGroupsInfo, answer));
}

/** What we create is company-managed: only admins and apps change its members. The default is not documented, so it is said. */
export function toCreateArgument(group: { readonly name: string; readonly externalId: string }) {
  return {
    group_name: group.name,
    group_external_id: group.externalId,
    group_management_type: { '.tag': 'company_managed' },
    add_creator_as_owner: false,
  } as const;
}

/** What is absent stays; an empty external id clears it. */
export function toUpdateArgument(groupId: string, changes: GroupChanges) {
  return {
    group: toGroupSelector({ kind: 'groupId', groupId }),
    ...(changes.name === undefined ? {} : { new_group_name: changes.name }),
    ...(changes.externalId === undefined ? {} : { new_group_external_id: changes.externalId }),
    return_members: false,
  };
}

/** Ordinary members, by member id: company-managed groups have no owners. */
export function toMembersAddArgument(groupId: string, memberIds: readonly string[]) {
  return {
    group: toGroupSelector({ kind: 'groupId', groupId }),
    members: memberIds.map((memberId) => ({
      user: toUserSelector({ kind: 'memberId', memberId }),
      access_type: { '.tag': 'member' } as const,
    })),
    return_members: false,
  };
}

/** Here they are `users`, by bare selectors, where adding calls them `members`. */
export function toMembersRemoveArgument(groupId: string, memberIds: readonly string[]) {
  return {
    group: toGroupSelector({ kind: 'groupId', groupId }),
    users: memberIds.map((memberId) => toUserSelector({ kind: 'memberId', memberId })),
    return_members: false,
  };
}

/** How Dropbox is told which group we mean; the whole argument of `groups/delete`. */
export function toGroupSelector(selector: GroupSelector) {
  return selector.kind === 'groupId'
    ? ({ '.tag': 'group_id', group_id: selector.groupId } as const)
    : ({ '.tag': 'group_external_id', group_external_id: selector.externalId } as const);
}

/** The argument of `groups/get_info` is one kind of id for all; throws where both are asked for. */
export function toGroupsSelector(selectors: readonly GroupSelector[]) {
  const groupIds = selectors.flatMap((one) => (one.kind === 'groupId' ? [one.groupId] : []));
  const externalIds = selectors.flatMap((one) =>
    one.kind === 'externalId' ? [one.externalId] : [],
  );
  if (groupIds.length > 0 && externalIds.length > 0) {
    throw new Error('cannot read groups: ids and external ids in one question');
  }
  return groupIds.length > 0
    ? ({ '.tag': 'group_ids', group_ids: groupIds } as const)
    : ({ '.tag': 'group_external_ids', group_external_ids: externalIds } as const);
}

function toQuestion(selector: GroupSelector): Question<TeamGroup> {
  const id = selector.kind === 'groupId' ? selector.groupId : selector.externalId;
  return {
    isAbout: (group) => (selector.kind === 'groupId' ? group.groupId : group.externalId) === id,
    isMiss: (asked) => asked === id,
    mayDiffer: false,
  };
}
