import type { Row, TableAction, TableStore } from '../model/ports.ts';
import { loadMany } from '../model/table-pages.ts';
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
import { appliedAction, factsAction, parseOrPassOver } from './identity-rows.ts';
import { fromJsonColumns } from './json-columns.ts';

export const usersTable = 'Users';

/** Sixteen partitions, so that one page of people is written in few transactions. Entra ids are lower-case GUIDs. */
export function partitionOf(id: string): string {
  return id.slice(0, 1).toLowerCase();
}

/** All partitions, in order. */
export const partitions: readonly string[] = '0123456789abcdef'.split('');

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
    if (row === undefined) return emptyUserRow(id);
    return parseOrPassOver(row, parseUserRow) ?? { ...emptyUserRow(id), isUnreadable: true };
  });
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

/** What the cycle writes of a person. */
export function userFactsAction(
  row: UserRow,
  source: UserSource,
  desired: UserDesired,
): TableAction {
  return factsAction(row, source, desired);
}

/** What the worker writes of a person. */
export function userAppliedAction(row: UserRow, applied: UserApplied): TableAction {
  return appliedAction(row, applied);
}
