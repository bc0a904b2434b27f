import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HeldEffect } from '../../shared/model/row-parts.ts';
import {
  nothingAppliedToUser,
  nothingDesiredOfUser,
  unknownUserSource,
  type UserApplied,
  type UserDesired,
  type UserSource,
} from '../../shared/model/user-row.ts';
import { desireUser } from '../../shared/plan/desire-user.ts';
import { graceEndsAt, type LeavingPolicy } from '../../shared/plan/leaving-policy.ts';
import { planUser } from '../../shared/plan/plan-user.ts';
import { defaultProvisioning } from '../world/default-provisioning.ts';
import { applyOperation } from './apply-operation.ts';

const defaults = defaultProvisioning().leaving;
const leaver = fc.constantFrom(
  'suspend' as const,
  'suspendThenRemove' as const,
  'remove' as const,
  'nothing' as const,
);
const policies: fc.Arbitrary<LeavingPolicy> = fc
  .record({
    blocked: fc.constantFrom('suspend' as const, 'nothing' as const),
    outOfScope: leaver,
    softDeleted: leaver,
    hardDeleted: fc.constantFrom('remove' as const, 'suspend' as const, 'nothing' as const),
    removeAfterDays: fc.integer({ min: 0, max: 40 }),
  })
  .map((changes) => ({ ...defaults, ...changes }));

/** What Entra says, how long later, and whether the cycle then releases all that is taken. */
const moments = fc.array(
  fc.record({
    isBlocked: fc.boolean(),
    isAssigned: fc.boolean(),
    deleted: fc.constantFrom('no' as const, 'no' as const, 'soft' as const, 'hard' as const),
    days: fc.integer({ min: 0, max: 25 }),
    isReleased: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);
type Moment = typeof moments extends fc.Arbitrary<readonly (infer M)[]> ? M : never;

function sourceOf({ isBlocked, isAssigned, deleted }: Moment): UserSource {
  const attributes = {
    mail: 'ada@contoso.com',
    givenName: 'Ada',
    surname: 'Lovelace',
    accountEnabled: !isBlocked,
    userPrincipalName: 'ada@contoso.onmicrosoft.com',
  };
  return { ...unknownUserSource, attributes, roles: isAssigned ? ['r1'] : [], deleted };
}

interface Lived {
  readonly moment: Moment;
  readonly now: number;
  readonly before: UserDesired;
  readonly desired: UserDesired;
}

/** Somebody's history, a release now and then between two looks at Entra. */
function live(history: readonly Moment[], policy: LeavingPolicy): readonly Lived[] {
  let now = 1;
  let before = nothingDesiredOfUser;
  return history.map((moment) => {
    now += moment.days * 86_400_000;
    const desired = desireUser('ada', sourceOf(moment), before, { now, rivals: [], policy });
    const lived = { moment, now, before, desired };
    before = moment.isReleased ? { ...desired, releasedTakes: desired.takes } : desired;
    return lived;
  });
}

const strength: { readonly [effect in HeldEffect]: number } = {
  none: 0,
  suspend: 1,
  remove: 2,
  delete: 3,
};

const applied: fc.Arbitrary<UserApplied> = fc
  .record({
    status: fc.constantFrom('none', 'invited', 'active', 'suspended', 'removed'),
    suspendedByUs: fc.boolean(),
    removedByUs: fc.boolean(),
  })
  .map((about) => ({
    ...nothingAppliedToUser,
    status: about.status,
    memberId: about.status === 'none' ? null : 'dbmid:1',
    actual: { email: 'old@contoso.com', givenName: 'Ada', surname: 'Byron', externalId: 'ada' },
    suspendedByUs: about.status === 'suspended' && about.suspendedByUs,
    removedByUs: about.status === 'removed' && about.removedByUs,
  }));

const noMatch = { byExternalId: undefined, byEmail: undefined };

describe('whatever Entra says, in whatever order', () => {
  test('a release never grows by itself, and never outlives what it was given for', () => {
    fc.assert(
      fc.property(moments, policies, (history, policy) => {
        for (const { before, desired } of live(history, policy)) {
          const { takes, releasedTakes } = desired;
          expect(strength[releasedTakes]).toBeLessThanOrEqual(strength[before.releasedTakes]);
          expect(strength[releasedTakes]).toBeLessThanOrEqual(strength[takes]);
        }
      }),
    );
  });

  test('the time since which something is taken moves exactly when the effect does', () => {
    fc.assert(
      fc.property(moments, policies, (history, policy) => {
        for (const { before, desired, now } of live(history, policy)) {
          if (desired.takes === 'none') expect(desired.takesSince).toBe(0);
          else if (desired.takes === before.takes) {
            expect(desired.takesSince).toBe(before.takesSince);
          } else expect(desired.takesSince).toBe(now);
        }
      }),
    );
  });

  test('nobody is removed before the grace period is over, where every policy has one', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 40 }), (history, removeAfterDays) => {
        const does = { outOfScope: 'suspendThenRemove', softDeleted: 'suspendThenRemove' } as const;
        const policy = { ...defaults, ...does, removeAfterDays };
        const past = history.map((moment) => ({
          ...moment,
          deleted: moment.deleted === 'hard' ? ('soft' as const) : moment.deleted,
        }));
        for (const { desired, now } of live(past, policy)) {
          const isOver = desired.leftSince > 0 && now >= graceEndsAt(desired.leftSince, policy);
          if (desired.takes === 'remove') expect(isOver).toBe(true);
          if (desired.given && isOver) expect(desired.takes).toBe('remove');
        }
      }),
    );
  });

  test('a policy that takes nothing takes nothing, and nobody who is wanted loses anything', () => {
    const nothing = { outOfScope: 'nothing', softDeleted: 'nothing', blocked: 'nothing' } as const;
    fc.assert(
      fc.property(moments, policies, (history, policy) => {
        const mild = { ...policy, ...nothing, hardDeleted: 'nothing' as const };
        for (const { desired } of live(history, mild)) expect(desired.takes).toBe('none');
        for (const { desired, moment } of live(history, policy)) {
          const isWanted = moment.isAssigned && !moment.isBlocked && moment.deleted === 'no';
          if (isWanted) expect(desired).toMatchObject({ takes: 'none', leftSince: 0 });
        }
      }),
    );
  });
});

