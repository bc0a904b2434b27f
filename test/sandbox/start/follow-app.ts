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
  /** Id of the last cycle before the app started. */
  readonly cycleBefore: string | undefined;
  readonly tally: ReturnType<typeof createWriteTally>;
  readonly display: Display;
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Ends the wait by throwing. */
  readonly signal: AbortSignal;
}

export interface Followed {
  readonly converged: boolean;
  /** Why not. */
  readonly reasons: readonly string[];
  readonly tally: Tally;
  readonly lastWrite: number;
  /** Cycles that ended meanwhile. */
  readonly cycles: readonly CycleNote[];
  readonly storageCalls: number;
}

const pollMs = 500;

/** Looks at the app until it has converged or its time is up. */
export async function followApp(input: FollowInput): Promise<Followed> {
  const judge = createConvergence();
  const cycles = new Map<string, CycleNote>();
  const deadline = input.now() + input.timeoutMs;
  let lastWrite = input.writesBefore;
  for (;;) {
    const writes = await input.dropbox.read(`/writes?since=${lastWrite}`, writesSchema);
    lastWrite = writes.at(-1)?.sequence ?? lastWrite;
    const tally = input.tally(writes);
    const { progress, why } = await readProgress(input.reader);
    noteCycle(cycles, progress, input.cycleBefore);
    const reasons = progress ? judge({ now: input.now(), progress, writes: tally.writes }) : [why];
    const converged = reasons.length === 0;
    if (converged || input.now() >= deadline) {
      input.display.clear();
      const storageCalls = progress?.storageCalls ?? 0;
      return { converged, reasons, tally, lastWrite, cycles: [...cycles.values()], storageCalls };
    }
    input.display.progress(describeTally(tally, progress), fractionOf(tally));
    await wait(pollMs, undefined, { signal: input.signal });
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
function noteCycle(
  cycles: Map<string, CycleNote>,
  progress: Progress | undefined,
  cycleBefore: string | undefined,
): void {
  const note = progress?.lastCycle;
  if (note === undefined || note.id === cycleBefore) return;
  const startedAt = Math.min(note.startedAt, cycles.get(note.id)?.startedAt ?? note.startedAt);
  cycles.set(note.id, { ...note, startedAt });
}

function describeTally({ people, groups, edges }: Tally, progress: Progress | undefined): string {
  const shares = [
    describeShare('people', people),
    describeShare('groups', groups),
    describeShare('memberships', edges),
  ];
  return shares.join('  ') + (progress?.initialDone === true ? '' : ', reading the tenant');
}

function describeShare(name: string, { done, of }: Share): string {
  return `${name} ${done}/${of}`;
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
