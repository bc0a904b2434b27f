import type { Row, TableStore } from '../model/ports.ts';
import { ranks, type Entry } from '../outbox/entry.ts';
import { loadIdentityDecisions, type Decision } from '../rows/decisions.ts';

/** Finds out, entry by entry, since when the longest a removal waits for us, and for nobody else. */
export interface OldestRemoval {
  /** Rows of `held`. Those that a person decides about, has rejected or put on hold, or whom a guard protects, do not count. */
  seeHeld(rows: readonly Row[]): Promise<void>;
  /** An entry of the outbox: released, and waiting for its turn since it was last due. */
  seePending(entry: Pick<Entry, 'rank' | 'due'>): void;
  /** Milliseconds since 1970; 0 for none. */
  readonly since: number;
}

export function createOldestRemoval(tables: TableStore, now: number): OldestRemoval {
  let identities: ReadonlyMap<string, Decision> | undefined;
  let since = Infinity;
  return {
    async seeHeld(rows) {
      for (const { rowKey, columns } of rows) {
        const isKept = ['batch', 'rejected', 'stopped'].some(
          (name) => (columns[name] ?? '') !== '',
        );
        const at = Number(rowKey.slice(0, rowKey.indexOf('|')));
        if (isKept || Number.isNaN(at) || at >= since) continue;
        identities ??= await loadIdentityDecisions(tables);
        const decision = identities.get(rowKey.slice(rowKey.indexOf('|') + 1));
        const until = decision?.verdict === 'hold' ? (decision.until ?? Infinity) : 0;
        if (until <= now) since = at;
      }
    },
    seePending({ rank, due }) {
      if (rank === ranks.takenAway && due <= now) since = Math.min(since, due);
    },
    get since() {
      return since === Infinity ? 0 : since;
    },
  };
}
