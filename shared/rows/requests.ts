import { StorageConflictError } from '../model/errors.ts';
import type { TableStore } from '../model/ports.ts';
import { decisionsTable } from './batches.ts';

const requestsPartition = 'requests';
const reconcileKey = 'reconcile';

/** Somebody wants the team compared with what we applied, now and not only when a day has passed. */
export interface ReconcileRequest {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by: string;
}

/** Asks for it. Asked twice is asked once; the later one counts. */
export async function saveRequest(tables: TableStore, { at, by }: ReconcileRequest): Promise<void> {
  await tables.write(decisionsTable, requestsPartition, [
    { kind: 'upsert', rowKey: reconcileKey, columns: { v: 1, at, by } },
  ]);
}

/** What is asked for; undefined where nobody has. */
export async function loadRequest(
  tables: TableStore,
): Promise<(ReconcileRequest & { readonly etag: string }) | undefined> {
  const row = await tables.get(decisionsTable, requestsPartition, reconcileKey);
  if (row === undefined) return undefined;
  const { etag, columns } = row;
  return { at: Number(columns['at'] ?? 0), by: String(columns['by'] ?? ''), etag };
}

/** Takes the request away because it has been met; one that was made anew since it was read stays. */
export async function dropRequest(tables: TableStore, etag: string): Promise<void> {
  try {
    await tables.write(decisionsTable, requestsPartition, [
      { kind: 'delete', rowKey: reconcileKey, etag },
    ]);
  } catch (error) {
    if (!(error instanceof StorageConflictError)) throw error;
  }
}
