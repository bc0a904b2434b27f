import type { TableStore } from '../model/ports.ts';
import {
  isGroupEntry,
  minuteKey,
  parsePendingEntry,
  pendingPartition,
  ranks,
  scheduleTable,
  type PendingEntry,
} from './entry.ts';

/** Dropbox takes 20 people in one invitation call; a slot is sized for it. */
const slotSize = 20;
/** A transaction takes 100 operations, and one is the outbox row's. */
const entryLimit = 99;
/** Groups wait for people, but not for ever. */
const groupsWaitMs = 10 * 60_000;
/** Sorts after every rank and before the outbox row. */
const afterRanks = ':';

export interface DueQuestion {
  readonly now: number;
  /** Ids that some slot has in hand. */
  readonly busy: ReadonlySet<string>;
  readonly slotHoldsPeople: boolean;
}

/** The entries of up to 20 due identities of the best rank (each with all its entries in sight), or none. */
export async function findDue(
  tables: TableStore,
  question: DueQuestion,
): Promise<readonly PendingEntry[]> {
  const picked: PendingEntry[] = [];
  const ids = new Set<string>();
  let peopleAreDue = question.slotHoldsPeople;
  for await (const entry of readDue(tables, question.now)) {
    const best = picked[0];
    if (best !== undefined && entry.rank !== best.rank) break;
    if (!isGroupEntry(entry.id)) peopleAreDue = true;
    if (question.busy.has(entry.id)) continue;
    const waitsForPeople = entry.rank === ranks.groups && peopleAreDue;
    if (waitsForPeople && entry.due > question.now - groupsWaitMs) break;
    if (entry.alone === true && best === undefined) return [entry];
    if (entry.alone === true) continue;
    if (ids.size >= slotSize && !ids.has(entry.id)) break;
    ids.add(entry.id);
    picked.push(entry);
    if (picked.length === entryLimit) break;
  }
  return picked;
}

/** Due entries, best rank first, earliest first within a rank. What lies in the future is jumped over, rank by rank. */
async function* readDue(tables: TableStore, now: number): AsyncGenerator<PendingEntry> {
  const nextMinute = minuteKey(now + 60_000);
  let from: string | undefined = '0|';
  let continuation: string | undefined;
  while (from !== undefined) {
    const page = await tables.page(scheduleTable, pendingPartition, {
      from,
      before: afterRanks,
      limit: 64,
      ...(continuation === undefined ? {} : { continuation }),
    });
    let futureRank: number | undefined;
    for (const row of page.rows) {
      const entry = parsePendingEntry(row);
      if (entry === undefined) continue;
      if (row.rowKey >= `${entry.rank}|${nextMinute}`) {
        futureRank = entry.rank;
        break;
      }
      if (entry.due <= now) yield entry;
    }
    continuation = futureRank === undefined ? page.continuation : undefined;
    if (futureRank !== undefined) from = `${futureRank + 1}|`;
    else if (continuation === undefined) from = undefined;
  }
}
