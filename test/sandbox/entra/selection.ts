import type { JsonValue } from '../../../shared/model/source.ts';
import { GraphRefusal, refusePermission, refuseUnmodelled } from './graph-refusal.ts';
import { collectionProperties, hiddenProperties, shownProperties } from './property-names.ts';
import type { Properties } from './tenant.ts';

type Type = 'user' | 'group';

/** The properties a request names; null where it names none. Names may be of one type only (`user`) or of both in a mixed list. */
export type Selection = readonly string[] | null;

const extraPermissions: { readonly [name: string]: string } = {
  employeeLeaveDateTime: 'User-LifeCycleInfo.Read.All',
  customSecurityAttributes: 'CustomSecAttributeAssignment.Read.All',
  signInActivity: 'AuditLog.Read.All',
};

/** Where a selection stands: `members` may be selected in the groups stream only. */
interface Place {
  readonly types: readonly Type[];
  readonly permissions: readonly string[];
  readonly isDelta?: boolean;
}

/** Reads `$select`; an unknown property is 400, one that needs another permission 403. */
export function parseSelect(text: string | undefined, place: Place): Selection {
  if (text === undefined) return null;
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  for (const name of names) requireSelectable(name, place);
  return names;
}

function requireSelectable(name: string, { types, permissions, isDelta }: Place): void {
  const isKnown = types.some((type) => isKnownProperty(type, name));
  if (!isKnown || (name === 'members' && isDelta !== true)) {
    throw new GraphRefusal(
      400,
      'BadRequest',
      `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type 'microsoft.graph.${types[0]}'.`,
    );
  }
  if (name === 'manager' || name === 'owners') throw refuseUnmodelled(`$select=${name}`);
  const permission = extraPermissions[name];
  if (permission !== undefined && !permissions.includes(permission)) throw refusePermission();
}

function isKnownProperty(type: Type, name: string): boolean {
  return (
    shownProperties[type].includes(name) ||
    hiddenProperties[type].includes(name) ||
    /^extension_[0-9a-f]{32}_\w+$/u.test(name)
  );
}

/** The selected names that this type has, or those it shows unasked. */
export function selectNames(type: Type, selection: Selection): readonly string[] {
  return selection === null
    ? shownProperties[type]
    : selection.filter((name) => isKnownProperty(type, name) && name !== 'members');
}

/** An object as a plain read shows it: every selected property, null where it never had a value. */
export function showObject(
  type: Type,
  object: { readonly id: string; readonly properties: Properties },
  selection: Selection,
): { readonly [name: string]: JsonValue } {
  const item: { [name: string]: JsonValue } = {};
  for (const name of selectNames(type, selection)) {
    const nothing = collectionProperties.has(name) ? [] : null;
    item[name] = name === 'id' ? object.id : (object.properties[name] ?? nothing);
  }
  return selection === null || selection.includes('id') ? item : { ...item, id: object.id };
}

/** The same object as it comes to somebody who may not read its type, or under the fault `blankUsers`: an id, and nulls. */
export function blankObject(item: { readonly [name: string]: JsonValue }): {
  readonly [name: string]: JsonValue;
} {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      name === 'id' || name.startsWith('@') ? value : null,
    ]),
  );
}
