import { StorageConflictError } from '../../shared/model/errors.ts';
import type {
  Columns,
  PageRequest,
  Row,
  TableAction,
  TablePage,
  TableStore,
} from '../../shared/model/ports.ts';
import {
  MAX_PAGE_ROWS,
  checkPageRequest,
  checkRowSize,
  checkTableKeys,
  checkTableWrite,
} from '../../shared/model/table-limits.ts';

/** A state of all tables to go back to. Rows are never changed in place, so a snapshot costs one copy of the maps. */
interface TablesSnapshot {
  readonly version: number;
  readonly partitions: ReadonlyMap<string, Partition>;
}

export interface MemoryTables extends TableStore {
  snapshot(): TablesSnapshot;
  restore(snapshot: TablesSnapshot): void;
  /** All rows of a table, sorted by partition and row key, at once: for a test's own look. */
  rows(table: string): readonly Row[];
  /** One row, at once: for a test's own look. */
  row(table: string, partitionKey: string, rowKey: string): Row | undefined;
}

export interface MemoryTablesOptions {
  /** Pages end after so many rows although more was asked for, as the service may do at any time. */
  readonly pageRows?: number;
  /** Every reading of a range starts with an empty page that is not the last, as the service may do at any time. */
  readonly emptyPages?: boolean;
}

interface Partition {
  readonly rows: Map<string, Row>;
  /** Row keys in ordinal order. */
  readonly keys: string[];
}

/**
 * Table Storage in memory, as the contract tests compare it with Azurite: ETags that change with every write, transactions that
 * happen as a whole or not at all, the same refusals. Tables need no creation. A full page always has a continuation, even where
 * nothing follows.
 */
export function createMemoryTables(options: MemoryTablesOptions = {}): MemoryTables {
  let partitions = new Map<string, Partition>();
  let version = 0;

  const nextEtag = (): string => `W/"${++version}"`;

  function write(
    table: string,
    partitionKey: string,
    actions: readonly TableAction[],
  ): readonly string[] {
    checkTableWrite(table, partitionKey, actions);
    const id = toPartitionId(table, partitionKey);
    const partition = partitions.get(id) ?? { rows: new Map(), keys: [] };
    const results = actions.map((action) => toResult(table, partition.rows, action));
    // Nothing throws from here on: all of it happens.
    partitions.set(id, partition);
    return actions.map(({ rowKey }, index) => {
      const columns = results[index];
      if (columns === undefined) {
        remove(partition, rowKey);
        return '';
      }
      const etag = nextEtag();
      put(partition, { partitionKey, rowKey, etag, columns });
      return etag;
    });
  }

  function page(table: string, partitionKey: string, request: PageRequest): TablePage {
    checkPageRequest(table, partitionKey, request);
    const start = parseContinuation(request.continuation) ?? request.from ?? '';
    if (options.emptyPages === true && request.continuation === undefined) {
      return { rows: [], continuation: toContinuation(start) };
    }
    const partition = partitions.get(toPartitionId(table, partitionKey));
    const limit = Math.min(request.limit ?? MAX_PAGE_ROWS, options.pageRows ?? MAX_PAGE_ROWS);
    return partition === undefined
      ? { rows: [] }
      : readPage(partition, start, request.before, limit);
  }

  function rows(table: string): readonly Row[] {
    const found: Row[] = [];
    for (const id of [...partitions.keys()].toSorted()) {
      const partition = partitions.get(id);
      if (partition !== undefined && id.startsWith(toPartitionId(table, ''))) {
        found.push(...readPage(partition, '', undefined, Infinity).rows);
      }
    }
    return found;
  }

  function row(table: string, partitionKey: string, rowKey: string): Row | undefined {
    return partitions.get(toPartitionId(table, partitionKey))?.rows.get(rowKey);
  }

  return {
    get: async (table, partitionKey, rowKey) => {
      checkTableKeys(table, partitionKey, rowKey);
      return row(table, partitionKey, rowKey);
    },
    page: async (table, partitionKey, request) => page(table, partitionKey, request),
    write: async (table, partitionKey, actions) => write(table, partitionKey, actions),
    snapshot: () => ({ version, partitions: copyPartitions(partitions) }),
    restore: (snapshot) => {
      // ETags of the time that is undone stay used: none of them may come back for another content.
      version = Math.max(version, snapshot.version);
      partitions = copyPartitions(snapshot.partitions);
    },
    rows,
    row,
  };
}

