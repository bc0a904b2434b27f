import type { Reason } from '../model/row-parts.ts';
import type { JsonValue } from '../model/source.ts';
import type { MemberTarget } from '../model/user-row.ts';
import { isEmailTaken, nameProblem } from './dropbox-rules.ts';

/** The Graph properties the default mapping reads. */
export const mappedUserAttributes = ['mail', 'givenName', 'surname'] as const;

export type MappedUser =
  | { readonly kind: 'mapped'; readonly target: MemberTarget }
  | { readonly kind: 'refused'; readonly reason: Reason };

/**
 * The default mapping: `mail`, else a deliverable userPrincipalName, becomes the address (lower-case, as Dropbox keeps it); names as they
 * are; the object id becomes the external id. A value Dropbox would refuse is a reason, never a call.
 */
export function mapUser(
  id: string,
  attributes: { readonly [name: string]: JsonValue },
): MappedUser {
  const address = addressOf(attributes);
  if (address === undefined) {
    const detail =
      'the person has no mail, and the userPrincipalName is no address that mail reaches';
    return refused('noDeliverableAddress', detail);
  }
  if (!isEmailTaken(address)) {
    return refused('addressRefused', 'Dropbox does not take this form of e-mail address');
  }
  const givenName = textOf(attributes['givenName']) ?? '';
  const surname = textOf(attributes['surname']) ?? '';
  const problem = problemOf('the given name', givenName) ?? problemOf('the surname', surname);
  if (problem !== undefined) return refused('nameRefused', problem);
  return {
    kind: 'mapped',
    target: { email: address.toLowerCase(), givenName, surname, externalId: id },
  };
}

/** A guest's userPrincipalName (`#EXT#`) and one under onmicrosoft.com pass Dropbox's pattern, but nobody reads mail there. */
function addressOf(attributes: { readonly [name: string]: JsonValue }): string | undefined {
  const mail = textOf(attributes['mail']);
  if (mail !== undefined) return mail;
  const principalName = textOf(attributes['userPrincipalName'])?.toLowerCase();
  if (principalName === undefined || principalName.includes('#ext#')) return undefined;
  return principalName.endsWith('.onmicrosoft.com') ? undefined : principalName;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function problemOf(what: string, name: string): string | undefined {
  const problem = nameProblem(name);
  return problem === undefined ? undefined : `${what} ${problem}`;
}

function refused(code: string, detail: string): MappedUser {
  return { kind: 'refused', reason: { code, detail } };
}
