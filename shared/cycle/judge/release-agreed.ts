import type { CycleState } from '../../model/cycle-state.ts';
import { StorageConflictError } from '../../model/errors.ts';
import { noSpending, spend } from '../../plan/budget.ts';
import type { Verdict } from '../../plan/weigh-witness.ts';
import { readAssignmentRows } from '../../rows/assignments.ts';
import { loadSpending, saveSpending } from '../../rows/budget.ts';
import { noteHeld, type HeldNotes } from '../../rows/held.ts';
import { saveLogRecords } from '../../rows/log-records.ts';
import type { CycleDeps } from '../deps.ts';
import { StaleCycleError } from '../stale-cycle-error.ts';
import type { StepContext } from '../step.ts';
import { askWitness } from './ask-witness.ts';
import type { Case } from './case.ts';
import { release } from './release.ts';

/** So many are asked about and released together: what a crash makes ask again. */
const chunkSize = 100;

/**
 * Asks the witness and releases what it confirms. Where it disagrees, the lists it names are read again in the next cycle; where nothing
 * confirms a taking for three cycles, a person decides. Ends early when the time is up: what is left is found again.
 */
export async function releaseAgreed(
  cases: readonly Case[],
  state: CycleState,
  context: StepContext,
): Promise<{ readonly state: CycleState; readonly isWhole: boolean }> {
  const { deps } = context;
  let next = state;
  for (let start = 0; start < cases.length; start += chunkSize) {
    if (deps.clock.now() > context.deadline) return { state: next, isWhole: false };
    await context.lease.keep();
    const chunk = await noteReads(cases.slice(start, start + chunkSize), state, deps);
    const verdicts = await askWitness(chunk, context);
    const agreed = chunk.filter((one, index) => isSettled(one, verdicts[index]));
    await spendOn(agreed, state, deps);
    await release(deps, agreed);
    if (agreed.length > 0) deps.log.info('removalsReleased', { count: agreed.length });
    next = await noteOpen(next, chunk, verdicts, deps);
  }
  return { state: next, isWhole: true };
}

/** A person who has seen both answers and approves outweighs a witness that says no, but not one that does not answer. */
function isSettled({ isApproved, doubt, entry }: Case, verdict: Verdict | undefined): boolean {
  if (verdict?.kind === 'agrees') return true;
  const hasSeenBoth = isApproved && doubt !== undefined && entry.witness !== '';
  return verdict?.kind === 'disagrees' && hasSeenBoth && entry.kind === 'missing';
}

/** Before anything is released: a crash in between counts too much, never too little. */
async function spendOn(cases: readonly Case[], state: CycleState, deps: CycleDeps): Promise<void> {
  const more = { people: 0, memberships: 0 };
  for (const { budget, weight, isApproved } of cases) if (!isApproved) more[budget] += weight;
  if (more.people + more.memberships === 0) return;
  const found = await loadSpending(deps.tables);
  const { budget: rule } = deps.cycle.guards;
  const when = { now: deps.clock.now(), cycleId: state.id };
  const value = spend({ rule, spending: found?.value ?? noSpending }, more, when);
  try {
    await saveSpending(deps.tables, { value, etag: found?.etag });
  } catch (error) {
    if (!(error instanceof StorageConflictError)) throw error;
    throw new StaleCycleError('cannot release: another cycle does', { cause: error });
  }
}

/** Whole reads of the groups that the witness had named, in which the person was not listed. */
async function noteReads(
  cases: readonly Case[],
  state: CycleState,
  deps: CycleDeps,
): Promise<readonly Case[]> {
  if (cases.every(({ entry }) => Object.keys(entry.reads).length === 0)) return cases;
  const readNow = new Set<string>();
  for await (const rows of readAssignmentRows(deps.tables, 'group')) {
    for (const { id, takenIn } of rows) if (takenIn === state.id) readNow.add(id);
  }
  return cases.map((one) => {
    const reads = Object.fromEntries(
      Object.entries(one.entry.reads).map(([groupId, cycles]) => {
        const isNews = readNow.has(groupId) && !cycles.includes(state.id);
        return [groupId, isNews ? [...cycles, state.id] : cycles];
      }),
    );
    return { ...one, entry: { ...one.entry, reads } };
  });
}

/** What is still open is noted, said once, and the lists in question are read again. */
async function noteOpen(
  state: CycleState,
  cases: readonly Case[],
  verdicts: readonly (Verdict | undefined)[],
  deps: CycleDeps,
): Promise<CycleState> {
  const notes: { entry: Case['entry']; note: Partial<HeldNotes> }[] = [];
  const news: Case[] = [];
  const unread = new Set(state.unread);
  cases.forEach((one, index) => {
    const verdict = verdicts[index];
    if (verdict === undefined || verdict.kind === 'agrees' || isSettled(one, verdict)) return;
    const { entry } = one;
    const groups = verdict.kind === 'disagrees' ? verdict.groups : [];
    for (const groupId of groups) unread.add(groupId);
    const named = Object.fromEntries(groups.map((id) => [id, entry.reads[id] ?? []]));
    const openCycles = entry.openIn === state.id ? entry.openCycles : entry.openCycles + 1;
    const reads = { ...entry.reads, ...named };
    notes.push({
      entry,
      note: { openCycles, openIn: state.id, witness: verdict.said, reads },
    });
    if (entry.witness !== verdict.said) news.push({ ...one, doubt: verdict.said });
  });
  await saveLogRecords(
    deps.tables,
    news.map(({ entry, doubt }) => ({
      at: deps.clock.now(),
      identity: entry.id,
      operation: 'none',
      outcome: 'held',
      code: 'witnessDisagrees',
      reason: `${entry.detail}; ${doubt ?? ''}`,
      changes: [],
      targetId: '',
    })),
  );
  await noteHeld(deps.tables, notes);
  if (notes.length > 0) deps.log.warn('witnessDisagrees', { count: notes.length });
  return unread.size === state.unread.length ? state : { ...state, unread: [...unread] };
}
