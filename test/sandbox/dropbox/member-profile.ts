import { z } from 'zod';

import { emailAddress, memberExternalId, namePart, roleId, userSelector } from './argument.ts';
import {
  answerWrite,
  changedMember,
  endpoint,
  refuse,
  type AuthorizedCall,
  type Endpoint,
  type Outcome,
} from './call.ts';
import { editMember } from './member-actions.ts';
import type { Member } from './member.ts';
import { findRole, teamAdminRoleId } from './role-catalogue.ts';
import { refuseSelected, selectMember } from './select-member.ts';
import { toMemberInfo, toRoles } from './to-wire.ts';

const profileArgument = z.strictObject({
  user: userSelector,
  // Dropbox has an error of its own for an empty address, so that the pattern cannot refuse it.
  new_email: z.union([z.literal(''), emailAddress]).nullish(),
  new_external_id: memberExternalId.nullish(),
  new_given_name: namePart.nullish(),
  new_surname: namePart.nullish(),
  new_persistent_id: z.string().nullish(),
  new_is_directory_restricted: z.boolean().nullish(),
});

type ProfileArgument = z.infer<typeof profileArgument>;

const permissionsArgument = z.strictObject({
  user: userSelector,
  new_roles: z.array(roleId).max(1).nullish(),
});

/** Names, addresses, ids and admin roles of a member. */
export const memberProfile: { readonly [route: string]: Endpoint } = {
  '/2/team/members/set_profile_v2': endpoint('members.write', profileArgument, setProfile),
  '/2/team/members/set_admin_permissions_v2': endpoint(
    'members.write',
    permissionsArgument,
    setPermissions,
  ),
};

function setProfile(call: AuthorizedCall, argument: ProfileArgument): Outcome {
  if (!hasNewData(argument)) return refuse('no_new_data_specified');
  if (argument.user['.tag'] === 'external_id' && isGiven(argument.new_external_id)) {
    return refuse('external_id_and_new_external_id_unsafe');
  }
  const selected = selectMember(call, argument.user);
  if (selected.kind === 'missing') return refuse('user_not_found');
  if (selected.kind === 'removed') return refuse('set_profile_disallowed');
  const { member } = selected;
  const refusal = findProfileRefusal(call, member, argument);
  if (refusal !== undefined) return refuse(refusal);
  const edited = editMember(call, member, buildChanges(call, member, argument));
  return answerWrite({ member_info: toMemberInfo(call, edited) }, [changedMember(edited)]);
}

/** The last two fields do not count by themselves: the documentation does not list them. */
function hasNewData(argument: ProfileArgument): boolean {
  const { new_email, new_external_id, new_given_name, new_surname } = argument;
  return [new_email, new_external_id, new_given_name, new_surname].some(isGiven);
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

function findProfileRefusal(
  call: AuthorizedCall,
  member: Member,
  argument: ProfileArgument,
): string | undefined {
  const { team, settings } = call;
  const { new_external_id, new_is_directory_restricted } = argument;
  if (argument.new_email === '') return 'param_cannot_be_empty';
  if (isGiven(argument.new_email) && isReserved(call, member, argument.new_email.toLowerCase())) {
    return 'email_reserved_for_other_user';
  }
  const rival = team.members.readByExternalId(new_external_id ?? '');
  if (rival !== undefined && rival.memberId !== member.memberId) {
    return 'external_id_used_by_other_user';
  }
  if (isGiven(new_is_directory_restricted) && !settings.directoryRestriction) {
    return 'directory_restricted_off';
  }
  return findPersistentIdRefusal(call, member, argument.new_persistent_id);
}

function findPersistentIdRefusal(
  { team, settings }: AuthorizedCall,
  member: Member,
  persistentId: string | null | undefined,
): string | undefined {
  if (!isGiven(persistentId)) return undefined;
  if (!settings.persistentIds) return 'persistent_id_disabled';
  const rival = team.members.readByPersistentId(persistentId);
  const isRival = rival !== undefined && rival.memberId !== member.memberId;
  return isRival ? 'persistent_id_used_by_other_user' : undefined;
}

function isReserved({ team, settings }: AuthorizedCall, member: Member, email: string): boolean {
  const holder = team.members.readByAddress(email);
  if (holder === undefined) {
    return (team.readFacts().takenElsewhere ?? []).some(
      (entry) => entry.email.toLowerCase() === email,
    );
  }
  const isOwnSecond = holder.memberId === member.memberId && holder.email !== email;
  if (isOwnSecond) return settings.ownSecondaryAsEmail === 'refuse';
  return holder.memberId !== member.memberId;
}

function buildChanges(
  call: AuthorizedCall,
  member: Member,
  argument: ProfileArgument,
): Partial<Member> {
  const { new_external_id, new_persistent_id, new_given_name, new_surname } = argument;
  const restricted = argument.new_is_directory_restricted;
  return {
    ...(isGiven(argument.new_email) ? changeEmail(call, member, argument.new_email) : {}),
    // An empty text clears an id.
    ...(isGiven(new_external_id) ? { externalId: new_external_id || undefined } : {}),
    ...(isGiven(new_persistent_id) ? { persistentId: new_persistent_id || undefined } : {}),
    ...(isGiven(new_given_name) ? { givenName: new_given_name } : {}),
    ...(isGiven(new_surname) ? { surname: new_surname } : {}),
    ...(isGiven(restricted) ? { isDirectoryRestricted: restricted } : {}),
  };
}

function changeEmail(
  { settings }: AuthorizedCall,
  member: Member,
  newEmail: string,
): Partial<Member> {
  const email = newEmail.toLowerCase();
  if (email === member.email) return {};
  const isMailed = member.status === 'invited' && settings.renamedInvitationMails;
  return {
    email,
    emailVerified: isVerifiedDomain(settings.verifiedDomains, email) && member.status !== 'invited',
    secondaryEmails: member.secondaryEmails.filter((second) => second.email !== email),
    invitationsMailed: member.invitationsMailed + (isMailed ? 1 : 0),
  };
}

/** Addresses of a verified domain are verified without a mail. */
export function isVerifiedDomain(domains: readonly string[], email: string): boolean {
  return domains.includes(email.slice(email.lastIndexOf('@') + 1));
}

function setPermissions(
  call: AuthorizedCall,
  { user, new_roles }: z.infer<typeof permissionsArgument>,
): Outcome {
  const selected = selectMember(call, user);
  if (selected.kind !== 'present') return refuseSelected(call, selected);
  const { member } = selected;
  if (member.status === 'suspended') return refuse('cannot_set_permissions');
  const keeps = new_roles === undefined || new_roles === null;
  const kept = call.settings.rolesOmitted === 'keep' ? member.roleId : undefined;
  const next = keeps ? kept : new_roles[0];
  if (next !== undefined && findRole(next) === undefined) return refuse('role_not_found');
  if (next !== teamAdminRoleId && call.team.members.isLastAdmin(member))
    return refuse('last_admin');
  const edited = editMember(call, member, { roleId: next });
  return answerWrite({ team_member_id: member.memberId, roles: toRoles(edited) }, [
    changedMember(edited),
  ]);
}
