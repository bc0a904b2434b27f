import type { TableAction, TableStore } from '../model/ports.ts';
import { writeMany } from '../model/table-pages.ts';
import type { HeldEffect, Reason } from '../model/row-parts.ts';
import { StorageConflictError } from '../model/errors.ts';

export const heldTable = 'Schedule';
export const heldPartition = 'held';

/** The columns of a row that decide how long a taking is held. */
export interface TakingColumns {
  readonly takes: HeldEffect;
  readonly takesBecause: Reason | null;
  readonly takesKind: 'said' | 'missing' | null;
  readonly takesSince: number;
}

/** One entry per identity and time since which it loses something: written again, it is the same entry. */
function heldKey(id: string, since: number): string {
  return `${String(since).padStart(14, '0')}|${id}`;
}

export interface Held {
  readonly id: string;
  readonly desired: TakingColumns;
}

/** Puts into `held` what would take access away: kept until it is judged, whatever Dropbox looks like meanwhile. */
export async function hold(tables: TableStore, held: readonly Held[]): Promise<void> {
  const actions = held.map(({ id, desired }): TableAction => {
    const columns = {
      v: 1,
      effect: desired.takes,
      kind: desired.takesKind ?? 'missing',
      code: desired.takesBecause?.code ?? '',
      detail: desired.takesBecause?.detail ?? '',
    };
    return { kind: 'upsert', rowKey: heldKey(id, desired.takesSince), columns };
  });
  await writeMany(tables, heldTable, heldPartition, actions);
}

/**
 * The same for a worker, whose row may be out of date by now: the row is looked at once more, and an entry that the cycle has let go of
 * meanwhile is taken out again.
 */
export async function holdIfStillSo(
  tables: TableStore,
  held: Held,
  look: () => Promise<TakingColumns | undefined>,
): Promise<void> {
  await hold(tables, [held]);
  const now = await look();
  const { takesSince } = held.desired;
  if (now?.takes === 'none' || now?.takesSince !== takesSince) {
    await dropHeld(tables, held.id, takesSince);
  }
}

/** Takes an entry out of `held` because nothing is taken from this identity any more. Quiet where there is none. */
export async function dropHeld(tables: TableStore, id: string, since: number): Promise<void> {
  try {
    await tables.write(heldTable, heldPartition, [
      { kind: 'delete', rowKey: heldKey(id, since), etag: '*' },
    ]);
  } catch (error) {
    if (!(error instanceof StorageConflictError)) throw error;
  }
}
