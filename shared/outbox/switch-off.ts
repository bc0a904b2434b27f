import { StorageConflictError } from '../model/errors.ts';
import type { TableStore } from '../model/ports.ts';
import { loadOperator, saveOperator } from '../rows/job.ts';
import type { OutboxDeps } from './deps.ts';

const dayMs = 24 * 3_600_000;
/** Entra disables a job that has been in quarantine for more than four weeks. */
const hopelessMs = 28 * dayMs;

/**
 * Switches the job off where the quarantine has lasted four weeks and the last attempt failed; true where it did. Whoever switches it on
 * again finds it willing: it tries at once, and has four weeks more. Nothing happens to a job that is paused, since nothing was tried.
 */
export async function switchOffIfHopeless({
  tables,
  clock,
  log,
  brake,
}: Pick<OutboxDeps, 'tables' | 'clock' | 'log' | 'brake'>): Promise<boolean> {
  const { quarantine, operator } = await brake.look({ fresh: true });
  const now = clock.now();
  if (quarantine === null || operator.paused || now - quarantine.since < hopelessMs) return false;
  const { code, since, nextAttempt } = quarantine;
  const isOn = operator.status !== 'off';
  if (isOn && (now >= nextAttempt || !(await switchOff(tables)))) return false;
  if (isOn)
    log.error('switchedOffAfterQuarantine', { code, days: Math.floor((now - since) / dayMs) });
  await brake.change((value) => {
    if (value.quarantine === null) return value;
    const begunAnew = { ...value.quarantine, since: now, attempts: 0, nextAttempt: now };
    return { ...value, quarantine: begunAnew, lifted: null };
  });
  return isOn;
}

/** False where the operator has just said something else: the next tick looks again. */
async function switchOff(tables: TableStore): Promise<boolean> {
  try {
    const found = await loadOperator(tables);
    await saveOperator(tables, { value: { status: 'off', paused: false }, etag: found?.etag });
    return true;
  } catch (error) {
    if (error instanceof StorageConflictError) return false;
    throw error;
  }
}
