import { z } from 'zod';
import type { MemberStatus, TeamMember } from '../model/target.ts';

/** A field that Dropbox leaves out where it is not set; a cleared one may also come empty. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => text || undefined);

const statusSchema = z
  .object({ '.tag': z.string(), is_recoverable: z.boolean().optional() })
  .transform((status) => ({
    status: toStatus(status['.tag']),
    ...(status['.tag'] === 'removed' && status.is_recoverable !== undefined
      ? { isRecoverable: status.is_recoverable }
      : {}),
  }));

/** TeamMemberProfile, or MemberProfile where `groups` is missing. */
const profileSchema = z
  .object({
    team_member_id: z.string().min(1),
    external_id: optionalText,
    email: z.string().min(1),
    status: statusSchema,
    name: z.object({ given_name: z.string(), surname: z.string() }),
    groups: z.array(z.string()).optional(),
  })
  .transform((profile): TeamMember => ({
    memberId: profile.team_member_id,
    email: profile.email.toLowerCase(),
    ...(profile.external_id === undefined ? {} : { externalId: profile.external_id }),
    givenName: profile.name.given_name,
    surname: profile.name.surname,
    ...profile.status,
    ...(profile.groups === undefined ? {} : { groupIds: profile.groups }),
  }));

/** TeamMemberInfoV2 as a TeamMember. */
export const memberInfoSchema = z
  .object({ profile: profileSchema })
  .transform((info) => info.profile);

/** The answer of `members/list_v2` and `members/list/continue_v2`. */
export const memberPageSchema = z
  .object({ members: z.array(memberInfoSchema), cursor: z.string().min(1), has_more: z.boolean() })
  .transform((page) => ({ items: page.members, cursor: page.cursor, hasMore: page.has_more }));

/** The answer of `members/set_profile_v2`. */
export const memberAnswerSchema = z
  .object({ member_info: memberInfoSchema })
  .transform((answer) => answer.member_info);

/** The answer of `token/get_authenticated_admin`. */
export const authorisingAdminSchema = z
  .object({ admin_profile: profileSchema })
  .transform((answer) => answer.admin_profile);

/** One item of `members/get_info_v2`: a member, the value that nobody has, or anything else. */
const membersInfoItemSchema = z.union([
  z
    .object({ '.tag': z.literal('member_info'), profile: profileSchema })
    .transform((item) => ({ kind: 'found', value: item.profile }) as const),
  z
    .object({ '.tag': z.literal('id_not_found'), id_not_found: z.string() })
    .transform((item) => ({ kind: 'notFound', asked: item.id_not_found }) as const),
  z.object({ '.tag': z.string() }).transform(() => ({ kind: 'unknown' }) as const),
]);

/** The answer of `members/get_info_v2`. */
export const membersInfoSchema = z
  .object({ members_info: z.array(membersInfoItemSchema) })
  .transform((answer) => answer.members_info);

function toStatus(tag: string): MemberStatus {
  switch (tag) {
    case 'active':
    case 'invited':
    case 'suspended':
    case 'removed':
      return tag;
    default:
      return 'unknown';
  }
}
