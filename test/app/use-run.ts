import { onTestFinished } from 'vitest';
import { startRun, type RunOptions, type SandboxRun } from './sandbox-run.ts';

/** A run of its own for one test, ended with it. */
export async function useRun(options: RunOptions = {}): Promise<SandboxRun> {
  const run = await startRun(options);
  onTestFinished(() => run.stop());
  return run;
}
