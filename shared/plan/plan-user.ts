import type { UserOperation } from '../model/operation.ts';
import type { MemberChanges, TeamMember } from '../model/target.ts';
import type { MemberTarget, UserApplied, UserDesired } from '../model/user-row.ts';
import { lesserEffect } from './taking.ts';

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
  if (desired.takes !== 'none') return planTaking(desired, applied);
  if (desired.presence === 'absent') return { kind: 'nothing' };
  if (isToBeUnsuspended(applied)) return { kind: 'unsuspendMember', memberId: applied.memberId };
  if (desired.skip !== null) return { kind: 'skip', ...desired.skip };
  const { target } = desired;
  if (target === null) return { kind: 'nothing' };
  const { memberId } = applied;
  return memberId === null
    ? planUnlinked(target, match)
    : planLinked({ memberId, target }, desired, applied);
}

/** What we took away is given back even where something else stands in the way of changing the member. */
function isToBeUnsuspended(
  applied: UserApplied,
): applied is UserApplied & { readonly memberId: string } {
  return applied.memberId !== null && applied.status === 'suspended' && applied.suspendedByUs;
}

function planLinked(
  { memberId, target }: { readonly memberId: string; readonly target: MemberTarget },
  desired: UserDesired,
  applied: UserApplied,
): UserOperation {
  if (applied.status === 'removed') return planGone(memberId, desired, applied);
  const changes = changesBetween(applied.actual, target);
  if (Object.keys(changes).length > 0) return { kind: 'updateMember', memberId, changes };
  if (applied.status !== 'suspended') return { kind: 'nothing' };
  const detail = 'somebody else suspended the Dropbox member; it is left to them to lift that';
  return { kind: 'skip', code: 'suspendedInDropbox', detail };
}

/** Takes away the lesser of what is desired and what was released. Whoever is out already stays out, whoever put them there. */
function planTaking(
  { takes, releasedTakes }: UserDesired,
  { memberId, status }: UserApplied,
): UserOperation {
  const effect = lesserEffect(takes, releasedTakes);
  const rest: UserOperation = effect === takes ? { kind: 'nothing' } : { kind: 'hold' };
  if (memberId === null || status === 'removed' || effect === 'none') return rest;
  if (effect !== 'suspend') return { kind: 'removeMember', memberId };
  return status === 'suspended' ? rest : { kind: 'suspendMember', memberId };
}

/** Wanted again, but not in the team any more: only what we removed is brought back; a link is dropped only where that was released. */
function planGone(memberId: string, desired: UserDesired, applied: UserApplied): UserOperation {
  if (applied.removedByUs) return { kind: 'recoverMember', memberId };
  if (desired.unlinks === memberId) return { kind: 'unlinkMember', memberId };
  const detail = 'the Dropbox member was removed by somebody else';
  return { kind: 'skip', code: 'removedInDropbox', detail };
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
