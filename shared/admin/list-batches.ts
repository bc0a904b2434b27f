import { loadBatches, type Batch } from '../rows/batches.ts';
import { loadBatchDecisions, wholeBatch, type Decision } from '../rows/decisions.ts';
import { alignColumns, toPlainText } from './columns.ts';
import { describeSpan, describeTime } from './describe-time.ts';
import { callStaged, type StagedDeps } from './staged-deps.ts';

const columns = ['batch', 'of', 'part', 'items', 'created (UTC)', 'expires in', 'state', 'reason'];

/** One line for each batch, the oldest first. */
export async function listBatches(deps: StagedDeps, { all }: { readonly all: boolean }) {
  const batches = await loadBatches(deps.tables, { closed: all });
  if (batches.length === 0) {
    deps.say(all ? 'There is no batch.' : 'Nothing waits for a decision.');
    return;
  }
  const rows: string[][] = [];
  for (const batch of batches) rows.push(await describeBatch(batch, deps));
  for (const line of alignColumns(columns, rows)) deps.say(line);
  deps.say('');
  deps.say(`To see the items of one: ${callStaged} show <batch>`);
}

async function describeBatch(batch: Batch, { tables, clock }: StagedDeps): Promise<string[]> {
  const { id, kind, part, count, createdAt, expiresAt, reason } = batch;
  const left = expiresAt - clock.now();
  const isWaiting = batch.state === 'open' && left > 0;
  const decisions = isWaiting ? await loadBatchDecisions(tables, id) : new Map<string, Decision>();
  return [
    id,
    kind,
    part,
    String(count),
    describeTime(createdAt),
    isWaiting ? describeSpan(left) : '–',
    describeState(batch, { decisions, left }),
    reason,
  ];
}

/** How far a batch is: `waits`, `3 of 14 decided`, `approved by ada`, `expired`, `closed`. */
export function describeState(
  { state, count, hash }: Batch,
  { decisions, left }: { readonly decisions: ReadonlyMap<string, Decision>; readonly left: number },
): string {
  if (state === 'closed') return 'closed';
  if (left <= 0) return 'expired';
  const standing = [...decisions.values()].filter((decision) => decision.hash === hash);
  const isWhole = decisions.get(wholeBatch)?.hash === hash;
  const decided = isWhole ? count : standing.length;
  if (decided === 0) return 'waits';
  const [word = '', ...others] = new Set(standing.map(describeWord));
  const isOneWord = decided === count && others.length === 0;
  return isOneWord ? word : `${decided} of ${count} decided`;
}

/** `approved by ada`, `rejected by ada`. */
export function describeWord({ verdict, by }: Decision): string {
  return `${verdict === 'approve' ? 'approved' : 'rejected'} by ${toPlainText(by)}`;
}
