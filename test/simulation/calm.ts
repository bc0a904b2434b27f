import { parsePendingEntry } from '../../shared/outbox/entry.ts';
import { loadOutbox } from '../../shared/outbox/outbox-row.ts';
import { loadCycleState } from '../../shared/rows/job.ts';
import { slotCount } from './engine-deps.ts';
import { createChooser, pickCall, type Chooser } from './pick-call.ts';
import type { Stage } from './stage.ts';

/** Whatever has not come to rest by then never will. */
const stepLimit = 40_000;
const tickMs = 60_000;
/** A cycle that began so long after the last change has seen it. */
const seenMs = 120_000;

/** Nothing changes and nothing fails any more: the timer ticks, messages are delivered, until there is nothing left to do. */
export async function runCalm(stage: Stage): Promise<void> {
  stage.calmDown();
  await stage.setPaused(false);
  const rest = { calmSince: stage.now(), nextTick: stage.now(), isOver: false };
  const chooser = createChooser(stage);
  const end = stage.steps() + stepLimit;
  while (!rest.isOver && stage.guard.breach() === undefined && stage.steps() < end) {
    stage.countStep();
    const isBusy = (await goOn(stage, chooser)) || (await letOrphansEnd(stage)) || receive(stage);
    if (!isBusy) await waitOrTick(stage, rest);
    await stage.scheduler.settle();
  }
}

async function goOn(stage: Stage, chooser: Chooser): Promise<boolean> {
  const call = chooser.next(() => false);
  if (call !== undefined) await pickCall(stage, call, { kind: 'none' });
  return call !== undefined;
}

async function letOrphansEnd(stage: Stage): Promise<boolean> {
  if (stage.orphans.size === 0) return false;
  await stage.advance(60_000);
  return true;
}

function receive({ doorbell, startWorker }: Stage): boolean {
  const message = doorbell.receive();
  if (message !== undefined) startWorker(message);
  return message !== undefined;
}

interface Rest {
  readonly calmSince: number;
  nextTick: number;
  isOver: boolean;
}

async function waitOrTick(stage: Stage, rest: Rest): Promise<void> {
  const { doorbell, scheduler } = stage;
  const now = stage.now();
  if (now >= rest.nextTick && scheduler.alive.size === 0) {
    const next = await nextWorthWhile(stage, rest.calmSince);
    rest.isOver = next === undefined;
    if (next === undefined) return;
    await stage.advance(Math.max(0, next - now));
    rest.nextTick = stage.now() + tickMs;
    stage.startTick();
    return;
  }
  const wakes = [...scheduler.alive].flatMap(({ calls }) =>
    [...calls].map(({ notBefore }) => notBefore),
  );
  const times = [rest.nextTick, doorbell.nextDue() ?? Infinity, ...wakes];
  const next = Math.min(...times.filter((time) => time > now));
  await stage.advance(next - now);
}

/** When the next tick is worth while: now, or when what lies far ahead falls due; undefined when nothing is left to come. */
async function nextWorthWhile(stage: Stage, calmSince: number): Promise<number | undefined> {
  const { tables, doorbell } = stage;
  const now = stage.now();
  const state = (await loadCycleState(tables))?.value;
  if (state?.phase !== 'done' || state.startedAt < calmSince + seenMs) return now;
  const { slots } = await loadOutbox(tables, slotCount);
  if (slots.some((slot) => slot !== undefined)) return now;
  const pending = tables.rows('Schedule').filter(({ partitionKey }) => partitionKey === 'pending');
  const dues = pending.flatMap((row) => parsePendingEntry(row)?.due ?? []);
  return dues.length > 0 ? Math.min(...dues) : doorbell.nextDue();
}
