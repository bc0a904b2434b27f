import { DirectoryInputError } from './directory-input-error.ts';
import {
  isPresentAt,
  readAt,
  type LogSubject,
  type ObjectValue,
  type Properties,
  type Tenant,
  type UserObject,
} from './tenant.ts';

/** Where changes are written: each `append` is a version of its own, each write says how it is taken back. */
export interface ChangeWriter {
  readonly tenant: Tenant;
  readonly now: number;
  /** Returns the new version. */
  append(subject: LogSubject): number;
  onUndo(undo: () => void): void;
}

/** The object as it is now; throws where there is none in one of these states. */
export function readInState<T extends Pick<UserObject, 'history'>>(
  object: T | undefined,
  states: readonly ObjectValue['state'][],
  place: string,
): { readonly object: T; readonly value: ObjectValue } {
  const value = object === undefined ? undefined : readAt(object.history, Infinity);
  if (object === undefined || value === undefined || !states.includes(value.state)) {
    throw new DirectoryInputError(place, `no such object (${states.join(' or ')})`);
  }
  return { object, value };
}

type Kind = 'user' | 'group';

/** Writes a new state of an object: created, deleted or restored. */
export function writeState(
  writer: ChangeWriter,
  of: Kind,
  object: Pick<UserObject, 'id' | 'history'>,
  value: ObjectValue,
): void {
  const version = writer.append({ kind: 'object', of, id: object.id });
  object.history.push({ version, value });
  writer.onUndo(() => object.history.pop());
}

/** Merges properties; a value that is there already is no change. */
export function mergeProperties(
  writer: ChangeWriter,
  of: Kind,
  target: { readonly object: Pick<UserObject, 'id' | 'history'>; readonly value: ObjectValue },
  set: Properties,
): void {
  const { object, value } = target;
  const names = Object.keys(set).filter(
    (name) => JSON.stringify(set[name]) !== JSON.stringify(value.properties[name]),
  );
  if (names.length === 0) return;
  const version = writer.append({ kind: 'properties', of, id: object.id, names });
  object.history.push({
    version,
    value: { ...value, properties: { ...value.properties, ...set } },
  });
  writer.onUndo(() => object.history.pop());
}

/** Makes a link come or go; where it is so already, nothing happens. */
export function writeToggle(
  writer: ChangeWriter,
  toggles: number[],
  present: boolean,
  subject: LogSubject,
): void {
  if (isPresentAt(toggles, Infinity) === present) return;
  toggles.push(writer.append(subject));
  writer.onUndo(() => toggles.pop());
}
