import { setTimeout as wait } from 'node:timers/promises';
import { createConvergence } from './convergence.ts';
import { writesSchema, type ControlClient } from './control-client.ts';
import type { Display } from './display.ts';
import type { CycleNote, Progress, ProgressReader } from './progress.ts';
import type { Share, Tally } from './write-tally.ts';
import type { createWriteTally } from './write-tally.ts';

export interface FollowInput {
  readonly reader: ProgressReader;
  readonly dropbox: ControlClient;
  /** Sequence number of the last write before the app started. */
  readonly writesBefore: number;
  readonly tally: ReturnType<typeof createWriteTally>;
  readonly display: Display;
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Ends the wait; what it waits for then throws. */
  readonly signal: AbortSignal;
}

export interface Followed {
  readonly converged: boolean;
  /** Why not. */
  readonly reasons: readonly string[];
  readonly tally: Tally;
  readonly lastWrite: number;
  readonly cycles: readonly CycleNote[];
  readonly progress: Progress | undefined;
}

const pollMs = 500;

/** Looks at the app until it has converged or its time is up. */
export async function followApp(input: FollowInput): Promise<Followed> {
  const { reader, dropbox, tally, display, now, signal } = input;
  const judge = createConvergence();
  const cycles = new Map<string, CycleNote>();
  const deadline = now() + input.timeoutMs;
  const firstCycle = (await readProgress(reader)).progress?.lastCycle?.id;
  let lastWrite = input.writesBefore;
  for (;;) {
    const writes = await dropbox.read(`/writes?since=${lastWrite}`, writesSchema);
    lastWrite = writes.at(-1)?.sequence ?? lastWrite;
    const counted = tally(writes);
    const look = await readProgress(reader);
    const { progress } = look;
    if (progress?.lastCycle && progress.lastCycle.id !== firstCycle) {
      noteCycle(cycles, progress.lastCycle);
    }
    const verdict =
      progress === undefined
        ? { kind: 'working' as const, reasons: [look.why] }
        : judge({ now: now(), progress, writes: counted.writes });
    const converged = verdict.kind === 'converged';
    if (converged || now() >= deadline) {
      display.clear();
      const reasons = verdict.kind === 'converged' ? [] : verdict.reasons;
      const seen = [...cycles.values()];
      return { converged, reasons, tally: counted, lastWrite, cycles: seen, progress };
    }
    display.progress(describeTally(counted, progress), fractionOf(counted));
    await wait(pollMs, undefined, { signal });
  }
}

/** Until the app has made its tables there is nothing to read. */
async function readProgress(
  reader: ProgressReader,
): Promise<{ readonly progress: Progress | undefined; readonly why: string }> {
  try {
    return { progress: await reader.readProgress(), why: '' };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { progress: undefined, why: `the app's tables cannot be read: ${why}` };
  }
}

/** A cycle that took several ticks keeps the time of its first. */
function noteCycle(cycles: Map<string, CycleNote>, note: CycleNote): void {
  const earlier = cycles.get(note.id);
  const startedAt = Math.min(note.startedAt, earlier?.startedAt ?? note.startedAt);
  cycles.set(note.id, { ...note, startedAt });
}

function describeTally({ people, groups, edges }: Tally, progress: Progress | undefined): string {
  const share = (name: string, { done, of }: Share): string => `${name} ${done}/${of}`;
  const shares = [share('people', people), share('groups', groups), share('memberships', edges)];
  const phase = progress?.initialDone === true ? '' : ', reading the tenant';
  return shares.join('  ') + phase;
}

function fractionOf({ people, groups, edges }: Tally): number {
  // A call adds up to a hundred memberships but only twenty people: weighed by what they cost.
  const weighed = [
    [people, 1],
    [groups, 5],
    [edges, 0.2],
  ] as const;
  const of = weighed.reduce((total, [share, weight]) => total + share.of * weight, 0);
  const done = weighed.reduce((total, [share, weight]) => total + share.done * weight, 0);
  return of === 0 ? 1 : done / of;
}
