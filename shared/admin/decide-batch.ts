import type { Batch, StoredItem } from '../rows/batches.ts';
import {
  loadBatchDecisions,
  saveBatchDecisions,
  wholeBatch,
  type Decision,
} from '../rows/decisions.ts';
import { describeStop } from './describe-job.ts';
import { findOpenBatch, loadItems } from './find-batch.ts';
import { describeWord } from './list-batches.ts';
import type { Choice, StagedCommand } from './staged-command.ts';
import { callStaged, type StagedDeps } from './staged-deps.ts';
import { StagedProblem } from './staged-problem.ts';

type DecideCommand = Extract<StagedCommand, { name: 'approve' | 'reject' }>;

/** Writes a person's word about a batch, or some of its items, and says what comes of it. A later word takes the place of an earlier one. */
export async function decideBatch(deps: StagedDeps, command: DecideCommand): Promise<void> {
  const { tables, clock, by, say } = deps;
  const batch = await findOpenBatch(deps, command.hash);
  const items = await loadItems(tables, batch);
  const chosen = chooseItems(items, command.choice, batch);
  const before = await loadBatchDecisions(tables, batch.id);
  const decision: Decision = {
    verdict: command.name,
    by,
    at: clock.now(),
    until: null,
    hash: batch.hash,
  };
  const isWhole = command.choice.kind === 'whole';
  // A word about an item outweighs one about the whole: those of before must not outlive this one.
  const ids = isWhole ? [wholeBatch, ...before.keys()] : chosen;
  await saveBatchDecisions(tables, batch.id, new Map(ids.map((id) => [id, decision])));
  const of = `${chosen.length} of ${describeCount(items.length)}`;
  say(`${describeWord(decision)}: ${of} in batch ${batch.id}`);
  if (!isWhole) sayRest(items, { chosen: new Set(chosen), before, batch }, deps);
  say('');
  for (const line of followUps[command.name]) say(line);
  const stop = await describeStop(tables);
  if (stop === undefined) return;
  say('');
  say(`But ${stop}: the decision is kept until a cycle runs, unless the batch expires before.`);
}

const followUps: { readonly [verdict in DecideCommand['name']]: readonly string[] } = {
  approve: [
    'What happens next: the next cycle asks the witness again, Entra about each of these very people, and releases what it confirms;',
    'what no longer applies drops out, and where Entra does not answer it is asked again. Workers then carry out what was released,',
    `within a minute or two. ${callStaged} list --all shows when the batch is closed; the provisioning log has each outcome.`,
  ],
  reject: [
    'What happens next: the next cycle takes these items out of the batch, and nothing is taken away. They are staged again only when',
    `more is to be taken away or Entra names the leaver; ${callStaged} reopen <id> has one judged again before that.`,
  ],
};

/** Throws StagedProblem for an id that is not in the batch, and where nothing is left. */
function chooseItems(
  items: readonly StoredItem[],
  choice: Choice,
  { id: batchId }: Batch,
): readonly string[] {
  const ids = items.map(({ id }) => id);
  if (choice.kind === 'whole') return ids;
  const known = new Map(ids.map((id) => [id.toLowerCase(), id]));
  const foreign = choice.ids.filter((id) => !known.has(id));
  if (foreign.length > 0) throw new StagedProblem(describeForeign(foreign, ids, batchId));
  const named = new Set(choice.ids.map((id) => known.get(id)));
  const chosen = ids.filter((id) => named.has(id) === (choice.kind === 'only'));
  if (chosen.length > 0) return chosen;
  throw new StagedProblem(
    '--except names every item of the batch: nothing is left to decide about',
  );
}

function describeForeign(
  foreign: readonly string[],
  ids: readonly string[],
  batchId: string,
): string {
  const meant = foreign.flatMap((id) => ids.filter((one) => one.endsWith(`:${id}`)).slice(0, 1));
  const hint = meant.length > 0 ? `; did you mean ${meant.join(' ')}?` : '';
  const where = `${callStaged} show ${batchId} lists the ids`;
  return `not in batch ${batchId}: ${foreign.join(' ')}${hint}; ${where}`;
}

/** What becomes of the items that this word was not about. */
function sayRest(
  items: readonly StoredItem[],
  {
    chosen,
    before,
    batch,
  }: {
    readonly chosen: ReadonlySet<string>;
    readonly before: ReadonlyMap<string, Decision>;
    readonly batch: Batch;
  },
  { say }: StagedDeps,
): void {
  const countByState = new Map<string, number>();
  for (const { id } of items) {
    if (chosen.has(id)) continue;
    const word = before.get(id) ?? before.get(wholeBatch);
    const state = word?.hash === batch.hash ? `still ${describeWord(word)}` : 'still waiting';
    countByState.set(state, (countByState.get(state) ?? 0) + 1);
  }
  for (const [state, count] of countByState) say(`${state}: ${describeCount(count)}`);
}

function describeCount(count: number): string {
  return count === 1 ? '1 item' : `${count} items`;
}
