import { z } from 'zod';

import { listLimit, readSelectorValue, userSelector, type UserSelector } from './argument.ts';
import {
  answer,
  endpoint,
  refuse,
  voidEndpoint,
  type AuthorizedCall,
  type Endpoint,
  type Outcome,
} from './call.ts';
import type { Cursor } from './cursor.ts';
import { cutPage, resumeListing } from './listing.ts';
import { isPresent, type Member } from './member.ts';
import { roleCatalogue } from './role-catalogue.ts';
import { selectMemberAsOf } from './select-member.ts';
import { toMemberInfo, type Tagged } from './to-wire.ts';

/** The routes that only look at members. */
export const memberReads: { readonly [route: string]: Endpoint } = {
  '/2/team/members/list_v2': endpoint(
    'members.read',
    z.strictObject({ limit: listLimit, include_removed: z.boolean().default(false) }),
    (call, { limit, include_removed }) =>
      listMembers(call, { limit, includeRemoved: include_removed }),
  ),
  '/2/team/members/list/continue_v2': endpoint(
    'members.read',
    z.strictObject({ cursor: z.string() }),
    continueMembers,
  ),
  '/2/team/members/get_info_v2': endpoint(
    'members.read',
    z.strictObject({ members: z.array(userSelector) }),
    (call, { members }) => getMembersInfo(call, members),
  ),
  '/2/team/members/get_available_team_member_roles': voidEndpoint('members.read', () =>
    answer({ roles: roleCatalogue }),
  ),
};

const listing = 'members_v2';

const querySchema = z.object({ limit: z.number(), includeRemoved: z.boolean() });
type Query = z.infer<typeof querySchema>;

function continueMembers(call: AuthorizedCall, { cursor: text }: { readonly cursor: string }) {
  const cursor = resumeListing(call, listing, text);
  if (cursor === undefined) return refuse('invalid_cursor');
  return listMembers(call, querySchema.parse(cursor.query), cursor);
}

function listMembers(call: AuthorizedCall, query: Query, cursor?: Cursor): Outcome {
  const view = readMemberView(call);
  const ids = call.team.members.readOrder().filter((id) => {
    const member = view(id);
    return member !== undefined && isListed(member, query.includeRemoved);
  });
  const { settings } = call;
  const isTooLarge =
    settings.largePageLimit > 0 &&
    query.limit > settings.largePageLimit &&
    ids.length > settings.largePageTeam;
  const page = cutPage(
    call,
    { listing, limit: query.limit, query },
    { ids: isTooLarge ? [] : ids, cursor },
  );
  return answer({
    members: page.ids.flatMap((id) => {
      const member = view(id);
      return member === undefined ? [] : [toMemberInfo(call, member)];
    }),
    cursor: page.cursor,
    has_more: page.hasMore,
  });
}

function isListed(member: Member, includeRemoved: boolean): boolean {
  return isPresent(member) || (includeRemoved && member.removal?.isGone !== true);
}

/** Members as list routes show them: behind by the lag that the settings give. */
export function readMemberView({
  team,
  settings,
  now,
}: AuthorizedCall): (memberId: string) => Member | undefined {
  const past = team.members.readAsOf(now - settings.listLagMs);
  return (memberId) => (past.has(memberId) ? past.get(memberId) : team.members.readById(memberId));
}

function getMembersInfo(call: AuthorizedCall, selectors: readonly UserSelector[]): Outcome {
  const { selectorsMax } = call.settings;
  if (selectorsMax > 0 && selectors.length > selectorsMax) {
    return { kind: 'badRequest', text: `request body: members: more than ${selectorsMax} items` };
  }
  return answer({
    members_info: selectors.map((selector) => call.openTag(toInfoItem(call, selector))),
  });
}

function toInfoItem(call: AuthorizedCall, selector: UserSelector): Tagged {
  const selected = selectMemberAsOf(call, selector, call.settings.infoLagMs);
  if (
    call.specials.has('notFound') ||
    selected.kind === 'missing' ||
    (selected.kind === 'removed' && !tellsRemoved(call, selector))
  ) {
    return { '.tag': 'id_not_found', id_not_found: readSelectorValue(selector) };
  }
  return { '.tag': 'member_info', ...toMemberInfo(call, selected.member) };
}

function tellsRemoved({ settings }: AuthorizedCall, selector: UserSelector): boolean {
  if (settings.removedInGetInfo === 'always') return true;
  return settings.removedInGetInfo === 'byId' && selector['.tag'] === 'team_member_id';
}
