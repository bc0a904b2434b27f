import type { TableStore } from '../model/ports.ts';
import { writeMany } from '../model/table-pages.ts';
import { pendingPartition, scheduleAction, scheduleTable, type Entry } from './entry.ts';

/** Puts identities into the outbox. Scheduling one twice, or one that needs nothing, does no harm. */
export async function schedule(tables: TableStore, entries: readonly Entry[]): Promise<void> {
  const actionByKey = new Map(
    entries.map((entry) => {
      const action = scheduleAction(entry);
      return [action.rowKey, action] as const;
    }),
  );
  // The same key twice in one call: the one that asks for more (verify) must win.
  for (const entry of entries) {
    if (entry.verify || entry.alone === true) {
      const action = scheduleAction(entry);
      actionByKey.set(action.rowKey, action);
    }
  }
  await writeMany(tables, scheduleTable, pendingPartition, [...actionByKey.values()]);
}
