import type { TableStore } from '../../../shared/model/ports.ts';
import { readRange } from '../../../shared/model/table-pages.ts';
import {
  parsePendingEntry,
  pendingPartition,
  scheduleTable,
} from '../../../shared/outbox/entry.ts';
import { loadOutbox } from '../../../shared/outbox/outbox-row.ts';
import { loadBrake, loadHeartbeat, loadOperator } from '../../../shared/rows/job.ts';
import type { CycleNote, PendingCounts, Progress, ProgressReader } from './progress.ts';
import { readTotals } from './table-totals.ts';

/** What is due within this time is a retry on its way; later is escrow. */
const soonMs = 60 * 60_000;
/** Enough to tell none from some. */
const countedEntries = 100;

/** Reads how far the app is from its own tables. */
export function createTableProgress(tables: TableStore, now: () => number): ProgressReader {
  return {
    readProgress: () => readProgress(tables, now()),
    readCycles: (since) => readCycles(tables, since, now()),
    readTotals: (since) => readTotals(tables, { since, now: now() }),
  };
}

async function readProgress(tables: TableStore, now: number): Promise<Progress> {
  // Slots first: what leaves a slot while this is read shows among the entries.
  const outbox = await loadOutbox(tables, 0);
  const pending = await countPending(tables, now);
  const { value: heartbeat } = await loadHeartbeat(tables);
  const note = toCycleNote(heartbeat.lastCycle);
  return {
    pending,
    slotsTaken: outbox.slots.filter((slot) => slot !== undefined).length,
    initialDone: heartbeat.initialDone,
    problems: await readProblems(tables),
    storageCalls: heartbeat.storageCalls,
    ...(note ? { lastCycle: note } : {}),
  };
}

/** One partition a month. Only cycles that were complete are in it. */
async function readCycles(
  tables: TableStore,
  since: number,
  now: number,
): Promise<readonly CycleNote[]> {
  const months = new Set([since, now].map((at) => new Date(at).toISOString().slice(0, 7)));
  const cycles: CycleNote[] = [];
  for (const month of months) {
    for await (const rows of readRange(tables, 'Cycles', month)) {
      for (const { rowKey, columns } of rows) {
        cycles.push({
          id: rowKey.split('|')[1] ?? rowKey,
          kind: columns['kind'] === 'initial' ? 'initial' : 'incremental',
          startedAt: Number(columns['startedAt']),
          endedAt: Number(columns['endedAt']),
          outcome: 'complete',
          changed: Number(columns['changed']),
        });
      }
    }
  }
  return cycles.filter(({ startedAt }) => startedAt >= since);
}

type LastCycle = Awaited<ReturnType<typeof loadHeartbeat>>['value']['lastCycle'];

function toCycleNote(cycle: LastCycle): CycleNote | undefined {
  if (cycle === null) return undefined;
  const { error, id, kind, startedAt, endedAt, outcome, changed } = cycle;
  const note = { id, kind, startedAt, endedAt, outcome, changed };
  return error === null ? note : { ...note, error };
}

async function countPending(tables: TableStore, now: number): Promise<PendingCounts> {
  const counts = { due: 0, soon: 0, later: 0 };
  const range = { limit: countedEntries };
  for await (const rows of readRange(tables, scheduleTable, pendingPartition, range)) {
    for (const row of rows) {
      const entry = parsePendingEntry(row);
      if (entry === undefined) continue;
      if (entry.due <= now) counts.due += 1;
      else if (entry.due <= now + soonMs) counts.soon += 1;
      else counts.later += 1;
    }
    if (counts.due + counts.soon > 0) break;
  }
  return counts;
}

async function readProblems(tables: TableStore): Promise<readonly string[]> {
  const operator = await loadOperator(tables);
  const { value: brake } = await loadBrake(tables);
  const status = operator?.value.status ?? 'on';
  return [
    ...(status === 'on' ? [] : [`provisioning is ${status}`]),
    ...(operator?.value.paused === true ? ['provisioning is paused'] : []),
    ...(brake.quarantine === null
      ? []
      : [`quarantine: ${brake.quarantine.code}: ${brake.quarantine.detail}`]),
  ];
}
