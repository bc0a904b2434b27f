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
  /** True once the end of the membership may be carried out. */
  readonly released: boolean;
  /** Why the absence is no proof by itself; empty where it is one. */
  readonly doubt: string;
  readonly applied: boolean;
  /**
   * True from when we added the person, or Entra listed an edge that Dropbox had, until we have taken them out. A list that does not show
   * them makes `applied` false and leaves this: what is ours is taken out by a call, not by a list.
   */
  readonly ours: boolean;
  /** When a call that adds this edge, or takes it away, was begun whose end nobody has written down; 0 where there is none. */
  readonly intendedAt: number;
}

/** The columns of an edge that only the cycle writes. */
export type EdgeFacts = Pick<
  EdgeRow,
  'source' | 'readIn' | 'desired' | 'takesSince' | 'released' | 'doubt'
>;

/** The columns of an edge that only the worker writes. */
export type EdgeApplied = Pick<EdgeRow, 'applied' | 'ours' | 'intendedAt'>;

/** Somebody who has left the group and may be taken out of it. */
export function isLeaving({ desired, released, ours }: EdgeRow): boolean {
  return !desired && released && ours;
}

/** There is something for the worker to do about this edge: it has a marker. */
export function isOpen(edge: EdgeRow): boolean {
  return (edge.desired && !edge.applied) || isLeaving(edge);
}

/** The id under which an edge is held. */
export function edgeHeldId({ groupId, userId }: Pick<EdgeRow, 'groupId' | 'userId'>): string {
  return `e:${groupId}:${userId}`;
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
    released: false,
    doubt: '',
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
    released: columns['released'] === true,
    doubt: String(columns['doubt'] ?? ''),
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

/** The markers of these people's edges, in the order asked; undefined where there is none. */
export async function loadMarkersOf(
  tables: TableStore,
  groupId: string,
  userIds: readonly string[],
): Promise<readonly (EdgeMarker | undefined)[]> {
  const keys = userIds.map((userId) => ({
    partitionKey: groupId,
    rowKey: `${markerPrefix}${userId}`,
  }));
  const rows = await loadMany(tables, membershipsTable, keys);
  return userIds.map((userId, index) => {
    const row = rows[index];
    return row === undefined ? undefined : { userId, etag: row.etag };
  });
}

/** True where some marker says that somebody is to be taken out of the group. */
export async function hasLeavers(tables: TableStore, groupId: string): Promise<boolean> {
  const request = { from: markerPrefix };
  for await (const rows of readRange(tables, membershipsTable, groupId, request)) {
    if (rows.some(({ columns }) => columns['leaves'] === true)) return true;
  }
  return false;
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
export function edgeFactsActions(edge: EdgeRow, facts: EdgeFacts): readonly TableAction[] {
  const columns = {
    source: facts.source,
    readIn: facts.readIn,
    desired: facts.desired,
    takesSince: facts.takesSince,
    released: facts.released,
    doubt: facts.doubt,
  };
  const write: TableAction =
    edge.etag === undefined
      ? { kind: 'insert', rowKey: edge.userId, columns }
      : { kind: 'merge', rowKey: edge.userId, columns, etag: edge.etag };
  if (!facts.desired || edge.applied) return [write];
  // The edge first: a marker that a worker finds without one would be dropped, and a crash between the two is healed by the next look.
  return [write, markEdgeAction(edge)];
}

/** What the cycle writes to let the end of a membership be carried out: the edge and its marker, in one transaction. */
export function releaseEdgeActions(edge: EdgeRow): readonly TableAction[] {
  const merge: TableAction = {
    kind: 'merge',
    rowKey: edge.userId,
    columns: { released: true },
    etag: etagOf(edge),
  };
  return [merge, markEdgeAction(edge, { leaves: true })];
}

/**
 * Marks an edge for the worker. Marking it again moves the marker's ETag, so that a worker that read the old one leaves it. `leaves`: the
 * person is to be taken out; that only says how urgent it is.
 */
export function markEdgeAction(
  { userId }: Pick<EdgeRow, 'userId'>,
  { leaves }: { readonly leaves: boolean } = { leaves: false },
): TableAction {
  return { kind: 'upsert', rowKey: `${markerPrefix}${userId}`, columns: { v: 1, leaves } };
}

/** What the worker writes of an edge, on condition that it is as it was read. */
export function edgeAppliedAction(
  edge: EdgeRow,
  { applied, ours, intendedAt }: EdgeApplied,
): TableAction {
  const columns = { applied, ours, intendedAt };
  return { kind: 'merge', rowKey: edge.userId, columns, etag: etagOf(edge) };
}

/** Takes a marker away, on condition that nobody has marked the edge again since it was read. */
export function dropMarkerAction(marker: EdgeMarker): TableAction {
  return { kind: 'delete', rowKey: `${markerPrefix}${marker.userId}`, etag: marker.etag };
}

function etagOf({ groupId, userId, etag }: EdgeRow): string {
  if (etag !== undefined) return etag;
  throw new Error(`cannot change the membership of ${userId} in ${groupId}: there is no such row`);
}
