import { loadEdges, type EdgeRow } from '../../rows/edges.ts';
import { loadGroups } from '../../rows/groups.ts';
import type { HeldEntry } from '../../rows/held.ts';
import { loadUsers } from '../../rows/users.ts';
import type { CycleDeps } from '../deps.ts';
import type { CaseRow } from './case.ts';

/** The rows that entries in `held` are about, by the entries' ids. One that is not there, or makes no sense, is missing. */
export async function loadRows(
  deps: CycleDeps,
  entries: readonly HeldEntry[],
): Promise<ReadonlyMap<string, CaseRow>> {
  const rows = new Map<string, CaseRow>();
  const ids = (prefix: string): string[] =>
    entries.filter(({ id }) => id.startsWith(prefix)).map(({ id }) => id.slice(2));
  for (const row of await loadUsers(deps.tables, ids('u:'))) {
    if (isThere(row)) rows.set(`u:${row.id}`, { what: 'user', row });
  }
  for (const row of await loadUsers(deps.tables, ids('x:'))) {
    if (isThere(row)) rows.set(`x:${row.id}`, { what: 'link', row });
  }
  for (const row of await loadGroups(deps.tables, ids('g:'))) {
    if (isThere(row)) rows.set(`g:${row.id}`, { what: 'group', row });
  }
  const edges = Map.groupBy(ids('e:'), (id) => id.slice(0, id.indexOf(':')));
  for (const [groupId, pairs] of edges) {
    const userIds = pairs.map((id) => id.slice(groupId.length + 1));
    const found = await loadEdges(deps.tables, groupId, userIds);
    const deleted = await findDeleted(deps, found);
    for (const edge of found) {
      if (edge.etag === undefined) continue;
      const isDeleted = deleted.has(edge.userId);
      rows.set(`e:${groupId}:${edge.userId}`, { what: 'edge', edge, isDeleted });
    }
  }
  return rows;
}

function isThere(row: { readonly etag: string | undefined; readonly isUnreadable?: boolean }) {
  return row.etag !== undefined && row.isUnreadable !== true;
}

/** Of the people whose absence from a list is in doubt, those who are deleted: lists show nobody who is. */
async function findDeleted(
  deps: CycleDeps,
  edges: readonly EdgeRow[],
): Promise<ReadonlySet<string>> {
  const doubtful = edges.filter(({ doubt }) => doubt !== '').map(({ userId }) => userId);
  const users = await loadUsers(deps.tables, doubtful);
  return new Set(users.flatMap(({ id, source }) => (source.deleted === 'no' ? [] : [id])));
}
