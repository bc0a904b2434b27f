import { describe, expect, test } from 'vitest';
import { mapUser } from '../../shared/mapping/map-user.ts';
import type { JsonValue } from '../../shared/model/source.ts';

type Attributes = { readonly [name: string]: JsonValue };
const ada = { mail: 'ada@contoso.com', givenName: 'Ada', surname: 'Lovelace' };

function targetOf(attributes: Attributes): unknown {
  const mapped = mapUser('id-of-ada', attributes);
  return mapped.kind === 'mapped' ? mapped.target : mapped.reason.code;
}

test('mail, given name, surname and object id become address, names and external id', () => {
  expect(targetOf(ada)).toEqual({
    email: 'ada@contoso.com',
    givenName: 'Ada',
    surname: 'Lovelace',
    externalId: 'id-of-ada',
  });
});

test('an address is written in lower case, as Dropbox keeps it, and names without the space around them', () => {
  const attributes = { mail: ' Ada.L@Contoso.COM ', givenName: ' Ada ', surname: ' Lovelace' };
  expect(targetOf(attributes)).toMatchObject({
    email: 'ada.l@contoso.com',
    givenName: 'Ada',
    surname: 'Lovelace',
  });
});

test('a person without names is mapped with empty ones', () => {
  expect(targetOf({ mail: 'ada@contoso.com', givenName: null })).toMatchObject({
    givenName: '',
    surname: '',
  });
});

describe('without mail', () => {
  const cases: readonly (readonly [string, JsonValue, object | undefined])[] = [
    ['a deliverable userPrincipalName', 'Ada@Contoso.com', { email: 'ada@contoso.com' }],
    ["a guest's", 'ada_gmail.com#EXT#@contoso.com', undefined],
    ['one under onmicrosoft.com', 'ada@contoso.onmicrosoft.com', undefined],
    ['one under ONMICROSOFT.COM', 'ada@contoso.ONMICROSOFT.COM', undefined],
    ['one that is empty', '', undefined],
    ['one that is not shown', null, undefined],
  ];
  for (const [what, userPrincipalName, target] of cases) {
    const verdict = target === undefined ? 'is no address' : 'becomes the address';
    test(`${what} ${verdict}`, () => {
      for (const mail of [null, '', '  ']) {
        const found = targetOf({ ...ada, mail, userPrincipalName });
        if (target === undefined) expect(found).toBe('noDeliverableAddress');
        else expect(found).toMatchObject(target);
      }
    });
  }
});

describe('an address that Dropbox refuses is named before any call', () => {
  const long = `${'a'.repeat(250)}@contoso.com`;
  const refused = ['ada', 'ada@contoso', 'ada@contoso.c', 'ada lovelace@contoso.com', long];
  for (const mail of [...refused, 'ädа@contoso.com', 'ada@contoso..', 'a@b@contoso.com']) {
    test(mail.slice(0, 30), () => {
      expect(targetOf({ ...ada, mail })).toBe('addressRefused');
    });
  }

  test("but not one with an apostrophe, a plus or a guest's hash", () => {
    for (const mail of ["o'hara@contoso.com", 'ada+box@contoso.com', 'ada#1@contoso.com']) {
      expect(targetOf({ ...ada, mail })).toMatchObject({ email: mail });
    }
  });
});

describe('a name that Dropbox refuses is named before any call', () => {
  for (const character of ['/', ':', '?', '*', '<', '>', '"', '|']) {
    test(`with ${character}`, () => {
      const mapped = mapUser('ada', { ...ada, surname: `Love${character}lace` });
      expect(mapped).toEqual({
        kind: 'refused',
        reason: { code: 'nameRefused', detail: `the surname contains ${character}` },
      });
    });
  }

  test('above fifty characters, and not with fifty', () => {
    expect(targetOf({ ...ada, givenName: 'A'.repeat(50) })).toMatchObject({ surname: 'Lovelace' });
    const mapped = mapUser('ada', { ...ada, givenName: 'A'.repeat(51) });
    expect(mapped).toMatchObject({
      reason: { detail: 'the given name is 51 characters long, 50 are allowed' },
    });
  });

  test('but not one in another script', () => {
    expect(targetOf({ ...ada, givenName: '玲', surname: "O'Brien\\Łukasz" })).toMatchObject({
      givenName: '玲',
      surname: "O'Brien\\Łukasz",
    });
  });
});

test('a reason never repeats the address or the name it is about', () => {
  const mapped = [
    mapUser('ada', { ...ada, mail: 'secret person' }),
    mapUser('ada', { ...ada, givenName: 'Secret/Person' }),
  ];
  expect(JSON.stringify(mapped).toLowerCase()).not.toContain('secret');
});
