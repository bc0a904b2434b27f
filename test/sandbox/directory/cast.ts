import type { DirectoryUser } from '../entra/directory-types.ts';
import type { TeamDocumentMember } from '../dropbox/team-types.ts';
import type { FakeNames } from './fake-names.ts';
import { createGuest, createUser, mainDomain, tenantDomain, textOf } from './people.ts';
import type { PersonDraft } from './world-draft.ts';

type Role = (names: FakeNames) => readonly PersonDraft[];

/**
 * People who are there for what is odd about them, the most instructive first, so that a small world has the first of them. Never more
 * than `limit` people.
 */
export function createCast(names: FakeNames, limit: number): readonly PersonDraft[] {
  const cast: PersonDraft[] = [];
  for (const role of roles) {
    const people = role(names);
    if (cast.length + people.length > limit) break;
    cast.push(...people);
  }
  return cast;
}

const roles: readonly Role[] = [
  (names) => [adopted(names, { status: 'active', givenName: 'Bobby' })],
  (names) => [inGroups(user(names, { mail: undefined }))],
  (names) => [inGroups(user(names, { accountEnabled: false }))],
  (names) => [inGroups(createGuest(names, names.person(), { hasMail: true }))],
  (names) => [inGroups(createGuest(names, names.person(), { hasMail: false }))],
  (names) => [adopted(names, { status: 'invited' })],
  (names) => [adopted(names, { status: 'active', isAdmin: true })],
  (names) => [adopted(names, { status: 'suspended' })],
  sharedAddress((address) => address),
  (names) => [linked(names, {})],
  (names) => [linked(names, { email: `married.name.${names.key(6).toLowerCase()}@${mainDomain}` })],
  (names) => [adopted(names, { status: 'active', externalId: `S-1-5-21-${names.key(20)}` })],
  (names) => [inGroups(user(names, { mail: `jörg.müller@${mainDomain}` }))],
  (names) => [inGroups(user(names, { mail: 'ana@north.xn--p1ai' }))],
  (names) => [inGroups(user(names, { surname: names.longName(51) }))],
  (names) => [inGroups(user(names, { surname: names.longName(50) }))],
  (names) => [inGroups(user(names, { givenName: 'Finance / Shared' }))],
  (names) => [inGroups(user(names, { givenName: 'Anna "Nan"' }))],
  (names) => [
    inGroups(
      user(names, { givenName: 'Siobhán', surname: "O'Brien", mail: `s.o'brien@${mainDomain}` }),
    ),
  ],
  (names) => [
    inGroups(user(names, { mail: undefined, userPrincipalName: `svc.scan@${tenantDomain}` })),
  ],
  (names) => [inGroups({ ...user(names), deleted: 'soft' })],
  (names) => [{ user: { ...user(names), deleted: 'soft' }, placement: 'direct' }],
  sharedAddress((address) => address.toUpperCase()),
  (names) => [{ user: user(names), placement: 'defaultAccess' }],
  (names) => [{ user: user(names), placement: 'defaultAccessGroup' }],
  (names) => [{ user: user(names), placement: 'disabledRole' }],
  (names) => [{ user: user(names), placement: 'defaultAndRole' }],
  (names) => [{ user: user(names), placement: 'twoRoles' }],
  (names) => [inGroups(user(names, { givenName: undefined, surname: undefined }))],
  (names) => [inGroups(user(names, { mail: `Grace.HOPPER@${mainDomain}` }))],
  (names) => [{ user: user(names), placement: 'groups', isElsewhere: true }],
  (names) => [1, 2, 3].map(() => ({ user: user(names), placement: 'nested' as const })),
  (names) => [inGroups(user(names, { mail: `${names.key(250).toLowerCase()}@${mainDomain}` }))],
  (names) => [inGroups(user(names, { mail: `r&d+lab@${mainDomain}`, surname: 'Nguyễn-Đặng' }))],
  (names) => [inGroups(user(names, { givenName: 'Wolfeschlegelsteinhausenbergerdorff' }))],
];

function user(names: FakeNames, set: Omit<DirectoryUser, 'id'> = {}): DirectoryUser {
  return createUser(names, names.person(), set);
}

function inGroups(person: DirectoryUser): PersonDraft {
  return { user: person, placement: 'groups' };
}

/** Two people who claim one address, the second in its own spelling. */
function sharedAddress(spell: (address: string) => string): Role {
  return (names) => {
    const first = user(names);
    const second = user(names, { mail: spell(textOf(first, 'mail')) });
    return [inGroups(first), inGroups(second)];
  };
}

function adopted(names: FakeNames, set: Partial<TeamDocumentMember>): PersonDraft {
  const person = user(names);
  return { user: person, placement: 'groups', member: memberOf(names, person, set) };
}

/** On the team already with our external id. */
function linked(names: FakeNames, set: Partial<TeamDocumentMember>): PersonDraft {
  const person = user(names);
  const member = memberOf(names, person, { externalId: person.id, ...set });
  return { user: person, placement: 'both', member };
}

function memberOf(
  names: FakeNames,
  person: DirectoryUser,
  set: Partial<TeamDocumentMember>,
): TeamDocumentMember {
  return {
    memberId: `dbmid:${names.key(37)}`,
    email: textOf(person, 'mail').toLowerCase(),
    givenName: textOf(person, 'givenName'),
    surname: textOf(person, 'surname'),
    status: 'active',
    ...set,
  };
}
