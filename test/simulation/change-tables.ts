import type { Cell, Row, TableStore } from '../../shared/model/ports.ts';
import type { Ports } from './ports.ts';

/** The same ports over other tables. */
export function withTables(ports: Ports, change: (tables: TableStore) => TableStore): Ports {
  return { ...ports, tables: change(ports.tables) };
}

/** Tables that show their rows differently from how they are; what is written is written. Undefined hides a row. */
export function showRows(
  tables: TableStore,
  show: (table: string, row: Row) => Row | undefined,
): TableStore {
  return {
    async get(table, partition, rowKey) {
      const row = await tables.get(table, partition, rowKey);
      return row === undefined ? undefined : show(table, row);
    },
    async page(table, partition, request) {
      const page = await tables.page(table, partition, request);
      return { ...page, rows: page.rows.flatMap((row) => show(table, row) ?? []) };
    },
    write: (table, partition, actions) => tables.write(table, partition, actions),
  };
}

/** The row with something changed in a column that holds JSON; as it is where there is no such column. */
export function changeJson(
  row: Row,
  column: string,
  change: (value: { [name: string]: unknown }) => { [name: string]: unknown },
): Row {
  const text = row.columns[column];
  if (typeof text !== 'string') return row;
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) return row;
  const changed: Cell = JSON.stringify(change(value));
  return { ...row, columns: { ...row.columns, [column]: changed } };
}

function isRecord(value: unknown): value is { [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
