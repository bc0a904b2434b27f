import { StorageConflictError } from '../model/errors.ts';
import type { Brake, Tally } from '../model/job.ts';
import type { Clock, Log } from '../model/ports.ts';
import { enterQuarantine } from './quarantine.ts';

const hourMs = 3_600_000;
/** The hour slides in steps of this. */
const stepMs = 10 * 60_000;
/** Fewer operations than this say nothing about all of them. */
const fewestOperations = 20;
/** Entra's share: four in ten. */
const tooMany = 0.4;

/** What came of operations: how many were carried out, and how many failed, by code. */
export interface Outcomes {
  readonly done: number;
  readonly codes: { readonly [code: string]: number };
}

/**
 * Adds to the count that all instances keep together, and stops everything where four in ten of at least twenty operations have failed
 * within an hour. Nothing is written while nothing fails: until then each process keeps its own count of what was carried out. A count
 * that others are always faster to write is let go.
 */
export function createFailureCount(deps: {
  readonly clock: Clock;
  readonly log: Log;
  /** Whether something failed lately, in whatever instance. */
  isCounting(): Promise<boolean>;
  change(next: (brake: Brake) => Brake): Promise<unknown>;
}): (outcomes: Outcomes) => Promise<void> {
  let unwritten: readonly Tally[] = [];
  return async (outcomes) => {
    const failed = sumOf(outcomes.codes);
    if (failed === 0 && outcomes.done === 0) return;
    const now = deps.clock.now();
    const tally = { at: now - (now % stepMs), done: outcomes.done, failed, codes: outcomes.codes };
    unwritten = merge(unwritten, [tally], now);
    if (failed === 0 && !(await deps.isCounting())) return;
    const tallies = unwritten;
    unwritten = [];
    try {
      await deps.change((brake) => addTallies(brake, tallies, now));
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
      deps.log.warn('outcomesNotCounted', { done: outcomes.done, failed });
    }
  };
}

/** Pure. In quarantine nothing is counted: it begins anew when that is lifted. */
export function addTallies(brake: Brake, more: readonly Tally[], now: number): Brake {
  if (brake.quarantine !== null) return brake;
  const tallies = merge(brake.tallies, more, now);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  if (failed === 0) return { ...brake, tallies: [] };
  const all = failed + tallies.reduce((sum, { done }) => sum + done, 0);
  if (all < fewestOperations || failed < tooMany * all) return { ...brake, tallies };
  const detail = `${failed} of ${all} operations failed within an hour, ${describeCodes(tallies)}`;
  return enterQuarantine({ ...brake, tallies: [] }, { code: 'tooManyFailures', detail }, now);
}

/** One tally for each step of the last hour, oldest first. */
function merge(one: readonly Tally[], other: readonly Tally[], now: number): Tally[] {
  const steps = new Map<number, Tally>();
  for (const tally of [...one, ...other]) {
    if (now - tally.at >= hourMs) continue;
    const before = steps.get(tally.at);
    const codes = addCodes(before?.codes ?? {}, tally.codes);
    const done = (before?.done ?? 0) + tally.done;
    steps.set(tally.at, { at: tally.at, done, failed: sumOf(codes), codes });
  }
  return [...steps.values()].toSorted((first, second) => first.at - second.at);
}

function addCodes(one: Tally['codes'], other: Tally['codes']): { [code: string]: number } {
  const codes = { ...one };
  for (const [code, count] of Object.entries(other)) codes[code] = (codes[code] ?? 0) + count;
  return codes;
}

/** The code that is met most often. */
function describeCodes(tallies: readonly Tally[]): string {
  let codes: Tally['codes'] = {};
  for (const tally of tallies) codes = addCodes(codes, tally.codes);
  const [most] = Object.entries(codes).toSorted(([, one], [, other]) => other - one);
  return most === undefined ? 'for no reason named' : `${most[1]} of them with ${most[0]}`;
}

function sumOf(codes: Outcomes['codes']): number {
  return Object.values(codes).reduce((sum, count) => sum + count, 0);
}
