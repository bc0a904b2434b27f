import { describe, expect, test } from 'vitest';
import {
  nothingAppliedToUser,
  nothingDesiredOfUser,
  unknownUserSource,
  type UserApplied,
  type UserDesired,
  type UserSource,
} from '../../shared/model/user-row.ts';
import { desireUser } from '../../shared/plan/desire-user.ts';
import { graceEndsAt as endOfGrace, type LeavingPolicy } from '../../shared/plan/leaving-policy.ts';
import { planUser } from '../../shared/plan/plan-user.ts';
import { defaultProvisioning } from '../world/default-provisioning.ts';

const dayMs = 86_400_000;
const leftAt = 1_000_000;
const graceEndsAt = leftAt + 30 * dayMs;
const defaults = defaultProvisioning().leaving;

const attributes = {
  mail: 'ada@contoso.com',
  givenName: 'Ada',
  surname: 'Lovelace',
  accountEnabled: true,
  userPrincipalName: 'ada@contoso.onmicrosoft.com',
};
const assigned: UserSource = { ...unknownUserSource, attributes, roles: ['r1'] };
const inGroup: UserSource = { ...unknownUserSource, attributes, groups: ['design'] };
const blocked: UserSource = { ...assigned, attributes: { ...attributes, accountEnabled: false } };

function desire(
  source: UserSource,
  previous: UserDesired,
  { now = leftAt, policy = {} }: { now?: number; policy?: Partial<LeavingPolicy> } = {},
): UserDesired {
  return desireUser('ada', source, previous, {
    now,
    rivals: [],
    policy: { ...defaults, ...policy },
  });
}

function givenBy(source: UserSource): UserDesired {
  return desire(source, nothingDesiredOfUser, { now: 1 });
}

type Does = LeavingPolicy['outOfScope'];
interface Event {
  readonly happens: string;
  readonly before: UserSource;
  readonly after: UserSource;
  readonly key: 'blocked' | 'outOfScope' | 'softDeleted' | 'hardDeleted';
  readonly isSaid: boolean;
  readonly policies: readonly Does[];
}

const all = ['suspend', 'suspendThenRemove', 'remove', 'nothing'] as const;
const events: readonly Event[] = [
  {
    happens: 'sign-in is blocked',
    before: assigned,
    after: blocked,
    key: 'blocked',
    isSaid: true,
    policies: ['suspend', 'nothing'],
  },
  {
    happens: 'the person is unassigned',
    before: assigned,
    after: { ...assigned, roles: [] },
    key: 'outOfScope',
    isSaid: false,
    policies: all,
  },
  {
    happens: 'the person leaves the assigned group',
    before: inGroup,
    after: { ...inGroup, groups: [] },
    key: 'outOfScope',
    isSaid: false,
    policies: all,
  },
  {
    happens: 'the person is soft-deleted',
    before: assigned,
    after: { ...assigned, deleted: 'soft' },
    key: 'softDeleted',
    isSaid: true,
    policies: all,
  },
  {
    happens: 'the person is hard-deleted',
    before: assigned,
    after: { ...assigned, deleted: 'hard' },
    key: 'hardDeleted',
    isSaid: true,
    policies: ['remove', 'suspend', 'nothing'],
  },
];

/** What a policy takes away at once, and when 30 days have passed. */
const effects: { readonly [does in Does]: readonly ['none' | 'suspend' | 'remove', string] } = {
  nothing: ['none', 'none'],
  suspend: ['suspend', 'suspend'],
  suspendThenRemove: ['suspend', 'remove'],
  remove: ['remove', 'remove'],
};

const linked = { memberId: 'dbmid:1', actual: givenBy(assigned).target } as const;
interface State {
  readonly member: string;
  readonly applied: Partial<UserApplied>;
  /** What is done in Dropbox for each effect, and when the person is back. */
  readonly none: string;
  readonly suspend: string;
  readonly remove: string;
  readonly back: string;
}

