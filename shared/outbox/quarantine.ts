import type { Brake } from '../model/job.ts';

export interface QuarantineReason {
  readonly code: string;
  readonly detail: string;
}

const firstAttemptMs = 5 * 60_000;
const slowestAttemptMs = 24 * 3_600_000;

/**
 * Stops everything, or names another reason for the stop. Each attempt that fails doubles the time to the next, from five minutes up to
 * a day; calls that were under way when everything stopped are no attempts. Pure.
 */
export function enterQuarantine(brake: Brake, why: QuarantineReason, now: number): Brake {
  const before = brake.quarantine;
  if (before !== null && now < before.nextAttempt) {
    return before.code === why.code ? brake : { ...brake, quarantine: { ...before, ...why } };
  }
  const earlier = before ?? liftedLately(brake, why.code, now);
  const attempts = (earlier?.attempts ?? 0) + 1;
  const waitMs = Math.min(slowestAttemptMs, firstAttemptMs * 2 ** (attempts - 1));
  const since = earlier?.since ?? now;
  return { ...brake, quarantine: { ...why, since, attempts, nextAttempt: now + waitMs } };
}

/** Lets everything go on, and remembers what had been wrong. Pure. */
export function liftQuarantine(brake: Brake, at: number): Brake {
  const { quarantine } = brake;
  if (quarantine === null) return brake;
  const { code, attempts, since } = quarantine;
  return { ...brake, quarantine: null, lifted: { code, attempts, at, since } };
}

/** The same again within a day: lifting it had proven only that the probe works, so it goes on as if it had never been lifted. */
function liftedLately({ lifted }: Brake, code: string, now: number): Brake['lifted'] {
  if (lifted?.code !== code || now - lifted.at >= slowestAttemptMs) return null;
  return { ...lifted, since: lifted.since || lifted.at };
}
