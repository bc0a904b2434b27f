import { z } from 'zod';
import { heldEffectSchema, type HeldEffect } from '../model/row-parts.ts';
import type { TableAction, TableStore } from '../model/ports.ts';
import { readRange, writeMany } from '../model/table-pages.ts';
import { fromJsonColumns, toJsonColumns } from './json-columns.ts';

export const decisionsTable = 'Decisions';
const batchesPartition = 'batches';

/** A list of removals that a person is to decide about. Never changed once written, but for its end. Written only by the cycle. */
const batchSchema = z.object({
  /** Its name: when it was drawn up and the first digits of its hash. */
  id: z.string(),
  /** Over the sorted lines of all its items; what a person approves. */
  hash: z.string(),
  /** What could not be released: what Entra said, what was missing, or what is in doubt whatever the budget. */
  part: z.enum(['said', 'missing', 'doubt']),
  kind: z.enum(['people', 'memberships']),
  count: z.number().int(),
  /** A sentence: why a person has to decide. */
  reason: z.string(),
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  expiresAt: z.number(),
  state: z.enum(['open', 'closed']),
});
export type Batch = Readonly<z.infer<typeof batchSchema>>;

export interface StoredItem {
  /** As in `held`. */
  readonly id: string;
  readonly effect: HeldEffect;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly code: string;
  /** A sentence for the reader, with both answers where two disagree. */
  readonly detail: string;
}

function itemsPartition(batchId: string): string {
  return `items-${batchId}`;
}

/** The items first, the batch after them: a batch that is seen is whole. */
export async function saveBatch(
  tables: TableStore,
  batch: Batch,
  items: readonly StoredItem[],
): Promise<void> {
  const actions = items.map(({ id, ...columns }): TableAction => ({
    kind: 'upsert',
    rowKey: id,
    columns: { v: 1, ...columns },
  }));
  await writeMany(tables, decisionsTable, itemsPartition(batch.id), actions);
  await saveBatchState(tables, batch);
}

export async function saveBatchState(tables: TableStore, batch: Batch): Promise<void> {
  const columns = { v: 1, state: batch.state, ...toJsonColumns('value', batch) };
  await tables.write(decisionsTable, batchesPartition, [
    { kind: 'upsert', rowKey: batch.id, columns },
  ]);
}

/** Batches, the oldest first; without `closed`, only those that wait for a person. */
export async function loadBatches(
  tables: TableStore,
  { closed }: { readonly closed: boolean },
): Promise<readonly Batch[]> {
  const batches: Batch[] = [];
  for await (const rows of readRange(tables, decisionsTable, batchesPartition)) {
    for (const row of rows) {
      if (!closed && row.columns['state'] !== 'open') continue;
      batches.push(batchSchema.parse(fromJsonColumns(row, 'value')));
    }
  }
  return batches;
}

/** The items of one batch, page by page, sorted by id. */
export async function* readBatchItems(
  tables: TableStore,
  batchId: string,
): AsyncGenerator<readonly StoredItem[]> {
  for await (const rows of readRange(tables, decisionsTable, itemsPartition(batchId))) {
    yield rows.map(({ rowKey, columns }) => ({
      id: rowKey,
      effect: heldEffectSchema.parse(columns['effect']),
      since: Number(columns['since'] ?? 0),
      code: String(columns['code'] ?? ''),
      detail: String(columns['detail'] ?? ''),
    }));
  }
}
