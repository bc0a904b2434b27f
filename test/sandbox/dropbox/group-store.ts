import { z } from 'zod';

import { accessTypeSchema, groupSchema, type AccessType, type Group } from './group.ts';
import { createHistory } from './history.ts';
import { createOrderedIds, shuffleByHash } from './ordered-ids.ts';

/** Groups with their members, as a saved state has them. */
export const savedGroupsSchema = z
  .array(z.object({ group: groupSchema, edges: z.array(z.tuple([z.string(), accessTypeSchema])) }))
  .readonly();

export type Edges = ReadonlyMap<string, AccessType>;

/** All groups that ever were, and who is in them. */
export interface GroupStore {
  readAll(): Iterable<Group>;
  /** Deleted ones as well. */
  readById(groupId: string): Group | undefined;
  /** Deleted ones not. */
  readByExternalId(externalId: string): Group | undefined;
  put(group: Group): void;
  readEdges(groupId: string): Edges;
  /** Undefined takes the member out. */
  setEdge(groupId: string, memberId: string, accessType: AccessType | undefined): void;
  readOrder(): readonly string[];
  readAsOf(time: number): ReadonlyMap<string, Group | undefined>;
  /** Who was in the group at `time`. */
  readEdgesAsOf(groupId: string, time: number): Edges;
  /** Ids of a group's members in the order of the lists. */
  readEdgeOrder(groupId: string, edges: Edges): readonly string[];
  /** From here on list routes show everything as it is. */
  forgetPast(): void;
  clear(): void;
}

interface Options {
  readonly now: () => number;
  readonly lagMs: () => number;
  readonly seed: number;
}

const noEdges: Edges = new Map();

/** An empty store. Lists are behind by `lagMs`; `seed` decides their order. */
export function createGroupStore({ now, lagMs, seed }: Options): GroupStore {
  const byId = new Map<string, Group>();
  const byExternalId = new Map<string, string>();
  const edgesById = new Map<string, Map<string, AccessType>>();
  const edgeOrders = new Map<string, readonly string[]>();
  const groupHistory = createHistory<Group>(now, lagMs);
  const edgeHistories = new Map<string, ReturnType<typeof createHistory<AccessType>>>();
  const order = createOrderedIds(seed);

  const readEdges = (groupId: string): Edges => edgesById.get(groupId) ?? noEdges;
  const noteEdge = (groupId: string, memberId: string): void => {
    const history = edgeHistories.get(groupId) ?? createHistory<AccessType>(now, lagMs);
    edgeHistories.set(groupId, history);
    history.note(memberId, readEdges(groupId).get(memberId));
  };

  return {
    readAll: () => byId.values(),
    readById: (groupId) => byId.get(groupId),
    readByExternalId: (externalId) => byId.get(byExternalId.get(externalId) ?? ''),
    put: (group) => {
      const before = byId.get(group.groupId);
      groupHistory.note(group.groupId, before);
      byId.set(group.groupId, group);
      order.add(group.groupId);
      if (before?.externalId !== undefined) byExternalId.delete(before.externalId);
      if (group.externalId !== undefined && group.deletedAt === undefined) {
        byExternalId.set(group.externalId, group.groupId);
      }
    },
    readEdges,
    setEdge: (groupId, memberId, accessType) => {
      noteEdge(groupId, memberId);
      const edges = edgesById.get(groupId) ?? new Map<string, AccessType>();
      edgesById.set(groupId, edges);
      if (accessType === undefined) edges.delete(memberId);
      else edges.set(memberId, accessType);
      edgeOrders.delete(groupId);
    },
    readOrder: () => order.readAll(),
    readAsOf: (time) => groupHistory.readAsOf(time),
    readEdgesAsOf: (groupId, time) => {
      const past = edgeHistories.get(groupId)?.readAsOf(time);
      if (past === undefined || past.size === 0) return readEdges(groupId);
      const edges = new Map(readEdges(groupId));
      for (const [memberId, accessType] of past) {
        if (accessType === undefined) edges.delete(memberId);
        else edges.set(memberId, accessType);
      }
      return edges;
    },
    readEdgeOrder: (groupId, edges) => {
      if (edges !== readEdges(groupId)) return shuffleByHash([...edges.keys()], seed);
      const kept = edgeOrders.get(groupId);
      if (kept !== undefined) return kept;
      const ids = shuffleByHash([...edges.keys()], seed);
      edgeOrders.set(groupId, ids);
      return ids;
    },
    forgetPast: () => {
      groupHistory.clear();
      edgeHistories.clear();
    },
    clear: () => {
      byId.clear();
      byExternalId.clear();
      edgesById.clear();
      edgeOrders.clear();
      groupHistory.clear();
      edgeHistories.clear();
      order.clear();
    },
  };
}
