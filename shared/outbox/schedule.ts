import type { Columns, TableAction, TableStore } from '../model/ports.ts';
import { writeMany } from '../model/table-pages.ts';
import { pendingPartition, scheduleAction, scheduleTable, type Entry } from './entry.ts';

/** Puts identities into the outbox. Scheduling one twice, or one that needs nothing, does no harm. */
export async function schedule(tables: TableStore, entries: readonly Entry[]): Promise<void> {
  // A transaction takes each row once; the columns of two entries with one key are merged, as two upserts would be.
  const columnsByKey = new Map<string, Columns>();
  for (const entry of entries) {
    const { rowKey, columns } = scheduleAction(entry);
    columnsByKey.set(rowKey, { ...columnsByKey.get(rowKey), ...columns });
  }
  const actions = [...columnsByKey].map(([rowKey, columns]): TableAction => ({
    kind: 'upsert',
    rowKey,
    columns,
  }));
  await writeMany(tables, scheduleTable, pendingPartition, actions);
}
