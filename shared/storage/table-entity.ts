import type { TableEntity } from '@azure/data-tables';
import type { Cell, Columns, Row } from '../model/ports.ts';

/**
 * A row as the SDK wants it. Every number is a Double: exact for whole numbers up to 2^53 (times in milliseconds), whereas a plain
 * number without a fraction would be an Int32.
 */
export function toEntity(partitionKey: string, rowKey: string, columns: Columns): TableEntity {
  const entity: TableEntity = { partitionKey, rowKey };
  for (const [name, value] of Object.entries(columns)) {
    entity[name] = typeof value === 'number' ? { type: 'Double', value } : value;
  }
  return entity;
}

/** A row as the SDK gave it. Throws where a column is of a kind that we never write. */
export function toRow(table: string, entity: object): Row {
  const columns: { [name: string]: Cell } = {};
  const system = new Map<string, string>();
  for (const [name, value] of Object.entries(entity)) {
    if (systemProperties.has(name)) system.set(name, String(value));
    // odata.metadata and its like
    else if (!name.includes('.')) columns[name] = toCell(table, name, value);
  }
  const [partitionKey, rowKey, etag] = ['partitionKey', 'rowKey', 'etag'].map((name) =>
    system.get(name),
  );
  if (partitionKey === undefined || rowKey === undefined || etag === undefined) {
    throw new Error(`cannot read ${table}: a row came without its keys or its ETag`);
  }
  return { partitionKey, rowKey, etag, columns };
}

/** By the names that the SDK gives them. */
const systemProperties = new Set(['partitionKey', 'rowKey', 'etag', 'timestamp']);

function toCell(table: string, name: string, value: unknown): Cell {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  // An Int64, by somebody else's hand.
  if (typeof value === 'bigint' && BigInt(Number(value)) === value) return Number(value);
  throw new Error(`cannot read ${table}: column ${name} is neither text, number nor boolean`);
}
