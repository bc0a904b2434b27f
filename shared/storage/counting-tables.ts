import type { TableStore } from '../model/ports.ts';

/** Calls to one table, whether they went well or not. `reads + transactions` is what storage bills. */
interface TableCounts {
  /** Point reads and pages. */
  readonly reads: number;
  /** Rows that were asked to be written or deleted. */
  readonly writes: number;
  /** Calls that carried those writes. */
  readonly transactions: number;
}

export interface CountingTables extends TableStore {
  /** The counts so far by table; a table that nobody used is absent. */
  counts(): ReadonlyMap<string, TableCounts>;
}

/** The same tables, counted. */
export function countingTables(store: TableStore): CountingTables {
  const counts = new Map<string, TableCounts>();
  const add = (table: string, more: Partial<TableCounts>): void => {
    const before = counts.get(table);
    counts.set(table, {
      reads: (before?.reads ?? 0) + (more.reads ?? 0),
      writes: (before?.writes ?? 0) + (more.writes ?? 0),
      transactions: (before?.transactions ?? 0) + (more.transactions ?? 0),
    });
  };
  return {
    get: (table, partitionKey, rowKey) => {
      add(table, { reads: 1 });
      return store.get(table, partitionKey, rowKey);
    },
    page: (table, partitionKey, request) => {
      add(table, { reads: 1 });
      return store.page(table, partitionKey, request);
    },
    write: (table, partitionKey, actions) => {
      add(table, { writes: actions.length, transactions: 1 });
      return store.write(table, partitionKey, actions);
    },
    counts: () => new Map(counts),
  };
}
