import { parsePendingEntry } from '../../shared/outbox/entry.ts';
import { loadOutbox } from '../../shared/outbox/outbox-row.ts';
import { loadBatches } from '../../shared/rows/batches.ts';
import { readHeld } from '../../shared/rows/held.ts';
import { loadCycleState, loadHeartbeat } from '../../shared/rows/job.ts';
import { slotCount } from './engine-deps.ts';
import { createChooser, pickCall, type Chooser } from './pick-call.ts';
import type { Stage } from './stage.ts';

/** What a person has not approved after so long they never will. */
const heldHorizonMs = 6 * 3_600_000;

/** Whatever has not come to rest by then never will. */
const stepLimit = 60_000;
const tickMs = 60_000;
/** A cycle that began so long after the last change has seen it. */
const seenMs = 120_000;
/** What somebody has put on hold is let go of by then. */
const shortestMs = 25 * 60_000;
/** What is due later is not waited for: until then Dropbox has forgotten whoever was removed. */
const horizonMs = 9 * 86_400_000;

/**
 * Nothing changes and nothing fails any more: the timer ticks, messages are delivered, the operator approves what is right, until there is
 * nothing left to do. False where that never came.
 */
export async function runCalm(stage: Stage): Promise<boolean> {
  stage.calmDown();
  for (const moved of stage.world.finishAllMoves()) stage.say(`in Entra: ${moved}`);
  await stage.setPaused(false);
  const { liar, listLagMs } = stage.character;
  // What a list that lagged has not shown of a group just assigned, nobody tells again.
  if (liar === 'lists' || listLagMs > 0) stage.reconfigure();
  const rest = { calmSince: stage.now(), nextTick: stage.now(), isOver: false };
  const chooser = createChooser(stage);
  const end = stage.steps() + stepLimit;
  while (!rest.isOver && stage.guard.breach() === undefined && stage.steps() < end) {
    stage.countStep();
    const isBusy = (await goOn(stage, chooser)) || (await letOrphansEnd(stage)) || receive(stage);
    if (!isBusy) await waitOrTick(stage, rest);
    await stage.scheduler.settle();
  }
  return rest.isOver;
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
  const { tables, doorbell, operator } = stage;
  const now = stage.now();
  if ((await operator.approveAll()) > 0) return now;
  const state = (await loadCycleState(tables))?.value;
  const lastMove = Math.max(stage.lastMove(), calmSince + seenMs);
  if (state?.phase !== 'done' || state.startedAt <= lastMove) return now;
  const { slots } = await loadOutbox(tables, slotCount);
  if (slots.some((slot) => slot !== undefined)) return now;
  const dues = [
    ...duesOfSchedule(stage, calmSince),
    ...(await duesOfHeld(stage, calmSince)),
    ...(await dueOfComparison(stage, calmSince)),
    ...[doorbell.nextDue() ?? []].flat(),
    ...(now < calmSince + shortestMs ? [calmSince + shortestMs] : []),
  ];
  return dues.length > 0 ? Math.min(...dues) : undefined;
}

function duesOfSchedule({ tables }: Stage, calmSince: number): readonly number[] {
  const dues = tables.rows('Schedule').flatMap((row) => {
    if (row.partitionKey === 'pending') return parsePendingEntry(row)?.due ?? [];
    return row.partitionKey === 'grace' ? Number(row.rowKey.slice(0, 14)) : [];
  });
  return dues.filter((due) => due < calmSince + horizonMs);
}

/** What is held and is not left alone for good: when it has settled, or when its list expires. */
async function duesOfHeld(
  { tables, character }: Stage,
  calmSince: number,
): Promise<readonly number[]> {
  const open = new Map(
    (await loadBatches(tables, { closed: false })).map((batch) => [batch.id, batch]),
  );
  const dues: number[] = [];
  for await (const entries of readHeld(tables)) {
    for (const { since, kind, batch, rejected, stopped } of entries) {
      if (rejected !== '' || stopped !== '') continue;
      const settled = kind === 'said' ? 0 : character.leaving.settleMinutes * 60_000;
      const due = open.get(batch)?.expiresAt ?? since + settled + 1;
      if (due < Math.max(since, calmSince) + heldHorizonMs) dues.push(due);
    }
  }
  return dues;
}

/** The team is compared once with what was applied. */
async function dueOfComparison(
  { tables, character, now, compareSeldom }: Stage,
  calmSince: number,
): Promise<readonly number[]> {
  const { listing, reconciledAt } = (await loadHeartbeat(tables)).value;
  const isCompared = Number(listing.slice(0, 14)) > calmSince + seenMs;
  if (isCompared && reconciledAt > calmSince + seenMs) {
    compareSeldom();
    return [];
  }
  return [Math.max(now(), reconciledAt + character.driftEveryMs)];
}
