import { StorageConflictError } from '../model/errors.ts';
import type { TableAction, TableStore } from '../model/ports.ts';
import { readRange, writeMany } from '../model/table-pages.ts';
import {
  minuteKey,
  parsePendingEntry,
  pendingPartition,
  ranks,
  scheduleAction,
  scheduleTable,
  type PendingEntry,
} from './entry.ts';
import { schedule } from './schedule.ts';

/** An entry that moves takes two actions of a transaction's hundred. */
const entriesAtOnce = 50;

/** Makes everybody who is due at exactly this time due now, and says how many. Times in milliseconds since 1970. */
export async function bringForward(tables: TableStore, due: number, now: number): Promise<number> {
  let count = 0;
  for (const rank of Object.values(ranks)) {
    const minute = `${rank}|${minuteKey(due)}`;
    const range = { from: `${minute}|`, before: `${minute}}`, limit: entriesAtOnce };
    for await (const rows of readRange(tables, scheduleTable, pendingPartition, range)) {
      const entries = rows.flatMap((row) => parsePendingEntry(row) ?? []);
      const waiting = entries.filter((entry) => entry.due === due);
      await move(tables, waiting, now);
      count += waiting.length;
    }
  }
  return count;
}

async function move(
  tables: TableStore,
  entries: readonly PendingEntry[],
  now: number,
): Promise<void> {
  const moved = entries.map((entry) => ({ ...entry, due: now }));
  try {
    const actions = moved.flatMap(({ rowKey, etag, ...entry }): TableAction[] => {
      const action = scheduleAction(entry);
      // Due within this minute already: the same key, and nothing to delete.
      return action.rowKey === rowKey ? [action] : [action, { kind: 'delete', rowKey, etag }];
    });
    await writeMany(tables, scheduleTable, pendingPartition, actions);
  } catch (error) {
    if (!(error instanceof StorageConflictError)) throw error;
    // One of them has moved meanwhile. An entry too many does no harm.
    await schedule(tables, moved);
  }
}
