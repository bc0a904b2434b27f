import { batchLines } from '../plan/batch-hash.ts';
import type { Batch, StoredItem } from '../rows/batches.ts';
import {
  loadBatchDecisions,
  loadIdentityDecisions,
  wholeBatch,
  type Decision,
} from '../rows/decisions.ts';
import { readHeld } from '../rows/held.ts';
import { alignColumns, toPlainText } from './columns.ts';
import { describeSpan, describeTime } from './describe-time.ts';
import { isHold } from './decide-identity.ts';
import { findBatch, loadItems } from './find-batch.ts';
import { describeState, describeWord } from './list-batches.ts';
import { nameItems } from './name-items.ts';
import { callStaged, type StagedDeps } from './staged-deps.ts';

const columns = ['id', 'effect', 'since (UTC)', 'who', 'state', 'why'];

const partWords: { readonly [part in Batch['part']]: string } = {
  said: 'Entra names the leaver',
  missing: 'only an absence was seen',
  doubt: 'what Entra shows is no proof by itself',
};

/** Everything that a person needs to decide about one batch. With `lines`, only the lines that its hash is made of. */
export async function showBatch(
  deps: StagedDeps,
  { batch: name, lines }: { readonly batch: string; readonly lines: boolean },
): Promise<void> {
  const batch = await findBatch(deps.tables, name);
  const items = await loadItems(deps.tables, batch);
  if (lines) {
    for (const line of batchLines(items)) deps.say(line);
    return;
  }
  const standing = await loadStanding(batch, deps);
  for (const line of describeHead(batch, standing.decisions, deps)) deps.say(line);
  deps.say('');
  const names = await nameItems(
    deps.tables,
    items.map(({ id }) => id),
  );
  const rows = items.map((item) => [
    item.id,
    item.effect,
    describeTime(item.since),
    names.get(item.id) ?? '?',
    describeItem(item, batch, standing),
    `${item.code}: ${item.detail}`,
  ]);
  for (const line of alignColumns(columns, rows)) deps.say(line);
  deps.say('');
  if (rows.some((row) => row.includes('over'))) {
    deps.say(
      'over: it no longer applies, or it was decided and let go of; nothing is left to decide',
    );
    deps.say('');
  }
  for (const line of describeHash(batch, deps)) deps.say(line);
}

function describeHead(
  batch: Batch,
  decisions: ReadonlyMap<string, Decision>,
  { clock }: StagedDeps,
): readonly string[] {
  const left = batch.expiresAt - clock.now();
  const until = `${describeTime(batch.expiresAt)} UTC`;
  const expiry = left > 0 ? `in ${describeSpan(left)}, ${until}` : `since ${until}`;
  return [
    `Batch ${batch.id}: ${batch.count} ${batch.kind === 'people' ? 'people' : 'memberships'}`,
    `  why      ${toPlainText(batch.reason)}`,
    `  part     ${batch.part}: ${partWords[batch.part]}`,
    `  created  ${describeTime(batch.createdAt)} UTC`,
    `  expires  ${expiry}; nothing is carried out then, what still applies is drawn up anew`,
    `  state    ${describeState(batch, { decisions, left })}`,
  ];
}

function describeHash(batch: Batch, { clock }: StagedDeps): readonly string[] {
  const isOpen = batch.state === 'open' && batch.expiresAt > clock.now();
  const id = batch.id;
  return [
    `hash     ${batch.hash}`,
    'checked  the items above give this hash; to see for yourself:',
    `         npm run --silent staged -- show ${id} --lines | LC_ALL=C sort | sha256sum`,
    ...(isOpen
      ? [
          `decide   ${callStaged} approve ${batch.hash.slice(0, 16)}`,
          `         ${callStaged} reject ${batch.hash.slice(0, 16)}`,
        ]
      : []),
  ];
}

interface Standing {
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Ids on which a person has put a hold. */
  readonly onHold: ReadonlySet<string>;
  /** Ids of the items that still wait in this batch; undefined where it is closed. */
  readonly waiting: ReadonlySet<string> | undefined;
}

async function loadStanding(batch: Batch, { tables, clock }: StagedDeps): Promise<Standing> {
  const decisions = await loadBatchDecisions(tables, batch.id);
  const now = clock.now();
  if (batch.state === 'closed' || batch.expiresAt <= now) {
    return { decisions, onHold: new Set(), waiting: undefined };
  }
  const waiting = new Set<string>();
  for await (const entries of readHeld(tables)) {
    for (const entry of entries) if (entry.batch === batch.id) waiting.add(entry.id);
  }
  const onHold = [...(await loadIdentityDecisions(tables))].filter(([, decision]) =>
    isHold(decision, now),
  );
  return { decisions, onHold: new Set(onHold.map(([id]) => id)), waiting };
}

function describeItem({ id }: StoredItem, { hash }: Batch, standing: Standing): string {
  const { decisions, onHold, waiting } = standing;
  if (waiting?.has(id) === false) return 'over';
  if (onHold.has(id)) return 'on hold';
  const decision = decisions.get(id) ?? decisions.get(wholeBatch);
  if (decision?.hash === hash) return describeWord(decision);
  return waiting === undefined ? '–' : 'waits';
}