describe('the worker', () => {
  test('takes away no more than is desired and released, and gives nothing to whoever is leaving', () => {
    fc.assert(
      fc.property(moments, policies, applied, (history, policy, member) => {
        for (const { desired } of live(history, policy)) {
          const { kind } = planUser(desired, member, noMatch);
          const may = Math.min(strength[desired.takes], strength[desired.releasedTakes]);
          if (kind === 'suspendMember') expect(may).toBe(1);
          if (kind === 'removeMember') expect(may).toBe(2);
          if (desired.presence === 'absent') {
            expect(['nothing', 'hold', 'suspendMember', 'removeMember']).toContain(kind);
          }
        }
      }),
    );
  });

  test('unsuspends and recovers only what we suspended and removed', () => {
    fc.assert(
      fc.property(moments, policies, applied, (history, policy, member) => {
        for (const { desired } of live(history, policy)) {
          const { kind } = planUser(desired, member, noMatch);
          if (kind === 'unsuspendMember') expect(member.suspendedByUs).toBe(true);
          if (kind === 'recoverMember') expect(member.removedByUs).toBe(true);
        }
      }),
    );
  });

  test('has nothing left to do after at most two operations, and then never anything', () => {
    fc.assert(
      fc.property(moments, policies, applied, (history, policy, member) => {
        for (const { desired } of live(history, policy)) {
          let now = member;
          for (let times = 0; times < 2; times++) now = applyOperation(desired, now, noMatch);
          expect(['nothing', 'hold', 'skip']).toContain(planUser(desired, now, noMatch).kind);
          expect(applyOperation(desired, now, noMatch)).toEqual(now);
        }
      }),
    );
  });

  test('holds whatever is not released yet, once all that was released is done', () => {
    fc.assert(
      fc.property(moments, policies, applied, (history, policy, member) => {
        for (const { desired } of live(history, policy)) {
          const isOpen = strength[desired.takes] > strength[desired.releasedTakes];
          const { kind } = planUser(desired, member, noMatch);
          if (kind === 'hold') expect(isOpen).toBe(true);
          if (isOpen) expect(['hold', 'suspendMember', 'removeMember']).toContain(kind);
        }
      }),
    );
  });
});
