import { z } from 'zod';
import type { Row, TableAction, TableStore } from '../model/ports.ts';
import { loadMany } from '../model/table-pages.ts';
import { schemaVersion } from '../model/row-parts.ts';
import {
  emptyUserRow,
  nothingAppliedToUser,
  userAppliedSchema,
  userDesiredSchema,
  userSourceSchema,
  type UserApplied,
  type UserDesired,
  type UserRow,
  type UserSource,
} from '../model/user-row.ts';
import { fromJsonColumns, toJsonColumns } from './json-columns.ts';

export const usersTable = 'Users';

/** Sixteen partitions, so that one page of people is written in few transactions. Entra ids are lower-case GUIDs. */
export function partitionOf(id: string): string {
  return id.slice(0, 1).toLowerCase();
}

/** The rows of these people, in the order asked; an empty row where there is none. */
export async function loadUsers(
  tables: TableStore,
  ids: readonly string[],
): Promise<readonly UserRow[]> {
  const rows = await loadMany(
    tables,
    usersTable,
    ids.map((id) => ({ partitionKey: partitionOf(id), rowKey: id })),
  );
  return ids.map((id, index) => {
    const row = rows[index];
    return row === undefined ? emptyUserRow(id) : readOrPassOver(row);
  });
}

/** A row of a later release, or one that makes no sense, is left alone: it must not hold up the nineteen others of its slot or page. */
function readOrPassOver(row: Row): UserRow {
  const isLater = Number(row.columns['v'] ?? 0) > schemaVersion;
  try {
    if (!isLater) return parseUserRow(row);
  } catch (error) {
    if (!(error instanceof z.ZodError || error instanceof SyntaxError)) throw error;
  }
  return { ...emptyUserRow(row.rowKey), isUnreadable: true };
}

/** Throws where the row was written by something this release does not understand. */
export function parseUserRow(row: Row): UserRow {
  const applied = fromJsonColumns(row, 'applied');
  return {
    id: row.rowKey,
    etag: row.etag,
    source: userSourceSchema.parse(fromJsonColumns(row, 'source')),
    desired: userDesiredSchema.parse(fromJsonColumns(row, 'desired')),
    applied: applied === undefined ? nothingAppliedToUser : userAppliedSchema.parse(applied),
  };
}

/** What the cycle writes: source and desired, on condition that the row is as it was read. */
export function userFactsAction(
  row: UserRow,
  source: UserSource,
  desired: UserDesired,
): TableAction {
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
export function userAppliedAction(row: UserRow, applied: UserApplied): TableAction {
  return {
    kind: 'merge',
    rowKey: row.id,
    columns: toJsonColumns('applied', applied),
    etag: row.etag ?? '*',
  };
}
