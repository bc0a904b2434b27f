import type { async, team } from 'dropbox';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import type {
  toCreateArgument,
  toGroupSelector,
  toGroupsSelector,
  toMembersAddArgument,
  toMembersRemoveArgument,
  toUpdateArgument,
} from '../../shared/dropbox/group-routes.ts';
import type {
  groupDeletionSchema,
  groupMemberPageSchema,
  groupMembersChangeSchema,
  groupPageSchema,
  groupSchema,
  groupsInfoSchema,
} from '../../shared/dropbox/group-schemas.ts';
import type { toAddArgument } from '../../shared/dropbox/invitation-routes.ts';
import type {
  inviteJobSchema,
  inviteLaunchSchema,
} from '../../shared/dropbox/invitation-schemas.ts';
import type { toProfileArgument, toUserSelector } from '../../shared/dropbox/member-routes.ts';
import type {
  authorisingAdminSchema,
  memberAnswerSchema,
  memberInfoSchema,
  memberPageSchema,
  membersInfoSchema,
} from '../../shared/dropbox/member-schemas.ts';
import type {
  toMemberArgument,
  toRemoveArgument,
  toSuspendArgument,
} from '../../shared/dropbox/member-status-routes.ts';
import type {
  removeJobSchema,
  removeLaunchSchema,
} from '../../shared/dropbox/member-status-schemas.ts';
import type { teamInfoSchema } from '../../shared/dropbox/team-info-route.ts';

/** `true` where every value of the SDK's type is one that our schema takes; else the type check fails here. */
type Takes<Schema extends z.ZodType, Wire> = [Wire] extends [z.input<Schema>] ? true : false;
type Keys<T> = T extends unknown ? keyof T : never;
/** `true` where what we send is what the SDK would let us send, and has no field that it does not know. */
type Sends<Builder extends (...given: never) => unknown, Wire> = [
  ReturnType<Builder>,
  Keys<ReturnType<Builder>>,
] extends [Wire, Keys<Wire>]
  ? true
  : false;

/** The rows of an invitation that refuse: each holds the address under its own name. */
type RefusedRow = Exclude<team.MemberAddV2Result, { '.tag': 'success' | 'other' }>;
type EmailUnderOwnName<Row> = Row extends { '.tag': infer Tag extends keyof Row }
  ? Row[Tag] extends string
    ? true
    : false
  : false;

const answers: [
  Takes<typeof memberPageSchema, team.MembersListV2Result>,
  Takes<typeof membersInfoSchema, team.MembersGetInfoV2Result>,
  Takes<typeof memberAnswerSchema, team.TeamMemberInfoV2Result>,
  Takes<typeof authorisingAdminSchema, team.TokenGetAuthenticatedAdminResult>,
  Takes<typeof inviteLaunchSchema, team.MembersAddLaunchV2Result>,
  Takes<typeof inviteJobSchema, team.MembersAddJobStatusV2Result>,
  Takes<typeof memberInfoSchema, Extract<team.MemberAddV2Result, { '.tag': 'success' }>>,
  Takes<typeof groupPageSchema, team.GroupsListResult>,
  Takes<typeof groupsInfoSchema, team.GroupsGetInfoResult>,
  Takes<typeof groupSchema, team.GroupFullInfo>,
  Takes<typeof groupMemberPageSchema, team.GroupsMembersListResult>,
  Takes<typeof groupMembersChangeSchema, team.GroupMembersChangeResult>,
  Takes<typeof teamInfoSchema, team.TeamGetInfoResult>,
  Takes<typeof removeLaunchSchema, async.LaunchEmptyResult>,
  Takes<typeof removeJobSchema, async.PollEmptyResult>,
  Takes<typeof groupDeletionSchema, async.LaunchEmptyResult>,
  EmailUnderOwnName<RefusedRow>,
] = [
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
];

const requests: [
  Sends<typeof toAddArgument, team.MembersAddV2Arg>,
  Sends<typeof toProfileArgument, team.MembersSetProfileArg>,
  Sends<typeof toUserSelector, team.UserSelectorArg>,
  Sends<typeof toCreateArgument, team.GroupCreateArg>,
  Sends<typeof toUpdateArgument, team.GroupUpdateArgs>,
  Sends<typeof toMembersAddArgument, team.GroupMembersAddArg>,
  Sends<typeof toGroupsSelector, team.GroupsSelector>,
  Sends<typeof toSuspendArgument, team.MembersDeactivateArg>,
  Sends<typeof toMemberArgument, team.MembersUnsuspendArg>,
  Sends<typeof toMemberArgument, team.MembersRecoverArg>,
  Sends<typeof toRemoveArgument, team.MembersRemoveArg>,
  Sends<typeof toMembersRemoveArgument, team.GroupMembersRemoveArg>,
  Sends<typeof toGroupSelector, team.GroupSelector>,
] = [true, true, true, true, true, true, true, true, true, true, true, true, true];

test('our schemas and requests fit the types of the official SDK', () => {
  // The type check decides; at run time there is nothing left of the types but this list.
  expect([...answers, ...requests]).not.toContain(false);
});
