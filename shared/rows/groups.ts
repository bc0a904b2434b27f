import {
  emptyGroupRow,
  groupAppliedSchema,
  groupDesiredSchema,
  groupSourceSchema,
  type GroupApplied,
  type GroupDesired,
  type GroupRow,
  type GroupSource,
} from '../model/group-row.ts';
import type { Row, TableAction, TableStore } from '../model/ports.ts';
import { loadMany } from '../model/table-pages.ts';
import { appliedAction, factsAction, parseOrPassOver } from './identity-rows.ts';
import { fromJsonColumns } from './json-columns.ts';
import { partitionOf } from './users.ts';

export const groupsTable = 'Groups';

/** The rows of these groups, in the order asked; an empty row where there is none. */
export async function loadGroups(
  tables: TableStore,
  ids: readonly string[],
): Promise<readonly GroupRow[]> {
  const rows = await loadMany(
    tables,
    groupsTable,
    ids.map((id) => ({ partitionKey: partitionOf(id), rowKey: id })),
  );
  return ids.map((id, index) => {
    const row = rows[index];
    if (row === undefined) return emptyGroupRow(id);
    return parseOrPassOver(row, parseGroupRow) ?? { ...emptyGroupRow(id), isUnreadable: true };
  });
}

/** Throws where the row was written by something this release does not understand. */
export function parseGroupRow(row: Row): GroupRow {
  const applied = fromJsonColumns(row, 'applied');
  return {
    id: row.rowKey,
    etag: row.etag,
    source: groupSourceSchema.parse(fromJsonColumns(row, 'source')),
    desired: groupDesiredSchema.parse(fromJsonColumns(row, 'desired')),
    applied:
      applied === undefined ? emptyGroupRow(row.rowKey).applied : groupAppliedSchema.parse(applied),
  };
}

/** What the cycle writes of a group. */
export function groupFactsAction(
  row: GroupRow,
  source: GroupSource,
  desired: GroupDesired,
): TableAction {
  return factsAction(row, source, desired);
}

/** What the worker writes of a group. */
export function groupAppliedAction(row: GroupRow, applied: GroupApplied): TableAction {
  return appliedAction(row, applied);
}
