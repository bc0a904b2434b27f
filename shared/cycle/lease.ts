import { StorageConflictError } from '../model/errors.ts';
import type { Clock, Random, TableStore } from '../model/ports.ts';
import { jobTable } from '../rows/job.ts';
import { StaleCycleError } from './stale-cycle-error.ts';

const leaseKey = 'lease';

export interface Lease {
  /** Renews when half of it is gone. Throws StaleCycleError where somebody else has it by now. */
  keep(): Promise<void>;
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
  let etag = await write(row?.etag);
  if (etag === undefined) return undefined;
  let renewedAt = clock.now();

  async function write(seen: string | undefined, forMs = leaseMs): Promise<string | undefined> {
    const columns = { holder, until: clock.now() + forMs };
    try {
      const [next] = await tables.write(jobTable, 'job', [
        seen === undefined
          ? { kind: 'insert', rowKey: leaseKey, columns }
          : { kind: 'merge', rowKey: leaseKey, columns, etag: seen },
      ]);
      return next;
    } catch (error) {
      if (error instanceof StorageConflictError) return undefined;
      throw error;
    }
  }

  return {
    async keep() {
      if (clock.now() - renewedAt < leaseMs / 2) return;
      etag = await write(etag);
      if (etag === undefined) throw new StaleCycleError('cannot go on: the lease is lost');
      renewedAt = clock.now();
    },
    async release() {
      await write(etag, 0);
    },
  };
}
