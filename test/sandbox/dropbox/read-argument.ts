import { z } from 'zod';

import type { WireRequest } from '../wire/types.ts';
import type { DropboxSettings } from './settings.ts';

export type ReadArgument<T> =
  | { readonly kind: 'read'; readonly value: T }
  /** The text of the 400, without the name of the function. */
  | { readonly kind: 'malformed'; readonly text: string };

/** The JSON of a body. No body and no content type stand for `null`. */
export function readJson(request: WireRequest): ReadArgument<unknown> {
  const contentType = request.headers['content-type'];
  if (request.body === '' && contentType === undefined) return { kind: 'read', value: null };
  if (!isJson(contentType)) {
    const text = `Bad HTTP "Content-Type" header: "${contentType ?? ''}". Expecting one of "application/json", "application/json; charset=utf-8", "text/plain; charset=dropbox-cors-hack".`;
    return { kind: 'malformed', text };
  }
  try {
    return { kind: 'read', value: JSON.parse(request.body) };
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { kind: 'malformed', text: 'request body: could not decode input as JSON' };
    }
    throw error;
  }
}

function isJson(contentType: string | undefined): boolean {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const charset = parameters.join(';').trim();
  if (type.trim() === 'text/plain') return charset === 'charset=dropbox-cors-hack';
  return type.trim() === 'application/json' && (charset === '' || charset === 'charset=utf-8');
}

/** Checks an argument and fills in defaults; the text names each field that is wrong. */
export function readArgument<T>(
  schema: z.ZodType<T>,
  json: unknown,
  settings: DropboxSettings,
): ReadArgument<T> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return { kind: 'read', value: parsed.data };
  const { issues } = parsed.error;
  const isOnlyUnknown = issues.every(({ code }) => code === 'unrecognized_keys');
  if (isOnlyUnknown && settings.unknownFields === 'ignore') {
    return readArgument(schema, dropUnknown(json, issues), settings);
  }
  const texts = issues.map((issue) => describeIssue(issue));
  return { kind: 'malformed', text: `request body: ${texts.join('; ')}` };
}

/** The argument of a route that takes none. `{}` is not a null, unless the settings are kind. */
export function readVoid(json: unknown, settings: DropboxSettings): ReadArgument<null> {
  const isEmptyObject = typeof json === 'object' && json !== null && Object.keys(json).length === 0;
  if (json === null || (isEmptyObject && settings.emptyObjectForVoid === 'accept')) {
    return { kind: 'read', value: null };
  }
  return { kind: 'malformed', text: 'request body: expected null, got a value' };
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  const prefix = place === '' ? '' : `${place}: `;
  if (issue.code === 'unrecognized_keys') {
    return `${prefix}unknown field '${issue.keys.join("', '")}'`;
  }
  return `${prefix}${issue.message}`;
}

function dropUnknown(json: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  let value = json;
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') value = dropAt(value, issue.path, issue.keys);
  }
  return value;
}

function dropAt(value: unknown, path: readonly PropertyKey[], keys: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const [head, ...rest] = path;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (index === head ? dropAt(item, rest, keys) : item));
  }
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  if (head === undefined)
    return Object.fromEntries(entries.filter(([name]) => !keys.includes(name)));
  return Object.fromEntries(
    entries.map(([name, item]) => [name, name === head ? dropAt(item, rest, keys) : item]),
  );
}
