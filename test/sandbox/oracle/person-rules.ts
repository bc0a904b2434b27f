import type { DirectoryUser } from '../entra/directory-types.ts';

/** Why a person in scope is not provisioned. */
export type PersonReason =
  | 'blocked'
  | 'noDeliverableAddress'
  | 'addressRefused'
  | 'nameRefused'
  | 'duplicateAddress'
  | 'foreignExternalId'
  | 'ambiguousMatch'
  | 'refusedByDropbox';

/** What Dropbox is to know about a person. The address is lower-case. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly givenName: string;
  readonly surname: string;
}

/** Dropbox's own pattern of an e-mail address (dropbox-api-spec, common.stone). */
const dropboxAddress = /^['#&A-Za-z0-9._%+-]+@[A-Za-z0-9-][A-Za-z0-9.-]*\.[A-Za-z]{2,15}$/;
const longestAddress = 255;
const refusedInNames = /[/:?*<>"\\|]/;
const longestName = 50;

/** The person as Dropbox should see them, or the first reason why not, judged on this person alone. */
export function toPerson(user: DirectoryUser): Person | PersonReason {
  if (user['accountEnabled'] !== true) return 'blocked';
  const email = addressOf(user);
  if (email === undefined) return 'noDeliverableAddress';
  if (!dropboxAddress.test(email) || email.length > longestAddress) return 'addressRefused';
  const givenName = text(user['givenName']);
  const surname = text(user['surname']);
  if (![givenName, surname].every((name) => isAcceptedName(name))) return 'nameRefused';
  return { id: user.id, email, givenName, surname };
}

/** `mail`, else a userPrincipalName that is a mailbox, in lower case. */
function addressOf(user: DirectoryUser): string | undefined {
  const mail = text(user['mail']).toLowerCase();
  if (mail !== '') return mail;
  const name = text(user['userPrincipalName']).toLowerCase();
  const isGuestName = name.includes('#ext#');
  const isTenantName = /[@.]onmicrosoft\.com$/.test(name);
  return name === '' || isGuestName || isTenantName ? undefined : name;
}

function isAcceptedName(name: string): boolean {
  return name.length <= longestName && !refusedInNames.test(name);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
