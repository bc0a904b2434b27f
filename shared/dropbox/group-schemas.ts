import { z } from 'zod';
import type { GroupManagement, TeamGroup } from '../model/target.ts';
import { optionalText } from './member-schemas.ts';

const groupShape = {
  group_id: z.string().min(1),
  group_name: z.string(),
  group_external_id: optionalText,
  group_management_type: z.object({ '.tag': z.string() }),
};

/** GroupSummary, and GroupFullInfo without its members, as a TeamGroup. */
export const groupSchema = z.object(groupShape).transform(toGroup);

/** The answer of `groups/list` and `groups/list/continue`. */
export const groupPageSchema = z
  .object({ groups: z.array(groupSchema), cursor: z.string().min(1), has_more: z.boolean() })
  .transform((page) => ({ items: page.groups, cursor: page.cursor, hasMore: page.has_more }));

/** The answer of `groups/get_info`, a bare array: a group, the id that no group has, or anything else. */
export const groupsInfoSchema = z.array(
  z.union([
    z
      .object({ '.tag': z.literal('group_info'), ...groupShape })
      .transform((item) => ({ kind: 'found', value: toGroup(item) }) as const),
    z
      .object({ '.tag': z.literal('id_not_found'), id_not_found: z.string() })
      .transform((item) => ({ kind: 'notFound', asked: item.id_not_found }) as const),
    z.object({ '.tag': z.string() }).transform(() => ({ kind: 'unknown' }) as const),
  ]),
);

/** The answer of `groups/members/list` and `groups/members/list/continue`: only who it is. */
export const groupMemberPageSchema = z
  .object({
    members: z.array(z.object({ profile: z.object({ team_member_id: z.string().min(1) }) })),
    cursor: z.string().min(1),
    has_more: z.boolean(),
  })
  .transform((page) => ({
    items: page.members.map((member) => member.profile.team_member_id),
    cursor: page.cursor,
    hasMore: page.has_more,
  }));

/** The answer of `groups/members/add` and `groups/members/remove`. Its job id is always a single space and never to be asked about. */
export const groupMembersChangeSchema = z
  .object({ group_info: z.object({ group_id: z.string() }) })
  .transform(() => null);

/** The answer of `groups/delete`. Either way the group is gone at once: a job only takes back access to folders. */
export const groupDeletionSchema = z
  .object({ '.tag': z.enum(['complete', 'async_job_id']) })
  .transform(() => null);

function toGroup(group: {
  readonly group_id: string;
  readonly group_name: string;
  readonly group_external_id: string | undefined;
  readonly group_management_type: { readonly '.tag': string };
}): TeamGroup {
  return {
    groupId: group.group_id,
    name: group.group_name,
    ...(group.group_external_id === undefined ? {} : { externalId: group.group_external_id }),
    management: toManagement(group.group_management_type['.tag']),
  };
}

function toManagement(tag: string): GroupManagement {
  switch (tag) {
    case 'company_managed':
      return 'company';
    case 'user_managed':
      return 'user';
    case 'system_managed':
      return 'system';
    default:
      return 'unknown';
  }
}
