import { z } from 'zod';
import type { TableAction, TableStore } from '../model/ports.ts';
import { pendingPartition, scheduleTable } from './entry.ts';

const slotSchema = z.object({
  /** Whoever does not hold this token has lost the slot. */
  token: z.string(),
  /** Milliseconds since 1970; past it, the slot is looked at again by whoever dispatches. */
  until: z.number(),
  ids: z.array(z.string()),
  /** True once a worker has begun: from then on calls may have been made. */
  running: z.boolean(),
  verify: z.boolean(),
  tries: z.number().int(),
});
export type Slot = Readonly<z.infer<typeof slotSchema>>;

export interface Outbox {
  /** Undefined before the row exists. */
  readonly etag: string | undefined;
  readonly slots: readonly (Slot | undefined)[];
}

/** Sorts after every entry, whose keys begin with a digit. */
const outboxRowKey = 'outbox';
const parsedSlot = z.union([slotSchema, z.null()]);

/** The slots as they stand; `count` of them, and any higher one that is still taken from when there were more. */
export async function loadOutbox(tables: TableStore, count: number): Promise<Outbox> {
  const row = await tables.get(scheduleTable, pendingPartition, outboxRowKey);
  if (row === undefined) {
    return { etag: undefined, slots: Array.from({ length: count }, () => undefined) };
  }
  const slots: (Slot | undefined)[] = [];
  for (let index = 0; index < 16; index++) {
    const text = row.columns[`slot${index}`];
    const slot = typeof text === 'string' ? parsedSlot.parse(JSON.parse(text)) : null;
    if (slot !== null || index < count) slots[index] = slot ?? undefined;
  }
  return { etag: row.etag, slots };
}

/** Sets one slot, on condition that no slot has moved since the outbox was read. */
export function slotAction(outbox: Outbox, index: number, slot: Slot | undefined): TableAction {
  const columns = { v: 1, [`slot${index}`]: JSON.stringify(slot ?? null) };
  return outbox.etag === undefined
    ? { kind: 'insert', rowKey: outboxRowKey, columns }
    : { kind: 'merge', rowKey: outboxRowKey, columns, etag: outbox.etag };
}
