import { StorageConflictError } from '../model/errors.ts';
import type { Brake, Operator, Quarantine } from '../model/job.ts';
import type { Clock, Random, TableStore } from '../model/ports.ts';
import { loadBrake, loadOperator, saveBrake } from '../rows/job.ts';

/** A look at the brake is good for so long: a pause halts every instance within it. */
const lookMs = 2_000;
/** Tries against other writers of the brake row. */
const saveTries = 8;

export interface BrakeView {
  /** False while the job is off, paused, planning only or in quarantine. */
  readonly mayWrite: boolean;
  /** No call to Dropbox before this time, in milliseconds since 1970. */
  readonly notBefore: number;
  readonly operator: Operator;
  readonly quarantine: Quarantine | null;
}

/** What stands between the engine and Dropbox: one object per process, so that its own instances see a 429 at once. */
export interface BrakePedal {
  /** At most two seconds old; `fresh` asks for one that is not. */
  look(options?: { readonly fresh: boolean }): Promise<BrakeView>;
  /** No call from any instance for so long; a later time that stands already stays. */
  throttle(retryAfterMs: number): Promise<void>;
  /** Stops everything, or lifts the stop (null). Each further entry doubles the time to the next attempt. */
  quarantine(next: { readonly code: string; readonly detail: string } | null): Promise<void>;
}

const firstAttemptMs = 5 * 60_000;
const slowestAttemptMs = 24 * 3_600_000;

function lift(brake: Brake, at: number): Brake {
  const { quarantine } = brake;
  if (quarantine === null) return brake;
  const { code, attempts } = quarantine;
  return { ...brake, quarantine: null, lifted: { code, attempts, at } };
}

function enter(
  brake: Brake,
  why: { readonly code: string; readonly detail: string },
  now: number,
): Brake {
  const before = brake.quarantine;
  const attempts = (before?.attempts ?? earlierAttempts(brake, why.code, now)) + 1;
  const waitMs = Math.min(slowestAttemptMs, firstAttemptMs * 2 ** (attempts - 1));
  const since = before?.since ?? now;
  return { ...brake, quarantine: { ...why, since, attempts, nextAttempt: now + waitMs } };
}

/** The same again within a day: lifting it had proven only that the probe works. */
function earlierAttempts({ lifted }: Brake, code: string, now: number): number {
  return lifted?.code === code && now - lifted.at < slowestAttemptMs ? lifted.attempts : 0;
}

export function createBrake(deps: {
  readonly tables: TableStore;
  readonly clock: Clock;
  readonly random: Random;
  /** The state of a job that has never run. */
  readonly initialStatus: Operator['status'];
}): BrakePedal {
  const { tables, clock } = deps;
  let seen: { readonly at: number; readonly operator: Operator; readonly brake: Brake } | undefined;
  let notBefore = 0;

  async function look(options?: { readonly fresh: boolean }): Promise<BrakeView> {
    const now = clock.now();
    if (seen === undefined || options?.fresh === true || now - seen.at >= lookMs) {
      const [operator, brake] = await Promise.all([loadOperator(tables), loadBrake(tables)]);
      const fallback: Operator = { status: deps.initialStatus, paused: false };
      seen = { at: now, operator: operator?.value ?? fallback, brake: brake.value };
    }
    notBefore = Math.max(notBefore, seen.brake.notBefore);
    const { operator, brake } = seen;
    const mayWrite = operator.status === 'on' && !operator.paused && brake.quarantine === null;
    return { mayWrite, notBefore, operator, quarantine: brake.quarantine };
  }

  async function change(next: (brake: Brake) => Brake): Promise<void> {
    for (let tries = 1; ; tries++) {
      const found = await loadBrake(tables);
      try {
        await saveBrake(tables, { value: next(found.value), etag: found.etag });
        seen = undefined;
        return;
      } catch (error) {
        if (!(error instanceof StorageConflictError) || tries >= saveTries) throw error;
      }
    }
  }

  return {
    look,
    async throttle(retryAfterMs) {
      // Jitter upwards only: nobody calls sooner than asked, and not all at the same moment.
      const jitterMs = deps.random.fraction() * Math.min(retryAfterMs * 0.1, 2_000);
      notBefore = Math.max(notBefore, Math.ceil(clock.now() + retryAfterMs + jitterMs));
      const until = notBefore;
      await change((brake) => ({ ...brake, notBefore: Math.max(brake.notBefore, until) }));
    },
    async quarantine(next) {
      const now = clock.now();
      await change((brake) => (next === null ? lift(brake, now) : enter(brake, next, now)));
    },
  };
}
