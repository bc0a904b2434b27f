import type { Row, TableAction, TableStore } from '../model/ports.ts';
import { loadMany, readRange } from '../model/table-pages.ts';

export const membershipsTable = 'Memberships';

/** Marks an edge whose desired differs from applied; sorts after every edge, as user ids are hexadecimal. */
const markerPrefix = '~';

/** One person in one group: what Entra lists (source), what should be (desired), what is (applied). */
export interface EdgeRow {
  readonly groupId: string;
  readonly userId: string;
  readonly etag: string | undefined;
  readonly source: boolean;
  /** The last whole read of this group's members that listed the edge. */
  readonly readIn: string;
  readonly desired: boolean;
  /** When desired became false, in milliseconds since 1970; 0 while it is true. */
  readonly takesSince: number;
  readonly applied: boolean;
  /** True where we added the person to the group, or Entra listed an edge that Dropbox had. */
  readonly ours: boolean;
  /** When a call that adds this edge was begun; 0 where none is in flight. */
  readonly intendedAt: number;
}

/** An edge nobody has spoken of yet. */
export function emptyEdge(groupId: string, userId: string): EdgeRow {
  return {
    groupId,
    userId,
    etag: undefined,
    source: false,
    readIn: '',
    desired: false,
    takesSince: 0,
    applied: false,
    ours: false,
    intendedAt: 0,
  };
}

function parseEdge(groupId: string, row: Row): EdgeRow {
  const { columns } = row;
  return {
    groupId,
    userId: row.rowKey,
    etag: row.etag,
    source: columns['source'] === true,
    readIn: String(columns['readIn'] ?? ''),
    desired: columns['desired'] === true,
    takesSince: Number(columns['takesSince'] ?? 0),
    applied: columns['applied'] === true,
    ours: columns['ours'] === true,
    intendedAt: Number(columns['intendedAt'] ?? 0),
  };
}

/** The edges of these people to one group, in the order asked; empty ones where there is none. */
export async function loadEdges(
  tables: TableStore,
  groupId: string,
  userIds: readonly string[],
): Promise<readonly EdgeRow[]> {
  const keys = userIds.map((rowKey) => ({ partitionKey: groupId, rowKey }));
  const rows = await loadMany(tables, membershipsTable, keys);
  return userIds.map((userId, index) => {
    const row = rows[index];
    return row === undefined ? emptyEdge(groupId, userId) : parseEdge(groupId, row);
  });
}

/** All edges of one group, page by page. */
export async function* readEdges(
  tables: TableStore,
  groupId: string,
): AsyncGenerator<readonly EdgeRow[]> {
  for await (const rows of readRange(tables, membershipsTable, groupId, { before: markerPrefix })) {
    yield rows.map((row) => parseEdge(groupId, row));
  }
}

export interface EdgeMarker {
  readonly userId: string;
  readonly etag: string;
}

/** Up to `limit` people whose edge to this group is not as desired, after the person `after` where one is given. */
export async function loadMarkers(
  tables: TableStore,
  groupId: string,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<readonly EdgeMarker[]> {
  const from = after === undefined ? markerPrefix : `${markerPrefix}${after}!`;
  const markers: EdgeMarker[] = [];
  for await (const rows of readRange(tables, membershipsTable, groupId, { from, limit })) {
    for (const row of rows) {
      markers.push({ userId: row.rowKey.slice(markerPrefix.length), etag: row.etag });
      if (markers.length === limit) return markers;
    }
  }
  return markers;
}

/** Those of the groups in which the edge of this person is marked. */
export async function loadMarkedGroups(
  tables: TableStore,
  userId: string,
  groupIds: readonly string[],
): Promise<readonly string[]> {
  const rowKey = `${markerPrefix}${userId}`;
  const keys = groupIds.map((partitionKey) => ({ partitionKey, rowKey }));
  const rows = await loadMany(tables, membershipsTable, keys);
  return groupIds.filter((_, index) => rows[index] !== undefined);
}

/** What the cycle writes of an edge, with the marker that makes the worker look at it. */
export function edgeFactsActions(
  edge: EdgeRow,
  facts: Pick<EdgeRow, 'source' | 'readIn' | 'desired' | 'takesSince'>,
): readonly TableAction[] {
  const columns = {
    source: facts.source,
    readIn: facts.readIn,
    desired: facts.desired,
    takesSince: facts.takesSince,
  };
  const write: TableAction =
    edge.etag === undefined
      ? { kind: 'insert', rowKey: edge.userId, columns }
      : { kind: 'merge', rowKey: edge.userId, columns, etag: edge.etag };
  if (!facts.desired || edge.applied) return [write];
  // The edge first: a marker that a worker finds without one would be dropped, and a crash between the two is healed by the next look.
  return [write, markEdgeAction(edge)];
}

/** Marks an edge for the worker. Marking it again moves the marker's ETag, so that a worker that read the old one leaves it. */
export function markEdgeAction(edge: Pick<EdgeRow, 'userId'>): TableAction {
  return { kind: 'upsert', rowKey: `${markerPrefix}${edge.userId}`, columns: { v: 1 } };
}

/** What the worker writes of an edge. */
export function edgeAppliedAction(
  edge: EdgeRow,
  applied: Pick<EdgeRow, 'applied' | 'ours' | 'intendedAt'>,
): TableAction {
  return {
    kind: 'merge',
    rowKey: edge.userId,
    columns: { applied: applied.applied, ours: applied.ours, intendedAt: applied.intendedAt },
    etag: edge.etag ?? '*',
  };
}

/** Takes a marker away, on condition that nobody has marked the edge again since it was read. */
export function dropMarkerAction(marker: EdgeMarker): TableAction {
  return { kind: 'delete', rowKey: `${markerPrefix}${marker.userId}`, etag: marker.etag };
}
