import { StorageConflictError } from '../model/errors.ts';
import type { Brake, Operator, Quarantine } from '../model/job.ts';
import type { Clock, Log, Random, TableStore } from '../model/ports.ts';
import { loadBrake, loadOperator, saveBrake } from '../rows/job.ts';
import { createFailureCount, type Outcomes } from './failure-count.ts';
import { enterQuarantine, liftQuarantine, type QuarantineReason } from './quarantine.ts';

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
  /** What needs a licence and was refused one, and when it is tried again. */
  readonly gates: Brake['gates'];
  /** True where something failed lately: then everything that is carried out is counted. */
  readonly isCounting: boolean;
}

/** What stands between the engine and Dropbox: one object per process, so that its own instances see a 429 at once. */
export interface BrakePedal {
  /** At most two seconds old; `fresh` asks for one that is not. */
  look(options?: { readonly fresh: boolean }): Promise<BrakeView>;
  /** No call from any instance for so long; a later time that stands already stays. */
  throttle(retryAfterMs: number): Promise<void>;
  /** Stops everything, or lifts the stop (null). */
  quarantine(next: QuarantineReason | null): Promise<void>;
  /**
   * Changes the row, whoever else does, and says what it was just before. Nothing is written where the same object comes back. Throws
   * StorageConflictError where others are always faster.
   */
  change(next: (brake: Brake) => Brake): Promise<Brake>;
  /** Takes note of what came of operations; too many failures stop everything. */
  count(outcomes: Outcomes): Promise<void>;
}

export function createBrake(deps: {
  readonly tables: TableStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
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
    return { ...viewOf(seen), notBefore };
  }

  async function change(next: (brake: Brake) => Brake): Promise<Brake> {
    try {
      return await changeRow(deps, next);
    } finally {
      seen = undefined;
    }
  }

  return {
    look,
    change,
    count: createFailureCount({
      ...deps,
      change,
      isCounting: async () => (await look()).isCounting,
    }),
    async throttle(retryAfterMs) {
      // Jitter upwards only: nobody calls sooner than asked, and not all at the same moment.
      const jitterMs = deps.random.fraction() * Math.min(retryAfterMs * 0.1, 2_000);
      notBefore = Math.max(notBefore, Math.ceil(clock.now() + retryAfterMs + jitterMs));
      const until = notBefore;
      await change((brake) => ({ ...brake, notBefore: Math.max(brake.notBefore, until) }));
    },
    async quarantine(next) {
      const now = clock.now();
      await change((brake) =>
        next === null ? liftQuarantine(brake, now) : enterQuarantine(brake, next, now),
      );
    },
  };
}

async function changeRow(
  { tables, log }: { readonly tables: TableStore; readonly log: Log },
  next: (brake: Brake) => Brake,
): Promise<Brake> {
  for (let tries = 1; ; tries++) {
    const { value: before, etag } = await loadBrake(tables);
    const after = next(before);
    if (after === before) return before;
    try {
      await saveBrake(tables, { value: after, etag });
      logChange(log, before.quarantine, after.quarantine);
      return before;
    } catch (error) {
      if (!(error instanceof StorageConflictError) || tries >= saveTries) throw error;
    }
  }
}

function viewOf({
  operator,
  brake: { quarantine, gates, tallies },
}: {
  readonly operator: Operator;
  readonly brake: Brake;
}): Omit<BrakeView, 'notBefore'> {
  const mayWrite = operator.status === 'on' && !operator.paused && quarantine === null;
  return { mayWrite, operator, quarantine, gates, isCounting: tallies.length > 0 };
}

/** Once for each new reason, not for each attempt. */
function logChange(log: Log, before: Quarantine | null, after: Quarantine | null): void {
  if (after === null || after.code === before?.code) return;
  const { code, attempts } = after;
  log.error('quarantineChanged', { code, before: before?.code, attempts });
}
