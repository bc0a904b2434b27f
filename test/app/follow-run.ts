import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { ControlClient } from '../sandbox/start/control-client.ts';
import { createConvergence } from '../sandbox/start/convergence.ts';
import type { CycleNote, Progress, ProgressReader } from '../sandbox/start/progress.ts';
import { readHealth } from '../sandbox/start/read-health.ts';
import type { RunningApp } from './running-app.ts';

export interface Follow {
  readonly reader: ProgressReader;
  readonly dropbox: ControlClient;
  /** The app that was started last. */
  readonly app: () => RunningApp | undefined;
}

const pollMs = 50;
const slowPollMs = 2_000;
const writeCountSchema = z.object({ writes: z.number() });

/** Waits until nothing is left to do and a cycle has found nothing new. Throws the reasons and the app's last lines when it takes too long. */
export async function followToRest(
  { reader, dropbox, app }: Follow,
  { withinMs, isLarge = false }: { readonly withinMs: number; readonly isLarge?: boolean },
): Promise<void> {
  const judge = createConvergence();
  const deadline = Date.now() + withinMs;
  for (;;) {
    const { writes } = await dropbox.read('/counts', writeCountSchema);
    const { progress, why } = await tryProgress(reader);
    const reasons = progress ? judge({ now: Date.now(), progress, writes }) : [why];
    if (reasons.length === 0) return;
    if (Date.now() >= deadline) {
      const running = app();
      const health = running ? (await readHealth(running.address)).problems : ['no app runs'];
      const output = (await running?.readOutput()) ?? '';
      const told = [...reasons, ...health, ...output.split('\n').slice(-15)];
      throw new Error(`not converged within ${withinMs / 1000} s:\n${told.join('\n')}`);
    }
    // The emulated storage goes through a whole table for each look.
    await wait(isLarge ? slowPollMs : 3 * pollMs);
  }
}

/** Until the app has made its tables there is nothing to read. */
async function tryProgress(
  reader: ProgressReader,
): Promise<{ readonly progress?: Progress; readonly why: string }> {
  try {
    return { progress: await reader.readProgress(), why: '' };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

const cycleWithinMs = 30_000;
/** Looks at idle workers, with entries due, until it is clear that only the next cycle will give them out. */
const idleLooks = 30;

/**
 * Starts a cycle by hand and waits until it is over and, for `work`, what it set off is done or waits for the next cycle. Returns what
 * the app says of the cycle.
 */
export async function followCycle(
  { reader, app }: Follow,
  until: 'cycle' | 'work',
): Promise<CycleNote> {
  const firedAt = Date.now();
  await app()?.fire('syncCycle');
  let [quiet, idle] = [0, 0];
  while (Date.now() - firedAt < cycleWithinMs) {
    const { progress } = await tryProgress(reader);
    const last = progress?.lastCycle;
    const state = last !== undefined && last.endedAt >= firedAt ? describe(progress) : 'busy';
    // Twice in a row: between two rows of one look, work may have gone from the one to the other.
    quiet = state === 'quiet' ? quiet + 1 : 0;
    idle = state === 'busy' ? 0 : idle + 1;
    if (last !== undefined && isOver(until, quiet, idle)) return last;
    await wait(pollMs);
  }
  throw new Error('the cycle does not come to its end');
}

function describe(progress: Progress | undefined): 'busy' | 'idle' | 'quiet' {
  if (progress === undefined || progress.slotsTaken > 0) return 'busy';
  return progress.pending.due > 0 ? 'idle' : 'quiet';
}

function isOver(until: 'cycle' | 'work', quiet: number, idle: number): boolean {
  return until === 'work' ? quiet >= 2 || idle >= idleLooks : idle >= 3;
}
