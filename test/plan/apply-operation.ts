import type { UserOperation } from '../../shared/model/operation.ts';
import {
  nothingAppliedToUser,
  type UserApplied,
  type UserDesired,
} from '../../shared/model/user-row.ts';
import { planUser, targetOf, type Match } from '../../shared/plan/plan-user.ts';

/** What applied is after the operation was carried out by a Dropbox that does what it is told. */
export function applyOperation(
  desired: UserDesired,
  applied: UserApplied,
  found: Match,
): UserApplied {
  const operation = planUser(desired, applied, found);
  if (operation.kind === 'inviteMember') {
    return { ...applied, memberId: 'dbmid:new', status: 'invited', actual: operation.target };
  }
  if (operation.kind === 'adoptMember') {
    const actual = { ...targetOf(operation.member), ...operation.changes };
    return { ...applied, memberId: operation.member.memberId, status: 'active', actual };
  }
  if (operation.kind === 'updateMember') {
    return { ...applied, actual: applied.actual && { ...applied.actual, ...operation.changes } };
  }
  return { ...applied, ...effects[operation.kind] };
}

type OtherKind = Exclude<UserOperation['kind'], 'inviteMember' | 'adoptMember' | 'updateMember'>;

const effects: { readonly [kind in OtherKind]: Partial<UserApplied> } = {
  nothing: {},
  hold: {},
  skip: {},
  suspendMember: { status: 'suspended', suspendedByUs: true },
  unsuspendMember: { status: 'active', suspendedByUs: false },
  removeMember: { status: 'removed', removedByUs: true },
  recoverMember: { status: 'active', removedByUs: false },
  unlinkMember: nothingAppliedToUser,
};
