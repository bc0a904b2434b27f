import { describe, expect, test } from 'vitest';
import type { UserOperation } from '../../shared/model/operation.ts';
import type { TeamMember } from '../../shared/model/target.ts';
import {
  nothingAppliedToUser,
  nothingDesiredOfUser,
  type UserApplied,
  type UserDesired,
} from '../../shared/model/user-row.ts';
import { planUser, targetOf, type Match } from '../../shared/plan/plan-user.ts';

const target = {
  email: 'ada@contoso.com',
  givenName: 'Ada',
  surname: 'Lovelace',
  externalId: 'ada',
};
const desired: UserDesired = {
  ...nothingDesiredOfUser,
  generation: 1,
  presence: 'member',
  target,
  given: true,
};
const member: TeamMember = { memberId: 'dbmid:1', status: 'active', ...target };
const { externalId: _ours, ...unmarked } = member;

function plan(
  match: Partial<Match>,
  about: { desired?: Partial<UserDesired>; applied?: Partial<UserApplied> } = {},
): UserOperation {
  return planUser(
    { ...desired, ...about.desired },
    { ...nothingAppliedToUser, ...about.applied },
    { byExternalId: undefined, byEmail: undefined, ...match },
  );
}

test('somebody nobody knows is invited', () => {
  expect(plan({})).toEqual({ kind: 'inviteMember', target });
});

describe('somebody the team knows already', () => {
  test('by our id is adopted, with what differs', () => {
    const byExternalId = { ...member, email: 'a.king@contoso.com' };
    expect(plan({ byExternalId })).toEqual({
      kind: 'adoptMember',
      member: byExternalId,
      by: 'externalId',
      changes: { email: 'ada@contoso.com' },
    });
  });

  test('by address is adopted and marked with our id', () => {
    expect(plan({ byEmail: unmarked })).toEqual({
      kind: 'adoptMember',
      member: unmarked,
      by: 'email',
      changes: { externalId: 'ada' },
    });
  });

  test('by both, if it is the same member, is adopted', () => {
    expect(plan({ byExternalId: member, byEmail: member })).toMatchObject({
      kind: 'adoptMember',
      changes: {},
    });
  });

  test('by our id as one member and by address as another is a matter for a person', () => {
    const byEmail = { ...unmarked, memberId: 'dbmid:2' };
    expect(plan({ byExternalId: member, byEmail })).toEqual({
      kind: 'skip',
      code: 'ambiguousMatch',
      detail: 'the external id belongs to dbmid:1, the address to dbmid:2',
    });
  });

  test("under another provisioner's id is left alone", () => {
    const byEmail = { ...member, externalId: 'another-provisioner' };
    expect(plan({ byEmail })).toMatchObject({ kind: 'skip', code: 'foreignExternalId' });
  });

  test('as removed is left alone: we did not remove them', () => {
    expect(plan({ byEmail: { ...unmarked, status: 'removed' } })).toMatchObject({
      kind: 'skip',
      code: 'removedInDropbox',
    });
  });
});

describe('somebody linked', () => {
  const linked = { memberId: 'dbmid:1', status: 'active', actual: target } as const;

  test('needs nothing while everything is as desired, whatever the team listing says', () => {
    const stale = { ...member, memberId: 'dbmid:2' };
    expect(plan({ byEmail: stale }, { applied: linked })).toEqual({ kind: 'nothing' });
  });

  test('is updated with exactly what differs', () => {
    const applied = { ...linked, actual: { ...target, givenName: 'Augusta', externalId: '' } };
    expect(plan({}, { applied })).toEqual({
      kind: 'updateMember',
      memberId: 'dbmid:1',
      changes: { givenName: 'Ada', externalId: 'ada' },
    });
  });

  test('and removed by somebody else is not brought back', () => {
    expect(plan({}, { applied: { ...linked, status: 'removed' } })).toMatchObject({
      kind: 'skip',
      code: 'removedInDropbox',
    });
  });
});

test('a taking is held before anything else is looked at', () => {
  const going = { takes: 'suspend', presence: 'absent' } as const;
  expect(plan({ byEmail: member }, { desired: going })).toEqual({ kind: 'hold' });
});

test('nobody is touched who is not to be in the team, or cannot be', () => {
  expect(plan({}, { desired: { presence: 'absent' } })).toEqual({ kind: 'nothing' });
  expect(plan({}, { desired: { target: null } })).toEqual({ kind: 'nothing' });
  const skip = { code: 'duplicateAddress', detail: 'bob' };
  expect(plan({ byEmail: member }, { desired: { skip } })).toEqual({ kind: 'skip', ...skip });
});

test('a member without an external id counts as one with an empty one', () => {
  expect(targetOf(unmarked)).toEqual({ ...target, externalId: '' });
});
