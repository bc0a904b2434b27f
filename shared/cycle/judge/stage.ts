import { batchHash } from '../../plan/batch-hash.ts';
import { saveBatch, type Batch, type StoredItem } from '../../rows/batches.ts';
import { noteHeld } from '../../rows/held.ts';
import { saveLogRecords } from '../../rows/log-records.ts';
import type { CycleDeps } from '../deps.ts';
import type { Case } from './case.ts';

const dayMs = 86_400_000;

/**
 * Draws up one list for a person to decide about: its items never change, and its hash says which they are. Written before the entries are
 * marked, so that an entry never waits for a list that nobody can see; a list without entries is closed by the next judgement.
 */
export async function stage(
  deps: CycleDeps,
  cases: readonly Case[],
  { part, reason }: Pick<Batch, 'part' | 'reason'>,
): Promise<void> {
  const [first] = cases;
  if (first === undefined) return;
  const items = cases.map(toItem);
  const hash = batchHash(items);
  const createdAt = deps.clock.now();
  const name = new Date(createdAt).toISOString().slice(0, 16).replaceAll(':', '');
  const batch: Batch = {
    id: `${name}-${hash.slice(0, 8)}`,
    hash,
    part,
    kind: first.budget,
    count: items.length,
    reason,
    createdAt,
    expiresAt: createdAt + deps.cycle.guards.stagedDays * dayMs,
    state: 'open',
  };
  await saveBatch(deps.tables, batch, items);
  await saveLogRecords(
    deps.tables,
    cases.map(({ entry }, index) => ({
      at: createdAt,
      identity: entry.id,
      operation: 'none',
      outcome: 'held',
      code: 'staged',
      reason: `${items[index]?.detail ?? ''}; in list ${batch.id}`,
      changes: [],
      targetId: '',
    })),
  );
  await noteHeld(
    deps.tables,
    cases.map(({ entry }) => ({ entry, note: { batch: batch.id, rejected: '' } })),
  );
  const { id, kind, count } = batch;
  deps.log.warn('removalsStaged', { batch: id, part, kind, count, hash });
}

function toItem({ entry, doubt }: Case): StoredItem {
  const { id, effect, since, code, detail } = entry;
  const text = doubt === undefined ? detail : `${detail}, but: ${doubt}`;
  return { id, effect, since, code, detail: text };
}
