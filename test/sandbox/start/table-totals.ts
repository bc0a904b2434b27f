import type { Row, TableStore } from '../../../shared/model/ports.ts';
import type { GroupRow } from '../../../shared/model/group-row.ts';
import type { UserRow } from '../../../shared/model/user-row.ts';
import { readRange } from '../../../shared/model/table-pages.ts';
import { readEdges } from '../../../shared/rows/edges.ts';
import { groupsTable, parseGroupRow } from '../../../shared/rows/groups.ts';
import { loadHeartbeat } from '../../../shared/rows/job.ts';
import { logsTable } from '../../../shared/rows/log-records.ts';
import { parseUserRow, usersTable } from '../../../shared/rows/users.ts';
import type { StateCounts, Totals } from './progress.ts';

const dayMs = 24 * 3_600_000;

/** Counts every row once, a page at a time. Costs the whole tenant: for the end of a run. */
export async function readTotals(
  tables: TableStore,
  { since, now }: { readonly since: number; readonly now: number },
): Promise<Totals> {
  const users: Record<string, number> = {};
  const groups: Record<string, number> = {};
  const groupIds: string[] = [];
  for (const partition of '0123456789abcdef') {
    for await (const rows of readRange(tables, usersTable, partition)) {
      for (const row of rows) count(users, stateOf(parseUserRow(row)));
    }
    for await (const rows of readRange(tables, groupsTable, partition)) {
      for (const row of rows) count(groups, stateOf(parseGroupRow(row)));
      groupIds.push(...rows.map(({ rowKey }) => rowKey));
    }
  }
  const memberships = await countMemberships(tables, groupIds);
  const { value: heartbeat } = await loadHeartbeat(tables);
  const operations = await countOperations(tables, since, now);
  return { users, groups, memberships, operations, excluded: heartbeat.excluded };
}

/** `waiting`: the group or the person is not in Dropbox, or not yet. */
async function countMemberships(
  tables: TableStore,
  groupIds: readonly string[],
): Promise<StateCounts> {
  const memberships: Record<string, number> = {};
  for (const groupId of groupIds) {
    for await (const edges of readEdges(tables, groupId)) {
      for (const { desired, applied } of edges) {
        if (desired) count(memberships, applied ? 'applied' : 'waiting');
        else if (applied) count(memberships, 'held');
      }
    }
  }
  return memberships;
}

/** Where one person or group has come to, in one word. */
export function stateOf({ desired, applied }: UserRow | GroupRow): string {
  if (desired.takes !== 'none') return 'held';
  const isSettled = applied.generation === desired.generation;
  if (desired.skip !== null || (isSettled && applied.error !== null)) return 'skipped';
  if (desired.presence === 'absent') return 'outOfScope';
  if (isSettled) return 'applied';
  if (applied.error === null) return 'pending';
  if (applied.nextTry > 0) return 'escrow';
  return applied.tried === desired.generation ? 'givenUp' : 'pending';
}

async function countOperations(
  tables: TableStore,
  since: number,
  now: number,
): Promise<Totals['operations']> {
  const byKind: Record<string, number> = {};
  const byOutcome: Record<string, number> = {};
  const firstDay = Math.floor(since / dayMs) * dayMs;
  for (let day = firstDay; day <= now; day += dayMs) {
    const partition = new Date(day).toISOString().slice(0, 10);
    for await (const rows of readRange(tables, logsTable, partition)) {
      for (const row of rows.filter(({ columns }) => Number(columns['at']) >= since)) {
        count(byKind, textOf(row, 'operation'));
        count(byOutcome, textOf(row, 'outcome'));
      }
    }
  }
  return { byKind, byOutcome };
}

function textOf(row: Row, column: string): string {
  const value = row.columns[column];
  return typeof value === 'string' && value !== '' ? value : 'unknown';
}

function count(counts: { [state: string]: number }, state: string): void {
  counts[state] = (counts[state] ?? 0) + 1;
}
