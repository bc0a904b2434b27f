import type { CycleState } from '../../model/cycle-state.ts';
import { loadBatches, saveBatchState, type Batch } from '../../rows/batches.ts';
import {
  loadBatchDecisions,
  loadIdentityDecisions,
  wholeBatch,
  type Decision,
} from '../../rows/decisions.ts';
import { noteHeld, readHeld, type HeldEntry } from '../../rows/held.ts';
import type { CycleDeps } from '../deps.ts';

const minuteMs = 60_000;

/** What is to be judged now. */
export interface Docket {
  /** Nobody has decided about these yet. */
  readonly fresh: readonly HeldEntry[];
  /** A person has let these through. */
  readonly approved: readonly HeldEntry[];
  /** A person has refused these just now. */
  readonly refused: readonly { readonly entry: HeldEntry; readonly decision: Decision }[];
  /** What a person said about identities by themselves. */
  readonly identities: ReadonlyMap<string, Decision>;
}

interface OpenBatch {
  readonly batch: Batch;
  readonly decisions: ReadonlyMap<string, Decision>;
  waiting: number;
}

/**
 * Goes through `held` and sorts out what is due: what Entra said, at once; what was missing, when it has settled and a cycle that began
 * later is complete. What is staged waits for a person, and is looked at no further.
 */
export async function drawDocket(
  deps: CycleDeps,
  state: CycleState,
  which: 'said' | 'all',
): Promise<Docket> {
  const open = await loadOpenBatches(deps);
  const identities = await loadIdentityDecisions(deps.tables);
  const fresh: HeldEntry[] = [];
  const approved: HeldEntry[] = [];
  const refused: { entry: HeldEntry; decision: Decision }[] = [];
  for await (const entries of readHeld(deps.tables)) {
    const freed: HeldEntry[] = [];
    for (const entry of entries) {
      const staged = stagedIn(entry, open, deps);
      if (staged !== undefined) {
        const decision = isOnHold(entry, identities, deps) ? undefined : decisionOf(entry, staged);
        if (decision === undefined) staged.waiting += 1;
        else if (decision.verdict === 'approve') approved.push(entry);
        else refused.push({ entry, decision });
        continue;
      }
      if (entry.batch !== '') freed.push(entry);
      if (isToBeJudged(entry, identities, { state, which, deps })) fresh.push(entry);
    }
    await noteHeld(
      deps.tables,
      freed.map((entry) => ({ entry, note: { batch: '' } })),
    );
  }
  const decided = [...approved, ...refused.map(({ entry }) => entry)];
  if (which === 'all') await closeDone(deps, open, new Set(decided.map(({ batch }) => batch)));
  return { fresh, approved, refused, identities };
}

function isToBeJudged(
  entry: HeldEntry,
  identities: ReadonlyMap<string, Decision>,
  {
    state,
    which,
    deps,
  }: { readonly state: CycleState; readonly which: 'said' | 'all'; readonly deps: CycleDeps },
): boolean {
  if (which === 'said' && entry.kind !== 'said') return false;
  if (isRejected(entry, identities) || isOnHold(entry, identities, deps)) return false;
  return isDue(entry, state, deps);
}

async function loadOpenBatches(deps: CycleDeps): Promise<ReadonlyMap<string, OpenBatch>> {
  const open = new Map<string, OpenBatch>();
  for (const batch of await loadBatches(deps.tables, { closed: false })) {
    const decisions = await loadBatchDecisions(deps.tables, batch.id);
    open.set(batch.id, { batch, decisions, waiting: 0 });
  }
  return open;
}

/** The batch in which the entry still waits: not one that has expired, and none for a lesser reason than there is now. */
function stagedIn(
  entry: HeldEntry,
  open: ReadonlyMap<string, OpenBatch>,
  deps: CycleDeps,
): OpenBatch | undefined {
  const staged = open.get(entry.batch);
  if (staged === undefined || staged.batch.expiresAt <= deps.clock.now()) return undefined;
  const hasGrown = staged.batch.part === 'missing' && entry.kind === 'said';
  return hasGrown ? undefined : staged;
}

/** A word about the item outweighs one about the whole; both count only for the list that the person saw. */
function decisionOf(entry: HeldEntry, { batch, decisions }: OpenBatch): Decision | undefined {
  const decision = decisions.get(entry.id) ?? decisions.get(wholeBatch);
  if (decision?.hash !== batch.hash) return undefined;
  return decision.verdict === 'approve' || decision.verdict === 'reject' ? decision : undefined;
}

function isDue(entry: HeldEntry, state: CycleState, { cycle }: CycleDeps): boolean {
  if (entry.kind === 'said') return true;
  return entry.since + cycle.leaving.settleMinutes * minuteMs <= state.startedAt;
}

/** A person wants nothing to happen to this identity for now. */
function isOnHold(
  { id }: HeldEntry,
  identities: ReadonlyMap<string, Decision>,
  { clock }: CycleDeps,
): boolean {
  const decision = identities.get(id);
  if (decision?.verdict !== 'hold') return false;
  return decision.until === null || decision.until > clock.now();
}

/** Refused for the same kind of reason before, and not reopened since. */
function isRejected(entry: HeldEntry, identities: ReadonlyMap<string, Decision>): boolean {
  const [kind, at = ''] = entry.rejected.split(' ');
  if (kind !== entry.kind) return false;
  const decision = identities.get(entry.id);
  return decision?.verdict !== 'reopen' || decision.at <= Number(at);
}

/** Nothing of it waits any more: everything was decided, let go of, or outlived the list. */
async function closeDone(
  deps: CycleDeps,
  open: ReadonlyMap<string, OpenBatch>,
  busy: ReadonlySet<string>,
): Promise<void> {
  for (const { batch, waiting } of open.values()) {
    if (waiting > 0 || busy.has(batch.id)) continue;
    await saveBatchState(deps.tables, { ...batch, state: 'closed' });
    deps.log.info('batchClosed', { batch: batch.id });
  }
}
