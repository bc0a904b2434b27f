import { GraphRefusal, refuseQuery } from './graph-refusal.ts';

interface Rules {
  /** `id eq '…' or id eq '…'`, or `id in ('…','…')`. */
  readonly form: 'eq' | 'in';
  readonly maximum: number;
}

/** The ids of a filter by id; 400 for any other filter and for too many ids. */
export function parseIdFilter(filter: string, { form, maximum }: Rules): readonly string[] {
  const ids = form === 'eq' ? parseEquals(filter) : parseIn(filter);
  if (ids === undefined) throw refuseQuery(`Unsupported or invalid query filter clause: ${filter}`);
  if (ids.length > maximum) {
    throw refuseQuery(
      `Too many child clauses specified in search filter expression containing 'OR' operators: ${ids.length}. Max allowed: ${maximum}.`,
    );
  }
  for (const id of ids) requireGuid(id);
  return ids.map((id) => id.toLowerCase());
}

function parseEquals(filter: string): readonly string[] | undefined {
  const terms = filter.trim().split(/\s+or\s+/iu);
  const ids = terms.map((term) => /^id\s+eq\s+'([^']*)'$/iu.exec(term.trim())?.[1]);
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

function parseIn(filter: string): readonly string[] | undefined {
  const list = /^id\s+in\s*\(([^)]*)\)$/iu.exec(filter.trim())?.[1];
  const ids = list?.split(',').map((term) => /^'([^']*)'$/u.exec(term.trim())?.[1]);
  return ids?.every((id) => id !== undefined) === true ? ids : undefined;
}

/** 400 for what cannot be the id of an object. */
export function requireGuid(id: string): void {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(id)) return;
  throw new GraphRefusal(400, 'Request_BadRequest', `Invalid object identifier '${id}'.`);
}
