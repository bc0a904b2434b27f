import type { UserSelector } from './argument.ts';
import type { Call, Outcome } from './call.ts';
import { refuse } from './call.ts';
import { isReserving, type Member } from './member.ts';

export type Selected =
  | { readonly kind: 'present'; readonly member: Member }
  | { readonly kind: 'removed'; readonly member: Member }
  | { readonly kind: 'missing' };

/**
 * Whom a selector means. A removed member is found by id; by external id and address only while recoverable, and by address only where
 * the settings keep it as it was.
 */
export function selectMember(
  call: Pick<Call, 'team' | 'settings'>,
  selector: UserSelector,
): Selected {
  return judgeFound(findMember(call, selector));
}

/** Whom a selector meant `lagMs` ago. */
export function selectMemberAsOf(call: Call, selector: UserSelector, lagMs: number): Selected {
  if (lagMs === 0) return selectMember(call, selector);
  const { team, settings, now } = call;
  const past = team.members.readAsOf(now - lagMs);
  const earlier = [...past.values()].find(
    (member) => member !== undefined && isMeant(member, selector, { settings, now: now - lagMs }),
  );
  if (earlier !== undefined) return judgeFound(earlier);
  const selected = selectMember(call, selector);
  const isNewer = selected.kind !== 'missing' && past.has(selected.member.memberId);
  return isNewer ? { kind: 'missing' } : selected;
}

function isMeant(
  member: Member,
  selector: UserSelector,
  { settings, now }: Pick<Call, 'settings' | 'now'>,
): boolean {
  if (selector['.tag'] === 'team_member_id') return member.memberId === selector.team_member_id;
  if (!isReserving(member, now)) return false;
  if (selector['.tag'] === 'external_id') return member.externalId === selector.external_id;
  const isHidden = member.status === 'removed' && settings.removedAddress === 'rewritten';
  return member.email === selector.email.toLowerCase() && !isHidden;
}

function judgeFound(member: Member | undefined): Selected {
  if (member === undefined || member.removal?.isGone === true) return { kind: 'missing' };
  return { kind: member.status === 'removed' ? 'removed' : 'present', member };
}

function findMember(
  { team, settings }: Pick<Call, 'team' | 'settings'>,
  selector: UserSelector,
): Member | undefined {
  const { members } = team;
  switch (selector['.tag']) {
    case 'team_member_id':
      return members.readById(selector.team_member_id);
    case 'external_id':
      return members.readByExternalId(selector.external_id);
    case 'email': {
      const address = selector.email.toLowerCase();
      const member = members.readByAddress(address);
      // A second address does not select anybody.
      if (member?.email !== address) return undefined;
      const isHidden = member.status === 'removed' && settings.removedAddress === 'rewritten';
      return isHidden ? undefined : member;
    }
  }
}

/** The error for a selector that means nobody, or somebody who was removed. */
export function refuseSelected(call: Call, selected: Selected): Outcome {
  return refuse(nameMiss(call, selected));
}

/** The tag for a selector that means nobody on the team. */
export function nameMiss(
  { settings }: Call,
  selected: Selected,
): 'user_not_found' | 'user_not_in_team' {
  return selected.kind === 'removed' ? settings.removedSelector : 'user_not_found';
}
