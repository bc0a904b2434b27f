import type { Progress } from './progress.ts';

/** What is known at one look: the app's own word, and how many writes Dropbox has seen. */
export interface Look {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly progress: Progress;
  readonly writes: number;
}

/**
 * Judges look after look, and says why the app has not converged; nothing where it has. Converged: nothing is due within the hour, no slot is taken, and an incremental cycle that began after this was
 * first seen has found nothing new, with no write to Dropbox meanwhile. What is due later is escrow, and does not count.
 */
export function createConvergence(): (look: Look) => readonly string[] {
  let quietSince: number | undefined;
  let writesThen = 0;
  return (look) => {
    const reasons = whatIsLeft(look.progress);
    if (reasons.length > 0) {
      quietSince = undefined;
      return reasons;
    }
    if (quietSince === undefined || look.writes !== writesThen) {
      quietSince = look.now;
      writesThen = look.writes;
    }
    return foundNothingNew(look.progress, quietSince)
      ? []
      : ['no incremental cycle has found nothing new yet'];
  };
}

function whatIsLeft({ pending, slotsTaken, initialDone, problems }: Progress): readonly string[] {
  return [
    ...problems,
    ...(initialDone ? [] : ['the initial cycle is not complete']),
    ...(pending.due > 0 ? [`at least ${pending.due} entries of the outbox are due`] : []),
    ...(pending.soon > 0 ? [`at least ${pending.soon} entries are due within the hour`] : []),
    ...(slotsTaken > 0 ? [`${slotsTaken} slots of the outbox are taken`] : []),
  ];
}

function foundNothingNew({ lastCycle }: Progress, quietSince: number): boolean {
  return (
    lastCycle !== undefined &&
    lastCycle.kind === 'incremental' &&
    lastCycle.outcome === 'complete' &&
    lastCycle.startedAt >= quietSince &&
    (lastCycle.changed ?? 0) === 0
  );
}
