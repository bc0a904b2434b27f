import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TeamMember } from '../../shared/model/target.ts';
import {
  nothingAppliedToUser,
  nothingDesiredOfUser,
  type UserDesired,
  type UserSource,
} from '../../shared/model/user-row.ts';
import { desireUser } from '../../shared/plan/desire-user.ts';
import { planUser, type Match } from '../../shared/plan/plan-user.ts';
import { lesserEffect, takesNothing, takeStrongest } from '../../shared/plan/taking.ts';
import { defaultProvisioning } from '../world/default-provisioning.ts';
import { applyOperation } from './apply-operation.ts';

const id = 'ada';
const policy = defaultProvisioning().leaving;
const names = fc.constantFrom('Ada', 'Augusta', '', 'Ada/Lovelace');
const mails = fc.constantFrom('ada@contoso.com', 'a.king@contoso.com', null, 'no address');

const attributes = fc.record({
  mail: mails,
  givenName: names,
  surname: names,
  accountEnabled: fc.boolean(),
  userPrincipalName: fc.constant('ada@contoso.onmicrosoft.com'),
});
const source: fc.Arbitrary<UserSource> = fc.record({
  attributes: fc.option(attributes),
  epoch: fc.constant('e1'),
  deleted: fc.constantFrom('no', 'no', 'soft', 'hard'),
  groups: fc.subarray(['design', 'sales']),
  roles: fc.subarray(['r1', 'r2']),
});
const rivals: fc.Arbitrary<readonly string[]> = fc.constantFrom([], [], ['bob']);
const facts = fc.record({ source, rivals });

const member: fc.Arbitrary<TeamMember> = fc
  .record({
    memberId: fc.constantFrom('dbmid:1', 'dbmid:2'),
    email: fc.constantFrom('ada@contoso.com', 'old@contoso.com'),
    givenName: names,
    surname: names,
    status: fc.constantFrom('active', 'invited', 'suspended', 'removed'),
    externalId: fc.constantFrom(undefined, id, 'another-provisioner'),
  })
  .map(({ externalId, ...rest }) => (externalId === undefined ? rest : { ...rest, externalId }));
const match: fc.Arbitrary<Match> = fc
  .record({ byExternalId: fc.option(member), byEmail: fc.option(member) })
  .map(({ byExternalId, byEmail }) => ({
    byExternalId: byExternalId === null ? undefined : { ...byExternalId, externalId: id },
    byEmail: byEmail ?? undefined,
  }));

/** Desired after a history of facts, one after the other, a minute apart. */
function desireAfter(
  history: readonly { source: UserSource; rivals: readonly string[] }[],
): UserDesired {
  return history.reduce(
    (previous, fact, index) =>
      desireUser(id, fact.source, previous, { now: index * 60_000, rivals: fact.rivals, policy }),
    nothingDesiredOfUser,
  );
}

const history = fc.array(facts, { minLength: 1, maxLength: 6 });

test('planning after applying gives nothing more to do, whatever came before', () => {
  fc.assert(
    fc.property(history, match, (seen, found) => {
      const desired = desireAfter(seen);
      const applied = applyOperation(desired, nothingAppliedToUser, found);
      const { kind } = planUser(desired, applied, found);
      expect(['nothing', 'hold', 'skip']).toContain(kind);
    }),
  );
});

test('applying twice equals once', () => {
  fc.assert(
    fc.property(history, match, (seen, found) => {
      const desired = desireAfter(seen);
      const once = applyOperation(desired, nothingAppliedToUser, found);
      expect(applyOperation(desired, once, found)).toEqual(once);
    }),
  );
});

test('whoever the team shows as desired already, by our id, needs no change', () => {
  fc.assert(
    fc.property(history, (seen) => {
      const desired = desireAfter(seen);
      if (desired.target === null || desired.presence === 'absent' || desired.skip !== null) return;
      const actual: TeamMember = { memberId: 'dbmid:1', status: 'active', ...desired.target };
      const found = { byExternalId: actual, byEmail: actual };
      expect(planUser(desired, nothingAppliedToUser, found)).toMatchObject({
        kind: 'adoptMember',
        changes: {},
      });
    }),
  );
});

test('somebody we do not own occurs in a plan only to be adopted, and never under a foreign id or after removal', () => {
  fc.assert(
    fc.property(history, match, (seen, found) => {
      const operation = planUser(desireAfter(seen), nothingAppliedToUser, found);
      expect(operation.kind).not.toBe('updateMember');
      if (operation.kind !== 'adoptMember') return;
      expect([undefined, id]).toContain(operation.member.externalId);
      expect(operation.member.status).not.toBe('removed');
    }),
  );
});

test('nobody is invited whom the team knows by id or address', () => {
  fc.assert(
    fc.property(history, match, (seen, found) => {
      const operation = planUser(desireAfter(seen), nothingAppliedToUser, found);
      if (operation.kind !== 'inviteMember') return;
      expect(found).toEqual({ byExternalId: undefined, byEmail: undefined });
    }),
  );
});

describe('desired', () => {
  test('is the same object for the same facts, a day later', () => {
    fc.assert(
      fc.property(history, (seen) => {
        const desired = desireAfter(seen);
        const last = seen.at(-1);
        if (last === undefined) return;
        const context = { now: 86_400_000, rivals: last.rivals, policy };
        expect(desireUser(id, last.source, desired, context)).toBe(desired);
      }),
    );
  });

  test('counts its changes upwards, by one', () => {
    fc.assert(
      fc.property(history, facts, (seen, next) => {
        const before = desireAfter(seen);
        const after = desireAfter([...seen, next]);
        expect([0, 1]).toContain(after.generation - before.generation);
      }),
    );
  });

  test('takes nothing from whoever was never given anything, and never gives and takes at once', () => {
    fc.assert(
      fc.property(history, (seen) => {
        const desired = desireAfter(seen);
        if (!desired.given) expect(desired.takes).toBe('none');
        if (desired.presence === 'member') expect(desired.takes).toBe('none');
        expect(desired.takes === 'none').toBe(desired.takesBecause === null);
      }),
    );
  });

  test('releases nothing by itself', () => {
    fc.assert(
      fc.property(history, (seen) => {
        expect(desireAfter(seen).releasedTakes).toBe('none');
      }),
    );
  });
});

const effect = fc.constantFrom(
  'none' as const,
  'suspend' as const,
  'remove' as const,
  'delete' as const,
);
const reason = fc.record({
  effect,
  kind: fc.constantFrom('said' as const, 'missing' as const),
  because: fc.record({ code: fc.constantFrom('a', 'b'), detail: fc.constant('') }),
});

test('the order of reasons does not matter to what is taken, and how surely', () => {
  const reasons = fc.array(reason, { maxLength: 5 });
  fc.assert(
    fc.property(reasons, fc.nat(), (some, now) => {
      const { takes, takesKind, takesSince } = takeStrongest(some, takesNothing, { now });
      const reversed = takeStrongest(some.toReversed(), takesNothing, { now });
      expect(reversed).toMatchObject({ takes, takesKind, takesSince });
    }),
  );
});

test('what may be carried out is never more than desired, nor more than released', () => {
  const strength = { none: 0, suspend: 1, remove: 2, delete: 3 };
  fc.assert(
    fc.property(effect, effect, (takes, released) => {
      const done = strength[lesserEffect(takes, released)];
      expect(done).toBeLessThanOrEqual(strength[takes]);
      expect(done).toBeLessThanOrEqual(strength[released]);
    }),
  );
});
