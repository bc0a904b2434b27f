import type { PageRequest, TablePage, TableStore } from '../model/ports.ts';
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
/** People who come again within this time (a job is polled, an answer looked for) are waited for as if they were due. */
const soonMs = 30_000;
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
  for await (const entry of readSoonDue(tables, question.now)) {
    if (picked[0] !== undefined && entry.rank !== picked[0].rank) break;
    if (!isGroupEntry(entry.id)) peopleAreDue = true;
    const verdict = judge(entry, ids, { ...question, peopleAreDue });
    if (verdict === 'skip') continue;
    if (verdict === 'stop') break;
    if (verdict === 'alone') return [entry];
    ids.add(entry.id);
    picked.push(entry);
  }
  return picked.slice(0, entryLimit);
}

/** Adding people to a group before they are all there would take one call now and one for each who comes later. */
function mustWaitForPeople(entry: PendingEntry, peopleAreDue: boolean, now: number): boolean {
  return entry.rank === ranks.groups && peopleAreDue && entry.due > now - groupsWaitMs;
}

function judge(
  entry: PendingEntry,
  ids: ReadonlySet<string>,
  { now, busy, peopleAreDue }: DueQuestion & { readonly peopleAreDue: boolean },
): 'alone' | 'stop' | 'skip' | 'take' {
  if (entry.due > now || busy.has(entry.id)) return 'skip';
  if (mustWaitForPeople(entry, peopleAreDue, now)) return 'stop';
  if (entry.alone === true) return ids.size === 0 ? 'alone' : 'skip';
  return ids.size >= slotSize && !ids.has(entry.id) ? 'stop' : 'take';
}

/** Entries due now or soon, best rank first, earliest first within a rank. What lies later is jumped over, rank by rank. */
async function* readSoonDue(tables: TableStore, now: number): AsyncGenerator<PendingEntry> {
  const laterMinute = minuteKey(now + soonMs + 60_000);
  let request: PageRequest | undefined = { from: '0|', before: afterRanks, limit: 64 };
  while (request !== undefined) {
    const page: TablePage = await tables.page(scheduleTable, pendingPartition, request);
    let laterRank: number | undefined;
    for (const row of page.rows) {
      const entry = parsePendingEntry(row);
      if (entry === undefined) continue;
      if (row.rowKey >= `${entry.rank}|${laterMinute}`) {
        laterRank = entry.rank;
        break;
      }
      if (entry.due <= now + soonMs) yield entry;
    }
    request = nextRequest(request, laterRank, page.continuation);
  }
}

function nextRequest(
  request: PageRequest,
  laterRank: number | undefined,
  continuation: string | undefined,
): PageRequest | undefined {
  const { before, limit } = { before: afterRanks, limit: 64 };
  if (laterRank !== undefined) return { from: `${laterRank + 1}|`, before, limit };
  return continuation === undefined ? undefined : { ...request, continuation };
}
