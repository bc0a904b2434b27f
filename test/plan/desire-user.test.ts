import { describe, expect, test } from 'vitest';
import {
  nothingDesiredOfUser,
  unknownUserSource,
  type UserDesired,
  type UserSource,
} from '../../shared/model/user-row.ts';
import { desireUser, wantedAddress } from '../../shared/plan/desire-user.ts';
import { defaultProvisioning } from '../world/default-provisioning.ts';

const policy = defaultProvisioning().leaving;
const attributes = {
  mail: 'ada@contoso.com',
  givenName: 'Ada',
  surname: 'Lovelace',
  accountEnabled: true,
  userPrincipalName: 'ada@contoso.onmicrosoft.com',
};
const assigned: UserSource = { ...unknownUserSource, attributes, roles: ['r1'] };
const blocked: UserSource = { ...assigned, attributes: { ...attributes, accountEnabled: false } };

function desire(
  source: UserSource,
  previous: UserDesired = nothingDesiredOfUser,
  context: Partial<Parameters<typeof desireUser>[3]> = {},
): UserDesired {
  return desireUser('ada', source, previous, { now: 1_000, rivals: [], policy, ...context });
}

test('somebody assigned directly and through groups is desired, because of each', () => {
  expect(desire({ ...assigned, groups: ['design', 'sales'] })).toMatchObject({
    generation: 1,
    presence: 'member',
    because: ['role:r1', 'group:design', 'group:sales'],
    target: { email: 'ada@contoso.com', externalId: 'ada' },
    skip: null,
    given: true,
    takes: 'none',
  });
});

test('the generation counts changes and nothing else: the same facts give the same object back', () => {
  const first = desire(assigned);
  expect(desire(assigned, first, { now: 9_999 })).toBe(first);
  const renamed = { ...assigned, attributes: { ...attributes, givenName: 'Augusta' } };
  expect(desire(renamed, first)).toMatchObject({ generation: 2, target: { givenName: 'Augusta' } });
});

describe('somebody in scope is skipped with a named reason', () => {
  const cases: readonly (readonly [string, UserSource, readonly string[]])[] = [
    ['notReadable', { ...assigned, attributes: null }, []],
    ['noDeliverableAddress', { ...assigned, attributes: { ...attributes, mail: null } }, []],
    ['duplicateAddress', assigned, ['bob']],
  ];
  for (const [code, source, rivals] of cases) {
    test(code, () => {
      expect(desire(source, nothingDesiredOfUser, { rivals })).toMatchObject({
        presence: 'member',
        skip: { code },
        given: false,
      });
    });
  }

  test('at most five rivals are named', () => {
    const rivals = ['b', 'c', 'd', 'e', 'f', 'g'];
    const { skip } = desire(assigned, nothingDesiredOfUser, { rivals });
    expect(skip?.detail).toBe('the same address is wanted by b, c, d, e, f');
  });
});

describe('a person whose sign-in is blocked', () => {
  test('is not invited, and loses nothing that was never given', () => {
    expect(desire(blocked)).toMatchObject({
      presence: 'absent',
      given: false,
      takes: 'none',
      skip: { code: 'blocked' },
    });
  });

  test('is suspended once something was given', () => {
    expect(desire(blocked, desire(assigned))).toMatchObject({
      takes: 'suspend',
      takesKind: 'said',
      takesBecause: { code: 'blocked' },
      takesSince: 1_000,
      skip: null,
    });
  });

  test('comes back as soon as sign-in is allowed again', () => {
    const gone = desire(blocked, desire(assigned));
    expect(desire(assigned, gone)).toMatchObject({
      presence: 'member',
      takes: 'none',
      takesSince: 0,
    });
  });
});

describe('somebody who was given access loses it', () => {
  const given = desire(assigned);
  const cases: readonly (readonly [string, UserSource, unknown])[] = [
    [
      'by an absence, when nothing is assigned any more',
      { ...assigned, roles: [] },
      { takes: 'suspend', takesKind: 'missing', takesBecause: { code: 'notAssigned' } },
    ],
    [
      'by word, when Entra deletes them, even without an assignment',
      { ...assigned, roles: [], deleted: 'soft' },
      { takes: 'suspend', takesKind: 'said', takesBecause: { code: 'softDeleted' } },
    ],
    [
      'for good, when Entra deletes them for good',
      { ...assigned, deleted: 'hard' },
      { takes: 'remove', takesKind: 'said', takesBecause: { code: 'hardDeleted' } },
    ],
  ];
  for (const [how, source, taking] of cases) {
    test(how, () => {
      expect(desire(source, given)).toMatchObject({ presence: 'absent', ...Object(taking) });
    });
  }

  test('and keeps the last known target, so that they are known when they come back', () => {
    const gone = desire({ ...assigned, attributes: null, roles: [] }, given);
    expect(gone.target).toEqual(given.target);
  });

  test('but not for a missing address: that is a reason to be skipped, not to go', () => {
    const noMail = { ...assigned, attributes: { ...attributes, mail: null } };
    expect(desire(noMail, given)).toMatchObject({
      presence: 'member',
      takes: 'none',
      skip: { code: 'noDeliverableAddress' },
    });
  });
});

test('a link that was released to be dropped stays so while the person is wanted, and is kept when they leave', () => {
  const unlinked: UserDesired = { ...desire(assigned), unlinks: 'dbmid:gone' };
  const renamed = { ...assigned, attributes: { ...attributes, givenName: 'Augusta' } };
  expect(desire(renamed, unlinked).unlinks).toBe('dbmid:gone');
  expect(desire(blocked, unlinked).unlinks).toBeNull();
});

test('somebody never in scope is absent without a word', () => {
  expect(desire({ ...unknownUserSource, attributes })).toMatchObject({
    presence: 'absent',
    skip: null,
    given: false,
    takes: 'none',
  });
});

test('an address is wanted only by those who are to be in the team', () => {
  expect(wantedAddress('ada', assigned)).toBe('ada@contoso.com');
  for (const source of [
    blocked,
    { ...assigned, roles: [] },
    { ...assigned, deleted: 'soft' as const },
    { ...assigned, attributes: null },
    { ...assigned, attributes: { ...attributes, mail: 'no address' } },
  ]) {
    expect(wantedAddress('ada', source)).toBeUndefined();
  }
});
