import type { CycleState } from '../../model/cycle-state.ts';
import { TransientError } from '../../model/errors.ts';
import type { CycleDeps } from '../deps.ts';
import { updateHeartbeat } from '../heartbeat.ts';
import type { Step } from '../step.ts';
import { dropMetRequest } from './drop-met-request.ts';

/** A comparison that came to nothing is tried again after so long. */
const nextTryMs = 3_600_000;
/** For so long a cycle that only wants to compare the team waits for a Dropbox that does not answer. */
const patienceMs = 30 * 60_000;

/** Ends the comparison without a result; it is due again in an hour, and the cycle goes on to judgement. */
export async function postponeDrift(state: CycleState, deps: CycleDeps): Promise<CycleState> {
  const { driftEveryMs } = deps.cycle;
  const reconciledAt = deps.clock.now() - Math.max(0, driftEveryMs - nextTryMs);
  await updateHeartbeat(deps, (heartbeat) => ({ ...heartbeat, reconciledAt }));
  await dropMetRequest(state, deps);
  return { ...state, cursor: null, reconciles: false, phase: 'judge' };
}

/**
 * The step, which in an incremental cycle does not hold up for ever what Entra has said: where Dropbox gives no answer for half an hour, the
 * comparison is put off. An initial cycle needs the listing and waits.
 */
export function orPostpone(step: Step): Step {
  return async (state, context) => {
    try {
      return await step(state, context);
    } catch (error) {
      const { deps } = context;
      const isPatient = deps.clock.now() - state.startedAt < patienceMs;
      if (!(error instanceof TransientError) || state.kind === 'initial' || isPatient) throw error;
      deps.log.warn('driftPostponed', { phase: state.phase, message: error.message });
      return postponeDrift(state, deps);
    }
  };
}
