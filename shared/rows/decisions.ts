import { z } from 'zod';
import { heldEffectSchema } from '../model/row-parts.ts';
import type { TableAction, TableStore } from '../model/ports.ts';
import { readRange, writeMany } from '../model/table-pages.ts';
import { decisionsTable } from './batches.ts';
import { fromJsonColumns, toJsonColumns } from './json-columns.ts';

/** A person's word. Written by HTTP or the command line, read by the cycle. */
const decisionSchema = z.object({
  verdict: z.enum(['approve', 'reject', 'hold', 'reopen']),
  by: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** Of `hold`: until when, in milliseconds since 1970. */
  until: z.number().nullable(),
  /** Of `approve` and `reject`: the hash of the batch that the person saw. */
  hash: z.string(),
});
export type Decision = Readonly<z.infer<typeof decisionSchema>>;

/** Stands for every item of a batch. */
export const wholeBatch = '*';

/** Decisions about identities by themselves: `hold` and `reopen`. */
const identitiesPartition = 'identities';

function batchPartition(batchId: string): string {
  return `verdicts-${batchId}`;
}

/** A later word about the same item replaces the earlier one. */
export async function saveBatchDecisions(
  tables: TableStore,
  batchId: string,
  decisions: ReadonlyMap<string, Decision>,
): Promise<void> {
  await save(tables, batchPartition(batchId), decisions);
}

/** By the item's id, or `*` for the whole batch. */
export function loadBatchDecisions(
  tables: TableStore,
  batchId: string,
): Promise<ReadonlyMap<string, Decision>> {
  return load(tables, batchPartition(batchId));
}

export async function saveIdentityDecision(
  tables: TableStore,
  id: string,
  decision: Decision,
): Promise<void> {
  await save(tables, identitiesPartition, new Map([[id, decision]]));
}

/** By the id under which the identity is held. */
export function loadIdentityDecisions(tables: TableStore): Promise<ReadonlyMap<string, Decision>> {
  return load(tables, identitiesPartition);
}

async function save(
  tables: TableStore,
  partition: string,
  decisions: ReadonlyMap<string, Decision>,
): Promise<void> {
  const actions = [...decisions].map(([id, decision]): TableAction => ({
    kind: 'upsert',
    rowKey: id,
    columns: { v: 1, ...toJsonColumns('value', decision) },
  }));
  await writeMany(tables, decisionsTable, partition, actions);
}

async function load(tables: TableStore, partition: string): Promise<ReadonlyMap<string, Decision>> {
  const decisions = new Map<string, Decision>();
  for await (const rows of readRange(tables, decisionsTable, partition)) {
    for (const row of rows) {
      decisions.set(row.rowKey, decisionSchema.parse(fromJsonColumns(row, 'value')));
    }
  }
  return decisions;
}

/** What a person has rejected: the same again is not staged, more of it always is. Written only by the cycle. */
const rejectionSchema = z.object({
  effect: heldEffectSchema,
  kind: z.enum(['said', 'missing']),
  /** Since when something is taken away: another departure is another matter. */
  departedAt: z.number(),
  /** Milliseconds since 1970. */
  at: z.number(),
});
export type Rejection = Readonly<z.infer<typeof rejectionSchema>>;

const rejectionsPartition = 'rejections';

export async function saveRejections(
  tables: TableStore,
  rejections: ReadonlyMap<string, Rejection>,
): Promise<void> {
  const actions = [...rejections].map(([id, rejection]): TableAction => ({
    kind: 'upsert',
    rowKey: id,
    columns: { v: 1, ...toJsonColumns('value', rejection) },
  }));
  await writeMany(tables, decisionsTable, rejectionsPartition, actions);
}

/** By the id under which the identity is held. Those that a person has reopened since are forgotten for good. */
export async function loadRejections(
  tables: TableStore,
  identities: ReadonlyMap<string, Decision>,
): Promise<ReadonlyMap<string, Rejection>> {
  const rejections = new Map<string, Rejection>();
  const reopened: TableAction[] = [];
  for await (const rows of readRange(tables, decisionsTable, rejectionsPartition)) {
    for (const row of rows) {
      const rejection = rejectionSchema.parse(fromJsonColumns(row, 'value'));
      const decision = identities.get(row.rowKey);
      const isReopened = decision?.verdict === 'reopen' && decision.at > rejection.at;
      if (isReopened) reopened.push({ kind: 'delete', rowKey: row.rowKey, etag: row.etag });
      else rejections.set(row.rowKey, rejection);
    }
  }
  await writeMany(tables, decisionsTable, rejectionsPartition, reopened);
  return rejections;
}
