import { CredentialError, StorageConflictError, TransientError } from '../model/errors.ts';
import type { CycleState } from '../model/cycle-state.ts';
import type { Heartbeat } from '../model/job.ts';
import { dispatch } from '../outbox/dispatch.ts';
import { switchOffIfHopeless } from '../outbox/switch-off.ts';
import { saveOperator } from '../rows/job.ts';
import type { CycleDeps } from './deps.ts';
import {
  checkTenant,
  countBacklog,
  probeTeam,
  updateHeartbeat,
  WrongPlaceError,
} from './heartbeat.ts';
import { askTeam } from './list-team.ts';
import { takeLease } from './lease.ts';
import { runCycle } from './run-cycle.ts';
import { saveCycleRow } from './save-cycle-row.ts';
import { StaleCycleError } from './stale-cycle-error.ts';
import { createStepContext } from './step.ts';

/** Between two questions that only prove that Dropbox still answers us. */
const probeEveryMs = 3_600_000;

/**
 * What the timer does: one cycle, or the next part of one, then gives out what is due. Does nothing but the heartbeat while the job is
 * off, paused, waiting in quarantine, or while another tick holds the lease. Throws nothing that waiting would mend.
 */
export async function tick(deps: CycleDeps): Promise<void> {
  await ensureOperator(deps);
  await switchOffIfHopeless(deps);
  const brake = await deps.brake.look({ fresh: true });
  const isIdle = brake.operator.status === 'off' || brake.operator.paused;
  const waits = brake.quarantine !== null && deps.clock.now() < brake.quarantine.nextAttempt;
  let heartbeat = await updateHeartbeat(deps, (last) => ({ ...last, at: deps.clock.now() }));
  try {
    if (!isIdle && !waits && deps.clock.now() >= heartbeat.sourceNotBefore) {
      heartbeat = (await cycleOnce(deps, brake.operator.status === 'planOnly')) ?? heartbeat;
    }
  } finally {
    // Whatever became of the cycle: what is due goes on. Before the first whole read nothing is given, since two people with one address
    // might be on two pages.
    if (heartbeat.initialDone) await dispatch(deps);
    const backlog = await countBacklog(deps, heartbeat.backlog);
    const storageCalls = deps.cycle.storageCalls();
    await updateHeartbeat(deps, (last) => ({ ...last, backlog, storageCalls }));
  }
}

async function ensureOperator(deps: CycleDeps): Promise<void> {
  const { operator } = await deps.brake.look();
  try {
    await saveOperator(deps.tables, { value: operator, etag: undefined });
  } catch (error) {
    if (!(error instanceof StorageConflictError)) throw error;
  }
}

async function cycleOnce(deps: CycleDeps, planOnly: boolean): Promise<Heartbeat | undefined> {
  const lease = await takeLease(deps, deps.cycle.leaseMs);
  if (lease === undefined) return undefined;
  const startedAt = deps.clock.now();
  try {
    await checkPlaces(deps);
    const fenced = { ...deps, tables: lease.fence(deps.tables) };
    const context = createStepContext(fenced, lease, startedAt + deps.cycle.budgetMs);
    const state = await runCycle(context, { planOnly });
    return await close(deps, state);
  } catch (error) {
    return await fail(deps, error, startedAt);
  } finally {
    await lease.release();
  }
}

/** The right tenant and team, and credentials that work: asked hourly, and before quarantine is lifted. */
async function checkPlaces(deps: CycleDeps): Promise<void> {
  const heartbeat = await checkTenant(deps);
  const { quarantine } = await deps.brake.look({ fresh: true });
  const isDue = deps.clock.now() - heartbeat.probedAt >= probeEveryMs;
  if (quarantine === null && (!isDue || !heartbeat.initialDone)) return;
  await askTeam(deps, () => probeTeam(deps));
  if (quarantine === null) return;
  await deps.entra.readApp();
  await deps.brake.quarantine(null);
  deps.log.info('quarantineLifted', { code: quarantine.code });
}

async function close(deps: CycleDeps, state: CycleState): Promise<Heartbeat> {
  const isDone = state.phase === 'done';
  const endedAt = deps.clock.now();
  const outcome = isDone ? ('complete' as const) : ('interrupted' as const);
  const { id, kind, startedAt, changed, scheduled } = state;
  const { unreadable } = state;
  const counts = { changed, scheduled, unreadable };
  const lastCycle = { id, kind, startedAt, endedAt, outcome, ...counts, error: null };
  if (isDone && (changed > 0 || scheduled > 0 || kind === 'initial')) {
    await saveCycleRow(deps.tables, lastCycle);
  }
  deps.log.info('cycle', { kind, outcome, changed, scheduled, unreadable: state.unreadable });
  return updateHeartbeat(deps, (last) => ({
    ...last,
    initialDone: last.initialDone || isDone,
    excluded: state.excluded,
    lastCycle,
  }));
}

/** What passes by itself is noted and tried again; what needs somebody goes into quarantine; what nobody knows is thrown. */
async function fail(
  deps: CycleDeps,
  error: unknown,
  startedAt: number,
): Promise<Heartbeat | undefined> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StaleCycleError) {
    deps.log.warn('cycleStale', { message });
    return undefined;
  }
  deps.log.warn('cycleFailed', { message, error: error instanceof Error ? error.name : 'thrown' });
  const quarantine = quarantineFor(error);
  if (quarantine !== undefined) await deps.brake.quarantine(quarantine);
  const isKnown =
    quarantine !== undefined ||
    error instanceof TransientError ||
    error instanceof StorageConflictError;
  const retryAfterMs = error instanceof TransientError ? error.retryAfterMs : 0;
  const endedAt = deps.clock.now();
  const heartbeat = await updateHeartbeat(deps, (last) => ({
    ...last,
    sourceNotBefore: retryAfterMs > 0 ? endedAt + retryAfterMs : 0,
    lastCycle: {
      id: last.lastCycle?.id ?? '',
      kind: last.lastCycle?.kind ?? 'initial',
      startedAt,
      endedAt,
      outcome: 'failed',
      changed: 0,
      scheduled: 0,
      unreadable: 0,
      error: isKnown ? message : 'an error nobody knows; the log has it',
    },
  }));
  if (!isKnown) throw error;
  return heartbeat;
}

function quarantineFor(
  error: unknown,
): { readonly code: string; readonly detail: string } | undefined {
  if (error instanceof WrongPlaceError) return { code: error.code, detail: error.message };
  if (!(error instanceof CredentialError)) return undefined;
  const code = error.missing === undefined ? 'credentialRefused' : 'permissionMissing';
  return { code, detail: `${error.service}: ${error.message}` };
}
