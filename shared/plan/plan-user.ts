import type { UserOperation } from '../model/operation.ts';
import type { MemberChanges, TeamMember } from '../model/target.ts';
import type { MemberTarget, UserApplied, UserDesired } from '../model/user-row.ts';

/** Whom the team listing knows by the external id or the address that this person should have. */
export interface Match {
  readonly byExternalId: TeamMember | undefined;
  readonly byEmail: TeamMember | undefined;
}

/**
 * What is to be done about a person so that applied becomes desired. Pure: the same rows give the same operation, whoever asks and how
 * often. The match counts only for somebody who has no link yet.
 */
export function planUser(desired: UserDesired, applied: UserApplied, match: Match): UserOperation {
  if (desired.takes !== 'none') return { kind: 'hold' };
  if (desired.presence === 'absent') return { kind: 'nothing' };
  if (desired.skip !== null) return { kind: 'skip', ...desired.skip };
  const { target } = desired;
  if (target === null) return { kind: 'nothing' };
  if (applied.memberId === null) return planUnlinked(target, match);
  if (applied.status === 'removed') {
    const detail = 'the Dropbox member was removed by somebody else';
    return { kind: 'skip', code: 'removedInDropbox', detail };
  }
  const changes = changesBetween(applied.actual, target);
  return Object.keys(changes).length === 0
    ? { kind: 'nothing' }
    : { kind: 'updateMember', memberId: applied.memberId, changes };
}

function planUnlinked(target: MemberTarget, match: Match): UserOperation {
  const { byExternalId, byEmail } = match;
  if (byExternalId !== undefined && byEmail !== undefined) {
    if (byExternalId.memberId !== byEmail.memberId) {
      const detail = `the external id belongs to ${byExternalId.memberId}, the address to ${byEmail.memberId}`;
      return { kind: 'skip', code: 'ambiguousMatch', detail };
    }
  }
  const member = byExternalId ?? byEmail;
  if (member === undefined) return { kind: 'inviteMember', target };
  if (member.status === 'removed') {
    const detail = `${member.memberId} was removed from the team and still holds the address`;
    return { kind: 'skip', code: 'removedInDropbox', detail };
  }
  const foreign = member.externalId !== undefined && member.externalId !== target.externalId;
  if (foreign) {
    const detail = `${member.memberId} carries the external id of another provisioner`;
    return { kind: 'skip', code: 'foreignExternalId', detail };
  }
  return {
    kind: 'adoptMember',
    member,
    by: byExternalId === undefined ? 'email' : 'externalId',
    changes: changesBetween(targetOf(member), target),
  };
}

/** A member as Dropbox shows it, in the terms of the mapping. */
export function targetOf(member: TeamMember): MemberTarget {
  return {
    email: member.email,
    givenName: member.givenName,
    surname: member.surname,
    externalId: member.externalId ?? '',
  };
}

/** What of a member has to change. Dropbox keeps addresses in lower case, and so does the mapping. */
export function changesBetween(actual: MemberTarget | null, target: MemberTarget): MemberChanges {
  return {
    ...(actual?.email === target.email ? {} : { email: target.email }),
    ...(actual?.givenName === target.givenName ? {} : { givenName: target.givenName }),
    ...(actual?.surname === target.surname ? {} : { surname: target.surname }),
    ...(actual?.externalId === target.externalId ? {} : { externalId: target.externalId }),
  };
}
