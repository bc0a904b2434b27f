import { StorageConflictError } from '../model/errors.ts';
import type { Clock, Random, TableStore } from '../model/ports.ts';
import { jobTable } from '../rows/job.ts';
import { StaleCycleError } from './stale-cycle-error.ts';

const leaseKey = 'lease';

export interface Lease {
  /** Renews when half of it is gone. Throws StaleCycleError where somebody else has it by now. */
  keep(): Promise<void>;
  /**
   * The tables, written only while the lease holds for certain, with a margin in which a request that was sent takes effect: what a frozen
   * cycle had read must not be written over what the live one has learned since. ETags cannot see that, as rows are read after the facts.
   */
  fence(tables: TableStore): TableStore;
  /** Gives it back; quiet where it is lost already. */
  release(): Promise<void>;
}

/** The right to run a cycle, or undefined where somebody else has it. It saves work; what keeps two cycles apart are the ETags. */
export async function takeLease(
  deps: { readonly tables: TableStore; readonly clock: Clock; readonly random: Random },
  leaseMs: number,
): Promise<Lease | undefined> {
  const { tables, clock } = deps;
  const holder = deps.random.token();
  const row = await tables.get(jobTable, 'job', leaseKey);
  if (row !== undefined && Number(row.columns['until'] ?? 0) > clock.now()) return undefined;
  let renewedAt = clock.now();
  let etag = await write(row?.etag);
  if (etag === undefined) return undefined;
  let renewal: Promise<void> | undefined;

  function write(seen: string | undefined, forMs = leaseMs): Promise<string | undefined> {
    return writeLease(tables, { holder, until: clock.now() + forMs }, seen);
  }

  async function renew(): Promise<void> {
    const at = clock.now();
    etag = await write(etag);
    if (etag === undefined) throw new StaleCycleError('cannot go on: the lease is lost');
    renewedAt = at;
  }

  async function keep(): Promise<void> {
    if (clock.now() - renewedAt < leaseMs / 2) return;
    renewal ??= renew().finally(() => {
      renewal = undefined;
    });
    await renewal;
  }

  return {
    keep,
    fence: (fenced) => ({
      ...readsOf(fenced),
      async write(table, partitionKey, actions) {
        await keep();
        if (clock.now() - renewedAt > (leaseMs * 2) / 3) {
          throw new StaleCycleError('cannot go on: the lease is about to run out');
        }
        return fenced.write(table, partitionKey, actions);
      },
    }),
    async release() {
      await write(etag, 0);
    },
  };
}

function readsOf(tables: TableStore): Pick<TableStore, 'get' | 'page'> {
  return {
    get: (table, partitionKey, rowKey) => tables.get(table, partitionKey, rowKey),
    page: (table, partitionKey, request) => tables.page(table, partitionKey, request),
  };
}

/** The new ETag; undefined where somebody else has written the row. */
async function writeLease(
  tables: TableStore,
  columns: { readonly holder: string; readonly until: number },
  seen: string | undefined,
): Promise<string | undefined> {
  try {
    const [etag] = await tables.write(jobTable, 'job', [
      seen === undefined
        ? { kind: 'insert', rowKey: leaseKey, columns }
        : { kind: 'merge', rowKey: leaseKey, columns, etag: seen },
    ]);
    return etag;
  } catch (error) {
    if (error instanceof StorageConflictError) return undefined;
    throw error;
  }
}
