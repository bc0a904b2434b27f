import type { DirectoryUser } from '../entra/directory-types.ts';
import type { FakeNames, FakePerson } from './fake-names.ts';
import type { PersonDraft, Placement } from './world-draft.ts';

export const mainDomain = 'northlight.example';
export const tenantDomain = 'northlight.onmicrosoft.com';

type Properties = Omit<DirectoryUser, 'id'>;

/** A person of the company: a mailbox, names, a job. `set` replaces properties; one set to undefined was never set. */
export function createUser(
  names: FakeNames,
  person: FakePerson,
  set: Properties = {},
): DirectoryUser {
  const address = `${person.localPart}@${mainDomain}`;
  const properties: Properties = {
    userPrincipalName: address,
    mail: address,
    givenName: person.givenName,
    surname: person.surname,
    displayName: `${person.givenName} ${person.surname}`,
    accountEnabled: true,
    userType: 'Member',
    department: names.department(),
    jobTitle: names.jobTitle(),
    employeeId: String(100_000 + names.below(900_000)),
    ...set,
  };
  const present = Object.entries(properties).filter(([, value]) => value !== undefined);
  return { id: names.guid(), ...Object.fromEntries(present) };
}

/** A property that is a text; empty where it is none. */
export function textOf(user: DirectoryUser, property: string): string {
  const value = user[property];
  return typeof value === 'string' ? value : '';
}

/** A guest of the tenant, whose userPrincipalName is no mailbox. */
export function createGuest(
  names: FakeNames,
  person: FakePerson,
  { hasMail }: { readonly hasMail: boolean },
): DirectoryUser {
  const address = `${person.localPart}@partner.example`;
  return createUser(names, person, {
    userPrincipalName: `${address.replace('@', '_')}#EXT#@${tenantDomain}`,
    mail: hasMail ? address : undefined,
    userType: 'Guest',
    employeeId: undefined,
    jobTitle: undefined,
  });
}

/** One of the many: nearly always an ordinary person in scope, now and then a guest, a blocked account, or one without mail. */
export function createOrdinaryPerson(names: FakeNames, index: number): PersonDraft {
  const person = names.person();
  const placement = placementOf(names, index);
  const percent = names.below(1000) / 10;
  if (percent < 3) return { user: createGuest(names, person, { hasMail: true }), placement };
  if (percent < 5) {
    return { user: createUser(names, person, { accountEnabled: false }), placement };
  }
  if (percent < 9) {
    // Some never had a mailbox, of others it was taken away.
    const mail = percent < 7 ? undefined : null;
    return { user: createUser(names, person, { mail }), placement };
  }
  if (percent < 9.5) {
    const userPrincipalName = `${person.localPart}@${tenantDomain}`;
    return { user: createUser(names, person, { mail: undefined, userPrincipalName }), placement };
  }
  if (percent < 10) {
    const displayName = `Desk of ${person.localPart}`;
    const blank = { givenName: undefined, surname: undefined, displayName };
    return { user: createUser(names, person, blank), placement };
  }
  if (percent > 90) {
    // Signs in under another name than the one on the mail.
    const userPrincipalName = `${person.localPart}@corp.${mainDomain}`;
    return { user: createUser(names, person, { userPrincipalName }), placement };
  }
  const user = createUser(names, person);
  return percent < 12
    ? { user, placement, member: existingMember(user, names) }
    : { user, placement };
}

/** Every fifth is assigned directly, every tenth by a group as well; a few are not, or in name only. */
function placementOf(names: FakeNames, index: number): Placement {
  if (index % 10 === 4) return 'direct';
  if (index % 10 === 9) return 'both';
  const percent = names.below(1000) / 10;
  if (percent < 3) return 'unassigned';
  if (percent < 4) return 'defaultAccess';
  return 'groups';
}

/** Somebody who joined the team before Entra had a say: same address, names as people write their own. */
function existingMember(user: DirectoryUser, names: FakeNames): NonNullable<PersonDraft['member']> {
  return {
    memberId: `dbmid:${names.key(37)}`,
    email: textOf(user, 'mail').toLowerCase(),
    givenName: textOf(user, 'givenName'),
    surname: textOf(user, 'surname').toUpperCase(),
    status: names.below(3) === 0 ? 'invited' : 'active',
  };
}
