import type { TableStore } from '../model/ports.ts';
import { batchHash } from '../plan/batch-hash.ts';
import { loadBatches, readBatchItems, type Batch, type StoredItem } from '../rows/batches.ts';
import { describeTime } from './describe-time.ts';
import { callStaged, type StagedDeps } from './staged-deps.ts';
import { StagedProblem } from './staged-problem.ts';

const fewestHashDigits = 8;
const lookAgain = `${callStaged} list shows what there is`;

/** A batch by its id, or by the beginning of its id or hash. Throws StagedProblem where there is none, or more than one. */
export async function findBatch(tables: TableStore, name: string): Promise<Batch> {
  const batches = await loadBatches(tables, { closed: true });
  const exact = batches.find(({ id }) => id.toLowerCase() === name);
  if (exact !== undefined) return exact;
  const fitting = batches.filter(
    ({ id, hash }) => id.toLowerCase().startsWith(name) || isHashOf(hash, name),
  );
  const [batch, ...others] = fitting;
  if (batch === undefined) {
    throw new StagedProblem(`there is no batch ${name}; ${callStaged} list --all shows them all`);
  }
  if (others.length > 0) throw new StagedProblem(tooMany(name, fitting));
  return batch;
}

/**
 * The batch that a person means to decide about. Throws StagedProblem unless exactly one that is open and has not expired has a hash that
 * begins so.
 */
export async function findOpenBatch(
  { tables, clock }: Pick<StagedDeps, 'tables' | 'clock'>,
  hash: string,
): Promise<Batch> {
  checkHash(hash);
  const now = clock.now();
  const batches = await loadBatches(tables, { closed: true });
  const fitting = batches.filter((batch) => isHashOf(batch.hash, hash));
  const open = fitting.filter(({ state, expiresAt }) => state === 'open' && expiresAt > now);
  // The same items may have been drawn up again, after the older list was lost or had its time: the newest is the one that counts.
  const batch = open.at(-1);
  if (batch === undefined) throw new StagedProblem(whyNotOpen(hash, fitting.at(-1)));
  if (open.some((one) => one.hash !== batch.hash)) throw new StagedProblem(tooMany(hash, open));
  return batch;
}

/** All items of a batch. Throws StagedProblem where they do not give its hash: then nobody should decide about it. */
export async function loadItems(tables: TableStore, batch: Batch): Promise<readonly StoredItem[]> {
  const items: StoredItem[] = [];
  for await (const page of readBatchItems(tables, batch.id)) items.push(...page);
  const hash = batchHash(items);
  if (hash === batch.hash) return items;
  throw new StagedProblem(
    `the items of batch ${batch.id} are not those it was drawn up with: they give the hash ${hash} instead of ${batch.hash}. ` +
      'Somebody has changed the storage: do not approve it, and find out who',
  );
}

function isHashOf(hash: string, beginning: string): boolean {
  return beginning.length >= fewestHashDigits && hash.startsWith(beginning);
}

function checkHash(hash: string): void {
  if (!/^[0-9a-f]+$/.test(hash) || hash.length > 64) {
    const remedy = `give the hash that ${callStaged} show <batch> prints, not the id`;
    throw new StagedProblem(`${hash} is no hash: ${remedy}`);
  }
  if (hash.length >= fewestHashDigits) return;
  throw new StagedProblem(
    `${hash} is too short for a hash: give at least its first ${fewestHashDigits} characters`,
  );
}

function tooMany(name: string, fitting: readonly Batch[]): string {
  const which = fitting.map(({ id, hash }) => `${id} (${hash.slice(0, 16)}…)`).join(', ');
  return `${name} fits ${fitting.length} batches: ${which}; give more characters`;
}

function whyNotOpen(hash: string, batch: Batch | undefined): string {
  if (batch === undefined) return `no batch has a hash that begins with ${hash}; ${lookAgain}`;
  if (batch.state === 'closed') {
    return `batch ${batch.id} is closed: nothing in it waits any more, as it was decided, no longer applies or was drawn up anew; ${lookAgain}`;
  }
  return (
    `batch ${batch.id} expired on ${describeTime(batch.expiresAt)} UTC: the next cycle draws up anew what still applies, ` +
    `perhaps with other items; ${lookAgain}`
  );
}
