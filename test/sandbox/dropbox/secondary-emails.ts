import { z } from 'zod';

import { emailAddress, userSelector, type UserSelector } from './argument.ts';
import {
  answer,
  answerWrite,
  changedMember,
  endpoint,
  refuse,
  type AuthorizedCall,
  type Changed,
  type Endpoint,
  type Outcome,
} from './call.ts';
import { editMember } from './member-actions.ts';
import { isVerifiedDomain } from './member-profile.ts';
import type { Member } from './member.ts';
import { selectMember } from './select-member.ts';
import type { Tagged } from './to-wire.ts';

const userEmails = z.strictObject({ user: userSelector, secondary_emails: z.array(emailAddress) });

type UserEmails = z.infer<typeof userEmails>;

const addressesPerCall = 20;

/** Second addresses, with a result for each person and each address. */
export const secondaryEmails: { readonly [route: string]: Endpoint } = {
  '/2/team/members/secondary_emails/add': endpoint(
    'members.write',
    z.strictObject({ new_secondary_emails: z.array(userEmails) }),
    (call, { new_secondary_emails }) => addAll(call, new_secondary_emails),
  ),
  '/2/team/members/secondary_emails/delete': endpoint(
    'members.write',
    z.strictObject({ emails_to_delete: z.array(userEmails) }),
    (call, { emails_to_delete }) => deleteAll(call, emails_to_delete),
  ),
};

function addAll(call: AuthorizedCall, users: readonly UserEmails[]): Outcome {
  if (!call.settings.secondaryEmails) return refuse('secondary_emails_disabled');
  const total = users.reduce((sum, { secondary_emails }) => sum + secondary_emails.length, 0);
  if (total > addressesPerCall) return refuse('too_many_emails');
  return answerResults(users.map((entry) => addForUser(call, entry)));
}

function deleteAll(call: AuthorizedCall, users: readonly UserEmails[]): Outcome {
  return answerResults(users.map((entry) => deleteForUser(call, entry)));
}

interface UserResult {
  readonly row: Tagged;
  readonly changed: readonly Changed[];
}

function answerResults(results: readonly UserResult[]): Outcome {
  const value = { results: results.map(({ row }) => row) };
  const changed = results.flatMap((result) => result.changed);
  return changed.length === 0 ? answer(value) : answerWrite(value, changed);
}

function refuseUser(tag: string, user: UserSelector): UserResult {
  return { row: { '.tag': tag, [tag]: user }, changed: [] };
}

function addForUser(call: AuthorizedCall, { user, secondary_emails }: UserEmails): UserResult {
  const selected = selectMember(call, user);
  if (selected.kind !== 'present') return refuseUser('invalid_user', user);
  const { member } = selected;
  if (member.status === 'invited') return refuseUser('placeholder_user', user);
  if (!member.emailVerified) return refuseUser('unverified', user);
  const results = secondary_emails.map((email) => addOne(call, member, email.toLowerCase()));
  const isChanged = results.some((result) => result['.tag'] === 'success');
  return {
    row: { '.tag': 'success', user, results },
    changed: isChanged ? [changedMember(member)] : [],
  };
}

function addOne(call: AuthorizedCall, { memberId }: Member, email: string): Tagged {
  const { team, settings } = call;
  const member = team.members.readById(memberId);
  const refusal = member === undefined ? 'unknown_error' : findRefusal(call, member, email);
  if (refusal !== undefined || member === undefined) {
    const tag = refusal ?? 'unknown_error';
    return { '.tag': tag, [tag]: email };
  }
  const isVerified = isVerifiedDomain(settings.verifiedDomains, email);
  editMember(call, member, {
    secondaryEmails: [...member.secondaryEmails, { email, isVerified }],
  });
  return { '.tag': 'success', email, is_verified: isVerified };
}

function findRefusal(call: AuthorizedCall, member: Member, email: string): string | undefined {
  const { team, settings } = call;
  const own = member.secondaryEmails.find((second) => second.email === email);
  if (own?.isVerified === false) return 'already_pending';
  if (own !== undefined || member.email === email) return 'already_owned_by_user';
  const isElsewhere = team
    .readFacts()
    .takenElsewhere?.some((entry) => entry.email.toLowerCase() === email);
  if (isElsewhere === true || team.members.readByAddress(email) !== undefined) return 'unavailable';
  return member.secondaryEmails.length >= settings.secondaryEmailsMax ? 'reached_limit' : undefined;
}

function deleteForUser(call: AuthorizedCall, { user, secondary_emails }: UserEmails): UserResult {
  const selected = selectMember(call, user);
  if (selected.kind !== 'present') return refuseUser('invalid_user', user);
  const { member } = selected;
  const results = secondary_emails.map((email) => deleteOne(call, member, email.toLowerCase()));
  const isChanged = results.some((result) => result['.tag'] === 'success');
  return {
    row: { '.tag': 'success', user, results },
    changed: isChanged ? [changedMember(member)] : [],
  };
}

function deleteOne(call: AuthorizedCall, { memberId }: Member, email: string): Tagged {
  const member = call.team.members.readById(memberId);
  if (member?.email === email) {
    return { '.tag': 'cannot_remove_primary', cannot_remove_primary: email };
  }
  if (member?.secondaryEmails.every((second) => second.email !== email) !== false) {
    return { '.tag': 'not_found', not_found: email };
  }
  editMember(call, member, {
    secondaryEmails: member.secondaryEmails.filter((second) => second.email !== email),
  });
  return { '.tag': 'success', success: email };
}
