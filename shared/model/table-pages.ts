import type { PageRequest, Row, TableAction, TableStore } from './ports.ts';
import { MAX_ACTIONS, MAX_TRANSACTION_BYTES, measureAction } from './table-limits.ts';

/** So many point reads at a time: enough to hide the way to the service and back, few enough for one process's sockets. */
const READS_AT_ONCE = 32;

export interface TableKey {
  readonly partitionKey: string;
  readonly rowKey: string;
}

/**
 * The rows of a range, page by page, in the order of their row keys; `limit` is the size of a page. Empty pages are skipped. A page
 * is fetched no sooner than it is asked for.
 */
export async function* readRange(
  store: TableStore,
  table: string,
  partitionKey: string,
  request: PageRequest = {},
): AsyncGenerator<readonly Row[], void> {
  let next: PageRequest | undefined = request;
  while (next !== undefined) {
    const { rows, continuation }: Awaited<ReturnType<TableStore['page']>> = await store.page(
      table,
      partitionKey,
      next,
    );
    if (continuation !== undefined && continuation === next.continuation) {
      throw new Error(`cannot read ${table}: a page says that it follows itself`);
    }
    if (rows.length > 0) yield rows;
    next = continuation === undefined ? undefined : { ...request, continuation };
  }
}

/**
 * The rows with these keys, in order, undefined where there is none; 32 point reads at a time. A failure is thrown when the reads
 * under way have ended, so that nothing goes on behind the caller's back.
 */
export async function loadMany(
  store: TableStore,
  table: string,
  keys: readonly TableKey[],
): Promise<readonly (Row | undefined)[]> {
  const rows: (Row | undefined)[] = Array.from({ length: keys.length });
  const left = keys.entries();
  let failed = false;

  async function loadNext(): Promise<void> {
    for (const [index, { partitionKey, rowKey }] of left) {
      if (failed) return;
      try {
        rows[index] = await store.get(table, partitionKey, rowKey);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  }

  const readers = Array.from({ length: Math.min(READS_AT_ONCE, keys.length) }, loadNext);
  const ended = await Promise.allSettled(readers);
  for (const reader of ended) {
    if (reader.status === 'rejected') throw reader.reason;
  }
  return rows;
}

/**
 * Writes any number of actions to one partition, in order, in as few transactions as the limits allow (100 actions, 4 MiB, each row
 * once); returns the new ETags as `write` does. Each transaction is whole, all of them together are not: after a failure the earlier
 * ones stand. No actions, no call.
 */
export async function writeMany(
  store: TableStore,
  table: string,
  partitionKey: string,
  actions: readonly TableAction[],
): Promise<readonly string[]> {
  const etags: string[] = [];
  for (const transaction of splitActions(actions)) {
    etags.push(...(await store.write(table, partitionKey, transaction)));
  }
  return etags;
}

/** The actions in order, cut into lists that one transaction can carry (100 actions, 4 MiB, each row once); no list is empty. */
export function splitActions(actions: readonly TableAction[]): readonly (readonly TableAction[])[] {
  const transactions: TableAction[][] = [];
  let current: TableAction[] = [];
  let rowKeys = new Set<string>();
  let bytes = 0;
  for (const action of actions) {
    const size = measureAction(action);
    const fits = current.length < MAX_ACTIONS && bytes + size <= MAX_TRANSACTION_BYTES;
    if (current.length > 0 && (!fits || rowKeys.has(action.rowKey))) {
      transactions.push(current);
      current = [];
      rowKeys = new Set();
      bytes = 0;
    }
    current.push(action);
    rowKeys.add(action.rowKey);
    bytes += size;
  }
  return current.length > 0 ? [...transactions, current] : transactions;
}
