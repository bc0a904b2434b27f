import type { CycleState } from '../model/cycle-state.ts';
import { StorageConflictError, StreamResetError } from '../model/errors.ts';
import { loadCycleState, loadHeartbeat, saveCycleState, type Versioned } from '../rows/job.ts';
import { loadRequest } from '../rows/requests.ts';
import {
  beginFresh,
  beginNext,
  isOutdated,
  isReplacedInstance,
  type BeginContext,
} from './begin-cycle.ts';
import type { CycleDeps } from './deps.ts';
import { drainGroups, drainUsers } from './drain-streams.ts';
import { judgeAll, judgeSaid } from './judge/judge.ts';
import { findDrift } from './find-drift.ts';
import { listGroups, listMembers } from './list-team.ts';
import { readAssignments } from './read-assignments.ts';
import { readLinks } from './read-links.ts';
import { readMembers } from './read-members.ts';
import { readPeople } from './read-people.ts';
import { revisitLeavers } from './revisit-leavers.ts';
import { StaleCycleError } from './stale-cycle-error.ts';
import type { Step, StepContext } from './step.ts';

const steps: { readonly [phase in Exclude<CycleState['phase'], 'done'>]: Step } = {
  links: readLinks,
  team: listMembers,
  teamGroups: listGroups,
  users: drainUsers,
  groups: drainGroups,
  judgeSaid,
  assignments: readAssignments,
  members: readMembers,
  late: drainGroups,
  people: readPeople,
  leavers: revisitLeavers,
  drift: findDrift,
  judge: judgeAll,
  close: (state) => Promise.resolve({ ...state, phase: 'done' }),
};

/** As many people as one request reads. */
const crowd = 300;

/**
 * Goes on with the cycle under way, or begins the next, page by page: the effects of a page first, then how far we are, on condition that
 * nobody else got on meanwhile. Returns where it stands when it is done or its time is up.
 */
export async function runCycle(
  context: StepContext,
  { planOnly }: { readonly planOnly: boolean },
): Promise<CycleState> {
  const { deps } = context;
  let current = await pickUp(deps, planOnly);
  while (current.value.phase !== 'done' && deps.clock.now() < context.deadline) {
    await context.lease.keep();
    const next = await runStep(current.value, context, planOnly);
    current = await save(deps, { value: next, etag: current.etag });
  }
  return current.value;
}

async function pickUp(deps: CycleDeps, planOnly: boolean): Promise<Versioned<CycleState>> {
  const found = await loadCycleState(deps.tables);
  const begin = await beginContext(deps, planOnly);
  if (found === undefined) return save(deps, { value: beginFresh(begin), etag: undefined });
  const { value: state, etag } = found;
  if (isReplacedInstance(state, begin)) {
    throw new StaleCycleError(
      'cannot go on: an instance with a newer configuration has taken over',
    );
  }
  if (state.phase !== 'done' && !isOutdated(state, begin)) {
    return { value: resume(state), etag };
  }
  return save(deps, { value: beginNext(state, begin), etag });
}

/**
 * An incremental cycle that was cut short first hears what the streams have to tell: somebody who was blocked meanwhile does not wait until
 * a long page of members, or a list that cannot be read, is through. The streams go on where they were; the rest is found again.
 */
function resume(state: CycleState): CycleState {
  const isHearing = state.phase === 'users' || state.phase === 'groups';
  if (state.kind === 'initial' || isHearing) return state;
  // The cursor stays: a look at a large team takes more than one tick, and goes on where it was.
  return { ...state, phase: 'users' };
}

async function beginContext(deps: CycleDeps, planOnly: boolean): Promise<BeginContext> {
  const { fingerprint, driftEveryMs } = deps.cycle;
  const request = await loadRequest(deps.tables);
  const { reconciledAt } = (await loadHeartbeat(deps.tables)).value;
  const drift = { everyMs: driftEveryMs, lastAt: reconciledAt, isAsked: request !== undefined };
  return { id: deps.random.token(), now: deps.clock.now(), fingerprint, planOnly, drift };
}

function contextOf({ startedAt }: CycleState, context: StepContext): StepContext {
  return { ...context, deps: { ...context.deps, scheduleFrom: startedAt } };
}

async function runStep(
  state: CycleState,
  context: StepContext,
  planOnly: boolean,
): Promise<CycleState> {
  if (state.phase === 'done') return state;
  try {
    // A crowd that came at once is read as it comes, so that the list of those still to be read stays short.
    if (state.toRead.length >= crowd && state.phase !== 'people') {
      return { ...(await readPeople(state, contextOf(state, context))), phase: state.phase };
    }
    return await steps[state.phase](state, contextOf(state, context));
  } catch (error) {
    if (!(error instanceof StreamResetError)) throw error;
    // Graph has forgotten where we were: everything is read again, and all links are kept.
    context.deps.log.warn('streamReset', { phase: state.phase });
    return beginFresh(await beginContext(context.deps, planOnly), state);
  }
}

async function save(deps: CycleDeps, next: Versioned<CycleState>): Promise<Versioned<CycleState>> {
  try {
    return { value: next.value, etag: await saveCycleState(deps.tables, next) };
  } catch (error) {
    if (!(error instanceof StorageConflictError)) throw error;
    throw new StaleCycleError('cannot go on: another cycle has got on meanwhile', { cause: error });
  }
}
