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
import { schemaVersion } from '../model/row-parts.ts';
import { loadMany } from '../model/table-pages.ts';
import { fromJsonColumns, toJsonColumns } from './json-columns.ts';
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
    return row === undefined ? emptyGroupRow(id) : parseGroupRow(row);
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

/** What the cycle writes: source and desired, on condition that the row is as it was read. */
export function groupFactsAction(
  row: GroupRow,
  source: GroupSource,
  desired: GroupDesired,
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

/** What the worker writes: applied, on condition that the row is as it was read. */
export function groupAppliedAction(row: GroupRow, applied: GroupApplied): TableAction {
  return {
    kind: 'merge',
    rowKey: row.id,
    columns: toJsonColumns('applied', applied),
    etag: row.etag ?? '*',
  };
}
