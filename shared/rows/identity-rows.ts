import { z } from 'zod';
import type { Row, TableAction } from '../model/ports.ts';
import { schemaVersion } from '../model/row-parts.ts';
import { toJsonColumns } from './json-columns.ts';

interface IdentityRow {
  readonly id: string;
  /** Undefined for a row that does not exist yet. */
  readonly etag: string | undefined;
}

/** What the cycle writes of a person or group: source and desired, on condition that the row is as it was read. */
export function factsAction(row: IdentityRow, source: unknown, desired: unknown): TableAction {
  const columns = {
    v: schemaVersion,
    ...toJsonColumns('source', source),
    ...toJsonColumns('desired', desired),
  };
  return row.etag === undefined
    ? { kind: 'insert', rowKey: row.id, columns }
    : { kind: 'merge', rowKey: row.id, columns, etag: row.etag };
}

/** What the worker writes: applied, on condition that the row is as it was read. The row exists: only the cycle makes rows. */
export function appliedAction(row: IdentityRow, applied: unknown): TableAction {
  const columns = toJsonColumns('applied', applied);
  return { kind: 'merge', rowKey: row.id, columns, etag: row.etag ?? '*' };
}

/**
 * A row of a later release, or one that makes no sense, is undefined and left alone: it must not hold up the nineteen others of its slot or
 * page.
 */
export function parseOrPassOver<T>(row: Row, parse: (row: Row) => T): T | undefined {
  if (Number(row.columns['v'] ?? 0) > schemaVersion) return undefined;
  try {
    return parse(row);
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
