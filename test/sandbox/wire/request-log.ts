import type { RequestRecord } from './types.ts';

/** `requests` are HTTP requests; `batchParts` came inside them. A batch and each of its parts count under their own route. */
interface RequestCounts {
  readonly byRoute: { readonly [route: string]: number };
  readonly requests: number;
  readonly batchParts: number;
  readonly writes: number;
}

export interface RequestLog {
  add(record: RequestRecord): void;
  nextSequence(): number;
  readSequence(): number;
  restoreSequence(sequence: number): void;
  /** Records with a greater sequence number, oldest first, of the last 200,000. */
  readRecords(since?: number): readonly RequestRecord[];
  readCounts(): RequestCounts;
  /** Forgets records and counts; sequence numbers go on. */
  clear(): void;
}

const keptRecords = 200_000;
/** How many more may pile up before the oldest are cut off, so that cutting is rare. */
const slack = 20_000;

/** The log of one emulator: the last 200,000 records, and counts since the start or the last clearing. */
export function createRequestLog(): RequestLog {
  let sequence = 0;
  let records: RequestRecord[] = [];
  let counts = emptyCounts();
  return {
    add: (record) => {
      records.push(record);
      if (records.length > keptRecords + slack) records = records.slice(-keptRecords);
      counts.byRoute.set(countedRoute(record), (counts.byRoute.get(countedRoute(record)) ?? 0) + 1);
      if (record.partOf === undefined) counts.requests += 1;
      else counts.batchParts += 1;
      if (record.wrote) counts.writes += 1;
    },
    nextSequence: () => (sequence += 1),
    readSequence: () => sequence,
    restoreSequence: (saved) => {
      sequence = saved;
    },
    readRecords: (since = 0) =>
      records.slice(-keptRecords).filter((record) => record.sequence > since),
    readCounts: () => ({ ...counts, byRoute: Object.fromEntries(counts.byRoute) }),
    clear: () => {
      records = [];
      counts = emptyCounts();
    },
  };
}

function emptyCounts() {
  return { byRoute: new Map<string, number>(), requests: 0, batchParts: 0, writes: 0 };
}

/** Unknown routes carry their path in the log, but share one count: their number must not grow without bound. */
function countedRoute(record: RequestRecord): string {
  return record.route.startsWith('unknown ') ? 'unknown' : record.route;
}