const states: readonly State[] = [
  {
    member: 'nobody in Dropbox',
    applied: {},
    none: 'nothing',
    suspend: 'nothing',
    remove: 'nothing',
    back: 'inviteMember',
  },
  {
    member: 'an invited member',
    applied: { ...linked, status: 'invited' },
    none: 'nothing',
    suspend: 'suspendMember',
    remove: 'removeMember',
    back: 'nothing',
  },
  {
    member: 'an active member',
    applied: { ...linked, status: 'active' },
    none: 'nothing',
    suspend: 'suspendMember',
    remove: 'removeMember',
    back: 'nothing',
  },
  {
    member: 'a member suspended by us',
    applied: { ...linked, status: 'suspended', suspendedByUs: true },
    none: 'nothing',
    suspend: 'nothing',
    remove: 'removeMember',
    back: 'unsuspendMember',
  },
  {
    member: 'a member suspended by somebody else',
    applied: { ...linked, status: 'suspended' },
    none: 'nothing',
    suspend: 'nothing',
    remove: 'removeMember',
    back: 'skip suspendedInDropbox',
  },
  {
    member: 'a member removed by us',
    applied: { ...linked, status: 'removed', removedByUs: true },
    none: 'nothing',
    suspend: 'nothing',
    remove: 'nothing',
    back: 'recoverMember',
  },
  {
    member: 'a member removed by somebody else',
    applied: { ...linked, status: 'removed' },
    none: 'nothing',
    suspend: 'nothing',
    remove: 'nothing',
    back: 'skip removedInDropbox',
  },
];

/** What the worker would do, once all that is taken was released. */
function operationOf(
  desired: UserDesired,
  applied: Partial<UserApplied>,
  isReleased = true,
): string {
  const operation = planUser(
    isReleased ? { ...desired, releasedTakes: desired.takes } : desired,
    { ...nothingAppliedToUser, ...applied },
    { byExternalId: undefined, byEmail: undefined },
  );
  return operation.kind === 'skip' ? `skip ${operation.code}` : operation.kind;
}

for (const event of events) {
  describe(`when ${event.happens}`, () => {
    for (const does of event.policies) {
      const policy = { [event.key]: does };
      const [atOnce, later] = effects[does];
      const gone = desire(event.after, givenBy(event.before), { policy });
      const afterGrace = desire(event.after, gone, { policy, now: graceEndsAt });

      test(`policy ${does} takes ${atOnce} at once and ${later} after 30 days`, () => {
        expect([gone.takes, afterGrace.takes]).toEqual([atOnce, later]);
        expect(gone.presence).toBe('absent');
        const kind = event.isSaid ? 'said' : 'missing';
        expect(gone.takesKind).toBe(does === 'nothing' ? null : kind);
        expect(gone.takesSince).toBe(does === 'nothing' ? 0 : leftAt);
      });

      for (const state of states) {
        const done = state[atOnce];
        test(`policy ${does}, ${state.member}: ${done}`, () => {
          expect(operationOf(gone, state.applied)).toBe(done);
        });
        if (does === 'suspendThenRemove') {
          test(`policy ${does} when the grace period is over, ${state.member}: ${state.remove}`, () => {
            expect(operationOf(afterGrace, state.applied)).toBe(state.remove);
          });
        }
        if (does !== 'nothing') {
          test(`policy ${does}, ${state.member}: is held until it is released`, () => {
            expect(operationOf(gone, state.applied, false)).toBe('hold');
          });
        }
        test(`policy ${does}, ${state.member}, back again: ${state.back}`, () => {
          const back = desire(event.before, gone, { policy, now: leftAt + dayMs });
          expect(back).toMatchObject({ presence: 'member', takes: 'none', leftSince: 0 });
          expect(operationOf(back, state.applied)).toBe(state.back);
        });
      }
    }

    test('somebody who was never given anything loses nothing', () => {
      const never = desire(event.after, nothingDesiredOfUser);
      expect(never).toMatchObject({ given: false, takes: 'none', leftSince: 0 });
      expect(operationOf(never, {})).toBe('nothing');
    });
  });
}

