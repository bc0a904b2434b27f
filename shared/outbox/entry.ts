import type { Row, TableAction } from '../model/ports.ts';

export const scheduleTable = 'Schedule';
export const pendingPartition = 'pending';

/** What goes first. A rank only sorts: the worker does what the row says. */
export const ranks = {
  onDemand: 0,
  takenAway: 1,
  returned: 2,
  invite: 3,
  attributes: 4,
  groups: 5,
} as const;
export type Rank = (typeof ranks)[keyof typeof ranks];

/** An identity that is to be looked at. Ids are `u:<Entra object id>` for people, `g:<Entra object id>` for groups. */
export interface Entry {
  readonly id: string;
  readonly rank: Rank;
  /** Not before this time, in milliseconds since 1970. */
  readonly due: number;
  /** Dropbox must be read back before planning, because an answer may have been lost. */
  readonly verify: boolean;
  /** To be given a slot of its own, because a slot with it in failed again and again. */
  readonly alone?: boolean;
}

export interface PendingEntry extends Entry {
  readonly rowKey: string;
  readonly etag: string;
}

export function userEntryId(userId: string): string {
  return `u:${userId}`;
}

export function groupEntryId(groupId: string): string {
  return `g:${groupId}`;
}

/** The Entra object id within an entry's id. */
export function objectIdOf(entryId: string): string {
  return entryId.slice(2);
}

export function isGroupEntry(entryId: string): boolean {
  return entryId.startsWith('g:');
}

/** The due minute as part of a key: the entries of one identity in one minute collapse into one. */
export function minuteKey(at: number): string {
  return String(Math.floor(at / 60_000)).padStart(10, '0');
}

/**
 * Upserts the entry. `verify` and `alone` are sticky: they are written only when true, so that an entry which says "read back first"
 * is not talked out of it by a later one.
 */
export function scheduleAction(entry: Entry): Extract<TableAction, { kind: 'upsert' }> {
  return {
    kind: 'upsert',
    rowKey: `${entry.rank}|${minuteKey(entry.due)}|${entry.id}`,
    columns: {
      v: 1,
      due: entry.due,
      ...(entry.verify ? { verify: true } : {}),
      ...(entry.alone === true ? { alone: true } : {}),
    },
  };
}

function isRank(rank: number): rank is Rank {
  return Number.isInteger(rank) && rank >= ranks.onDemand && rank <= ranks.groups;
}

/** Undefined for a row that is no entry (the outbox row itself). */
export function parsePendingEntry(row: Row): PendingEntry | undefined {
  const [rankText = '', , id] = row.rowKey.split('|');
  const rank = Number(rankText);
  if (id === undefined || !isRank(rank)) return undefined;
  return {
    id,
    rank,
    due: Number(row.columns['due'] ?? 0),
    verify: row.columns['verify'] === true,
    alone: row.columns['alone'] === true,
    rowKey: row.rowKey,
    etag: row.etag,
  };
}
