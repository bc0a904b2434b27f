import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { loadOperator, saveOperator } from '../../shared/rows/job.ts';
import type { SandboxRun } from './sandbox-run.ts';

/** A pause reaches every instance within two seconds; a call that was begun before may still be answered. */
const reachMs = 5_000;
const watchMs = 10_000;
/** The load is well under way by then. */
const firstWrites = 50;

export interface Pause {
  /** Calls that changed the team in the ten seconds after those five. */
  readonly writes: number;
  /** False where the load was over before it could be paused. */
  readonly isMidway: boolean;
}

/** Pauses the job in the middle of a load, watches what is written all the same, and lets it go on. */
export async function pauseAndResume(run: SandboxRun, withinMs: number): Promise<Pause> {
  const deadline = Date.now() + withinMs;
  while ((await countWrites(run)) < firstWrites && Date.now() < deadline) await wait(500);
  await setPaused(run, true);
  await wait(reachMs);
  const before = await countWrites(run);
  await wait(watchMs);
  const writes = (await countWrites(run)) - before;
  const { pending } = await run.reader.readProgress();
  await setPaused(run, false);
  return { writes, isMidway: pending.due + pending.soon > 0 };
}

async function countWrites({ dropbox }: SandboxRun): Promise<number> {
  return (await dropbox.read('/counts', z.object({ writes: z.number() }))).writes;
}

async function setPaused({ tables }: SandboxRun, paused: boolean): Promise<void> {
  const found = await loadOperator(tables);
  await saveOperator(tables, { value: { status: 'on', paused }, etag: found?.etag });
}