describe('the grace period', () => {
  const unassigned: UserSource = { ...assigned, roles: [] };
  const left = desire(unassigned, givenBy(assigned));

  test('ends exactly removeAfterDays after the person left, not a millisecond before', () => {
    expect(left).toMatchObject({ takes: 'suspend', leftSince: leftAt });
    expect(desire(unassigned, left, { now: graceEndsAt - 1 })).toBe(left);
    expect(desire(unassigned, left, { now: graceEndsAt })).toMatchObject({
      takes: 'remove',
      takesSince: graceEndsAt,
      leftSince: leftAt,
    });
  });

  test('may be parts of a day, or none at all', () => {
    const half = { removeAfterDays: 0.5 };
    expect(desire(unassigned, left, { policy: half, now: leftAt + dayMs / 2 - 1 })).toBe(left);
    expect(desire(unassigned, left, { policy: half, now: leftAt + dayMs / 2 }).takes).toBe(
      'remove',
    );
    const none = { removeAfterDays: 0 };
    expect(desire(unassigned, givenBy(assigned), { policy: none }).takes).toBe('remove');
  });

  test('ends at a whole millisecond whatever part of a day it is: the time is part of a key', () => {
    for (const removeAfterDays of [0.07, 0.1, 1 / 3, 29.99]) {
      const due = endOfGrace(leftAt, { removeAfterDays });
      expect(Number.isInteger(due), String(removeAfterDays)).toBe(true);
      expect(due - leftAt - removeAfterDays * dayMs).toBeLessThan(1);
      expect(due - leftAt).toBeGreaterThanOrEqual(removeAfterDays * dayMs - 0.001);
    }
  });

  test('goes on where another reason with a grace period takes the first one’s place', () => {
    const deleted = desire({ ...assigned, deleted: 'soft' }, left, { now: leftAt + dayMs });
    expect(deleted).toMatchObject({ leftSince: leftAt, takesBecause: { code: 'softDeleted' } });
  });

  test('does not begin for somebody who is only blocked, and begins when they are unassigned too', () => {
    const isBlocked = desire(blocked, givenBy(assigned));
    expect(isBlocked.leftSince).toBe(0);
    const both = desire({ ...blocked, roles: [] }, isBlocked, { now: leftAt + dayMs });
    expect(both).toMatchObject({ takes: 'suspend', takesKind: 'said', leftSince: leftAt + dayMs });
    expect(both.takesSince).toBe(leftAt);
    const over = desire({ ...blocked, roles: [] }, both, { now: leftAt + 31 * dayMs });
    expect(over).toMatchObject({ takes: 'remove', takesBecause: { code: 'notAssigned' } });
  });

  test('starts anew for somebody who came back in between', () => {
    const back = desire(assigned, left, { now: leftAt + dayMs });
    const again = desire(unassigned, back, { now: leftAt + 2 * dayMs });
    expect(again.leftSince).toBe(leftAt + 2 * dayMs);
    expect(desire(unassigned, again, { now: graceEndsAt })).toBe(again);
  });

  test('that ends lets nobody be removed on the release of the suspension', () => {
    const released = { ...left, releasedTakes: 'suspend' as const };
    const over = desire(unassigned, released, { now: graceEndsAt });
    expect(over.releasedTakes).toBe('suspend');
    const suspended = { ...linked, status: 'suspended', suspendedByUs: true } as const;
    expect(operationOf(over, suspended, false)).toBe('hold');
  });
});

describe('somebody who is wanted for another reason too', () => {
  test('loses nothing when only one of two groups, or of group and assignment, is gone', () => {
    const two = givenBy({ ...inGroup, groups: ['design', 'sales'] });
    expect(desire({ ...inGroup, groups: ['sales'] }, two).takes).toBe('none');
    const both = givenBy({ ...assigned, groups: ['design'] });
    expect(desire(assigned, both).takes).toBe('none');
    expect(desire(inGroup, both).takes).toBe('none');
  });
});

describe('of several events the strongest decides', () => {
  test('a policy of nothing for one of them does not protect against the other', () => {
    const gone = { ...blocked, roles: [] };
    const policy = { blocked: 'nothing', outOfScope: 'suspend' } as const;
    expect(desire(gone, givenBy(assigned), { policy })).toMatchObject({
      takes: 'suspend',
      takesBecause: { code: 'notAssigned' },
      takesKind: 'missing',
    });
  });

  test('a hard deletion outweighs a block that came before', () => {
    const isBlocked = desire(blocked, givenBy(assigned));
    const deleted = desire({ ...blocked, deleted: 'hard' }, isBlocked, { now: leftAt + 1 });
    expect(deleted).toMatchObject({ takes: 'remove', takesBecause: { code: 'hardDeleted' } });
  });
});

describe('somebody removed by somebody else and still wanted', () => {
  const gone = { ...linked, status: 'removed' } as const;

  test('is unlinked only where dropping this very link was released', () => {
    const wanted = givenBy(assigned);
    expect(operationOf({ ...wanted, unlinks: 'dbmid:1' }, gone)).toBe('unlinkMember');
    expect(operationOf({ ...wanted, unlinks: 'dbmid:2' }, gone)).toBe('skip removedInDropbox');
  });

  test('is brought back, not unlinked, where we removed them ourselves', () => {
    const wanted = { ...givenBy(assigned), unlinks: 'dbmid:1' };
    expect(operationOf(wanted, { ...gone, removedByUs: true })).toBe('recoverMember');
  });
});
