import type { CycleState } from '../../model/cycle-state.ts';
import type { Step, StepContext } from '../step.ts';
import { drawDocket } from './draw-docket.ts';
import { endGrace } from './end-grace.ts';
import { guardCases } from './guard-cases.ts';
import { loadCases, type LoadedCases } from './load-cases.ts';
import { rejectCases } from './reject-cases.ts';
import { releaseAgain } from './release.ts';
import { loadRejections } from '../../rows/decisions.ts';
import { dropManyHeld, noteHeld } from '../../rows/held.ts';
import { releaseAgreed } from './release-agreed.ts';

/** What Entra said of people and groups by name: as soon as the streams have told, whatever becomes of the rest of the cycle. */
export const judgeSaid: Step = async (state, context) => ({
  ...(await judge(state, context, 'said')).state,
  phase: 'assignments',
});

/** The end of a complete cycle: what was missing long enough, too. Stays in this phase while the time does not suffice. */
export const judgeAll: Step = async (state, context) => {
  if (!state.planOnly) await endGrace(context);
  const { state: next, isWhole } = await judge(state, context, 'all');
  return isWhole ? { ...next, phase: 'close' } : next;
};

/**
 * Goes through what is due in `held`: what no longer applies drops out, what the guards do not let pass is staged, the witness is asked about
 * the others, and what it confirms is released. Everything it does may be done again.
 */
async function judge(
  state: CycleState,
  context: StepContext,
  which: 'said' | 'all',
): Promise<{ readonly state: CycleState; readonly isWhole: boolean }> {
  const { deps } = context;
  if (state.planOnly) return { state, isWhole: true };
  const docket = await drawDocket(deps, state, which);
  const { fresh, approved, refused, identities } = docket;
  if (fresh.length + approved.length + refused.length === 0) return { state, isWhole: true };
  await context.lease.keep();
  await rejectCases(deps, refused);
  const rejections = await loadRejections(deps.tables, identities);
  const known = { rejections, isScopeEmpty: state.isScopeEmpty };
  const loaded = [
    await loadCases(deps, fresh, { ...known, isApproved: false }),
    await loadCases(deps, approved, { ...known, isApproved: true }),
  ];
  for (const part of loaded) await tidyUp(context, part);
  const passed = await guardCases(
    loaded.flatMap(({ cases }) => cases),
    state,
    context,
  );
  return releaseAgreed(passed, state, context);
}

/** Entries that say nothing any more, or what was said before. */
async function tidyUp(
  { deps }: StepContext,
  { over, released, rejected }: LoadedCases,
): Promise<void> {
  if (released.length > 0) await releaseAgain(deps, released, over);
  else await dropManyHeld(deps.tables, over);
  const at = deps.clock.now();
  await noteHeld(
    deps.tables,
    rejected.map((entry) => ({ entry, note: { rejected: `${entry.kind} ${at}` } })),
  );
}
