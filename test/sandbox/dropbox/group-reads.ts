import { z } from 'zod';

import { groupSelector, listLimit, type GroupSelector } from './argument.ts';
import {
  answer,
  endpoint,
  refuse,
  type AuthorizedCall,
  type Endpoint,
  type Outcome,
} from './call.ts';
import type { Cursor } from './cursor.ts';
import type { Group } from './group.ts';
import type { Edges } from './group-store.ts';
import { selectGroup, selectGroupAsOf } from './groups.ts';
import { cutPage, resumeListing } from './listing.ts';
import { readMemberView } from './member-reads.ts';
import { isPresent } from './member.ts';
import {
  countMembers,
  toGroupInfo,
  toGroupMember,
  toGroupSummary,
  type Tagged,
} from './to-wire.ts';

const groupsSelector = z.discriminatedUnion('.tag', [
  z.strictObject({ '.tag': z.literal('group_ids'), group_ids: z.array(z.string()) }),
  z.strictObject({
    '.tag': z.literal('group_external_ids'),
    group_external_ids: z.array(z.string()),
  }),
]);

/** The routes that only look at groups. */
export const groupReads: { readonly [route: string]: Endpoint } = {
  '/2/team/groups/list': endpoint(
    'groups.read',
    z.strictObject({ limit: listLimit }),
    (call, query) => listGroups(call, query),
  ),
  '/2/team/groups/list/continue': endpoint(
    'groups.read',
    z.strictObject({ cursor: z.string() }),
    (call, { cursor: text }) => {
      const cursor = resumeListing(call, 'groups', text);
      if (cursor === undefined) return refuse('invalid_cursor');
      return listGroups(call, groupsQuery.parse(cursor.query), cursor);
    },
  ),
  '/2/team/groups/get_info': endpoint('groups.read', groupsSelector, getGroupsInfo),
  '/2/team/groups/members/list': endpoint(
    'groups.read',
    z.strictObject({ group: groupSelector, limit: listLimit }),
    (call, query) => listGroupMembers(call, query),
  ),
  '/2/team/groups/members/list/continue': endpoint(
    'groups.read',
    z.strictObject({ cursor: z.string() }),
    (call, { cursor: text }) => {
      const cursor = resumeListing(call, 'group_members', text);
      if (cursor === undefined) return refuse('invalid_cursor');
      return listGroupMembers(call, groupMembersQuery.parse(cursor.query), cursor);
    },
  ),
};

const groupsQuery = z.object({ limit: z.number() });
const groupMembersQuery = z.object({ group: groupSelector, limit: z.number() });

function listGroups(
  call: AuthorizedCall,
  query: { readonly limit: number },
  cursor?: Cursor,
): Outcome {
  const { team, settings, now } = call;
  const time = now - settings.listLagMs;
  const past = team.groups.readAsOf(time);
  const view = (id: string): Group | undefined =>
    past.has(id) ? past.get(id) : team.groups.readById(id);
  const ids = team.groups.readOrder().filter((id) => {
    const group = view(id);
    return group !== undefined && group.deletedAt === undefined;
  });
  const listing = { listing: 'groups', limit: query.limit, query };
  const page = cutPage(call, listing, { ids, cursor });
  return answer({
    groups: page.ids.flatMap((id) => {
      const group = view(id);
      return group === undefined
        ? []
        : [toGroupSummary(call, group, countMembersAsOf(call, group, time))];
    }),
    cursor: page.cursor,
    has_more: page.hasMore,
  });
}

function countMembersAsOf({ team }: AuthorizedCall, group: Group, time: number): number {
  if (group.management === 'system_managed') return countMembers(team, group);
  return team.groups.readEdgesAsOf(group.groupId, time).size;
}

function getGroupsInfo(call: AuthorizedCall, argument: z.infer<typeof groupsSelector>): Outcome {
  const selectors: readonly GroupSelector[] =
    argument['.tag'] === 'group_ids'
      ? argument.group_ids.map((id) => ({ '.tag': 'group_id', group_id: id }))
      : argument.group_external_ids.map((id) => ({
          '.tag': 'group_external_id',
          group_external_id: id,
        }));
  const { selectorsMax } = call.settings;
  if (selectorsMax > 0 && selectors.length > selectorsMax) {
    const text = `request body: ${argument['.tag']}: more than ${selectorsMax} items`;
    return { kind: 'badRequest', text };
  }
  return answer(selectors.map((selector) => toInfoItem(call, selector)));
}

function toInfoItem(call: AuthorizedCall, selector: GroupSelector): Tagged {
  const group = selectGroupAsOf(call, selector, call.settings.infoLagMs);
  if (group !== undefined && !call.specials.has('notFound')) return toGroupItem(call, group, true);
  const asked = selector['.tag'] === 'group_id' ? selector.group_id : selector.group_external_id;
  return { '.tag': 'id_not_found', id_not_found: asked };
}

/** GroupsGetInfoItem. */
export function toGroupItem(call: AuthorizedCall, group: Group, withMembers: boolean): Tagged {
  return { '.tag': 'group_info', ...toGroupInfo(call, group, withMembers) };
}

function listGroupMembers(
  call: AuthorizedCall,
  query: z.infer<typeof groupMembersQuery>,
  cursor?: Cursor,
): Outcome {
  const group = selectGroup(call, query.group);
  if (group === undefined)
    return refuse(cursor === undefined ? 'group_not_found' : 'invalid_cursor');
  const view = readMemberView(call);
  const edges = readEdges(call, group);
  const ids = call.team.groups.readEdgeOrder(group.groupId, edges);
  const listing = { listing: 'group_members', limit: query.limit, query };
  const page = cutPage(call, listing, { ids, cursor });
  return answer({
    members: page.ids.flatMap((id) => {
      const member = view(id);
      return member === undefined ? [] : [toGroupMember(call, member, edges.get(id) ?? 'member')];
    }),
    cursor: page.cursor,
    has_more: page.hasMore,
  });
}

function readEdges({ team, settings, now }: AuthorizedCall, group: Group): Edges {
  if (group.management !== 'system_managed') {
    return team.groups.readEdgesAsOf(group.groupId, now - settings.listLagMs);
  }
  if (settings.systemGroupListing === 'empty') return new Map();
  const everybody = [...team.members.readAll()].filter(isPresent);
  return new Map(everybody.map(({ memberId }) => [memberId, 'member']));
}