/** The columns the row has afterwards; undefined where it is gone. */
function toResult(
  table: string,
  rows: ReadonlyMap<string, Row>,
  action: TableAction,
): Columns | undefined {
  const row = rows.get(action.rowKey);
  switch (action.kind) {
    case 'insert':
      if (row !== undefined) throw conflict(table, action, 'exists');
      return toColumns(table, {}, action.columns);
    case 'upsert':
      return toColumns(table, row?.columns ?? {}, action.columns);
    case 'merge':
      return toColumns(table, requireRow(table, row, action).columns, action.columns);
    case 'delete':
      requireRow(table, row, action);
  }
  return undefined;
}

function requireRow(
  table: string,
  row: Row | undefined,
  action: TableAction & { readonly etag: string },
): Row {
  if (row === undefined) throw conflict(table, action, 'missing');
  if (action.etag !== '*' && action.etag !== row.etag) throw conflict(table, action, 'changed');
  return row;
}

function toColumns(table: string, before: Columns, changes: Columns): Columns {
  const columns = { ...before };
  for (const [name, value] of Object.entries(changes)) {
    columns[name] = value === 0 ? 0 : value; // no negative zero in JSON
  }
  checkRowSize(table, columns);
  return Object.freeze(columns);
}

function conflict(
  table: string,
  action: TableAction,
  reason: StorageConflictError['reason'],
): StorageConflictError {
  return new StorageConflictError(
    `cannot ${action.kind} a row of ${table}: it is ${reason}`,
    reason,
  );
}

function put(partition: Partition, row: Row): void {
  if (!partition.rows.has(row.rowKey)) {
    partition.keys.splice(findPlace(partition.keys, row.rowKey), 0, row.rowKey);
  }
  partition.rows.set(row.rowKey, Object.freeze(row));
}

function remove(partition: Partition, rowKey: string): void {
  partition.rows.delete(rowKey);
  partition.keys.splice(findPlace(partition.keys, rowKey), 1);
}

/** The first index whose key is not before this one; strings compare by UTF-16 units, as row keys do. */
function findPlace(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readPage(
  partition: Partition,
  start: string,
  before: string | undefined,
  limit: number,
): TablePage {
  const rows: Row[] = [];
  for (let index = findPlace(partition.keys, start); index < partition.keys.length; index++) {
    const key = partition.keys[index] ?? '';
    if (before !== undefined && key >= before) break;
    const row = partition.rows.get(key);
    if (row !== undefined) rows.push(row);
    // The smallest string after this key: whatever comes to stand behind it later is still found.
    if (rows.length === limit) return { rows, continuation: toContinuation(`${key}\u0000`) };
  }
  return { rows };
}

function toContinuation(start: string): string {
  return `from:${start}`;
}

function parseContinuation(continuation: string | undefined): string | undefined {
  if (continuation === undefined) return undefined;
  if (!continuation.startsWith('from:')) throw new Error('cannot read a page: foreign token');
  return continuation.slice('from:'.length);
}

function copyPartitions(partitions: ReadonlyMap<string, Partition>): Map<string, Partition> {
  const copy = new Map<string, Partition>();
  for (const [id, { rows, keys }] of partitions) {
    copy.set(id, { rows: new Map(rows), keys: [...keys] });
  }
  return copy;
}

/** Table names are not case-sensitive. No key contains a line feed. */
function toPartitionId(table: string, partitionKey: string): string {
  return `${table.toLowerCase()}\n${partitionKey}`;
}
