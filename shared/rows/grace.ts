import type { TableAction, TableStore } from '../model/ports.ts';
import { readRange, writeMany } from '../model/table-pages.ts';
import { heldTable } from './held.ts';

/** Beside `held`: when the grace period of somebody who left ends. An entry says only when to look; the row says what is due. */
const gracePartition = 'grace';

export interface GraceEntry {
  readonly userId: string;
  /** Milliseconds since 1970. */
  readonly due: number;
}

function graceKey({ userId, due }: GraceEntry): string {
  return `${String(due).padStart(14, '0')}|u:${userId}`;
}

/** Written before the row it is about: an entry too many costs one look, one too few would keep somebody for ever. */
export async function saveGrace(tables: TableStore, entries: readonly GraceEntry[]): Promise<void> {
  const actions = entries.map((entry): TableAction => ({
    kind: 'upsert',
    rowKey: graceKey(entry),
    columns: { v: 1 },
  }));
  await writeMany(tables, heldTable, gracePartition, actions);
}

/** The entries that are due, page by page. */
export async function* readDueGrace(
  tables: TableStore,
  now: number,
): AsyncGenerator<readonly GraceEntry[]> {
  const before = String(now + 1).padStart(14, '0');
  for await (const rows of readRange(tables, heldTable, gracePartition, { before, limit: 500 })) {
    yield rows.map(({ rowKey }) => ({
      due: Number(rowKey.slice(0, 14)),
      userId: rowKey.slice(rowKey.indexOf('|') + 3),
    }));
  }
}

export async function dropGrace(tables: TableStore, entries: readonly GraceEntry[]): Promise<void> {
  const actions = entries.map((entry): TableAction => ({
    kind: 'delete',
    rowKey: graceKey(entry),
    etag: '*',
  }));
  await writeMany(tables, heldTable, gracePartition, actions);
}
