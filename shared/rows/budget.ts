import { z } from 'zod';
import type { TableStore } from '../model/ports.ts';
import { fromJsonColumns, toJsonColumns } from './json-columns.ts';
import { jobTable, type Versioned } from './job.ts';

const amounts = { people: z.number().int(), memberships: z.number().int() };

/** How much was taken away, hour by hour, and in the present cycle. Written only by the cycle. */
const spendingSchema = z.object({
  cycle: z.object({ id: z.string(), ...amounts }),
  hours: z.array(z.object({ hour: z.number().int(), ...amounts })),
});
type StoredSpending = z.infer<typeof spendingSchema>;

const budgetKey = 'budget';

/** What was taken away of late; undefined where nothing ever was. */
export async function loadSpending(
  tables: TableStore,
): Promise<Versioned<StoredSpending> | undefined> {
  const row = await tables.get(jobTable, 'job', budgetKey);
  if (row === undefined) return undefined;
  return { value: spendingSchema.parse(fromJsonColumns(row, 'value')), etag: row.etag };
}

/** Written before anything is released. Throws StorageConflictError where another cycle has spent meanwhile. */
export async function saveSpending(
  tables: TableStore,
  { value, etag }: { readonly value: unknown; readonly etag: string | undefined },
): Promise<string> {
  const columns = toJsonColumns('value', value);
  const [next] = await tables.write(jobTable, 'job', [
    etag === undefined
      ? { kind: 'insert', rowKey: budgetKey, columns }
      : { kind: 'merge', rowKey: budgetKey, columns, etag },
  ]);
  return next ?? '';
}
