import type { MemoryEntra } from '../memory/memory-entra.ts';
import { assignedGroups, usersInScope } from './directory.ts';

/**
 * The history of what Entra really said, kept apart from everything that the engine believes. Times are milliseconds since 1970.
 */
export interface Truth {
  /** Looks at Entra: to be called after every change. */
  note(): void;
  /** Whether this person was at any moment since then blocked, deleted or out of scope. */
  wasOut(userId: string, since: number): boolean;
  /** Whether this person was at any moment since then no member of this group, or the group not assigned. */
  wasOutOfGroup(groupId: string, userId: string, since: number): boolean;
  wasUnassigned(groupId: string, since: number): boolean;
  /** Since when the person has been out without a break; undefined for whoever is in. */
  outSince(userId: string): number | undefined;
  /** Since when Entra says by name that the person is blocked, or deleted like this; undefined for whoever is not. */
  saidSince(userId: string): number | undefined;
  /** Whether a group was ever a member of another one. */
  hasNested(): boolean;
  /** People who may have been wanted in the team at some moment, as one reads one thing after the other. */
  readonly everWanted: ReadonlySet<string>;
  /** `group user` of every edge Entra has ever listed. */
  readonly everEdges: ReadonlySet<string>;
}

interface Standing {
  readonly isIn: boolean;
  /** When it became so. */
  readonly since: number;
  /** When it was out last; -Infinity for never. */
  readonly lastOut: number;
}

export function createTruth(entra: MemoryEntra, now: () => number): Truth {
  const people = createStandings(now);
  const said = new Map<string, { readonly word: string; readonly since: number }>();
  const edges = createStandings(now);
  const groups = createStandings(now);
  const everWanted = new Set<string>();
  const everEdges = new Set<string>();
  const ever = { assigned: new Set<string>(), scoped: new Set<string>() };
  const everEnabled = new Set<string>();
  const everAddressed = new Set<string>();

  let hasNested = false;

  function note(): void {
    hasNested ||= entra.groups().some(({ nestedIds }) => (nestedIds?.size ?? 0) > 0);
    rememberScope();
    rememberPeople();
    notePeople();
    noteGroups();
  }

  function notePeople(): void {
    const inScope = usersInScope(entra);
    for (const { id, accountEnabled, state } of entra.users()) {
      people.set(id, inScope.has(id) && accountEnabled);
      const word = state === 'present' && !accountEnabled ? 'blocked' : state;
      if (said.get(id)?.word !== word) said.set(id, { word, since: now() });
    }
  }

  function noteGroups(): void {
    const assigned = new Set(assignedGroups(entra).map(({ id }) => id));
    const present = new Set(
      entra.users().flatMap(({ id, state }) => (state === 'present' ? [id] : [])),
    );
    for (const { id, memberIds } of entra.groups()) {
      groups.set(id, assigned.has(id));
      for (const user of entra.users()) {
        const isIn = assigned.has(id) && memberIds.has(user.id) && present.has(user.id);
        edges.set(`${id} ${user.id}`, isIn);
      }
    }
  }

  function rememberScope(): void {
    for (const id of entra.assigned()) ever.assigned.add(id);
    for (const { id, memberIds } of entra.groups()) {
      for (const userId of memberIds) everEdges.add(`${id} ${userId}`);
    }
    for (const { id } of entra.users()) {
      const byGroup = [...ever.assigned].some((groupId) => everEdges.has(`${groupId} ${id}`));
      if (byGroup || ever.assigned.has(id)) ever.scoped.add(id);
    }
  }

  /** A cycle reads one thing after the other: what was true of a person at different times may meet in one decision. */
  function rememberPeople(): void {
    for (const { id, accountEnabled, mail } of entra.users()) {
      if (accountEnabled) everEnabled.add(id);
      if (mail !== null) everAddressed.add(id);
      if (ever.scoped.has(id) && everEnabled.has(id) && everAddressed.has(id)) everWanted.add(id);
    }
  }

  note();
  return {
    note,
    wasOut: (userId, since) => people.wasOut(userId, since),
    wasOutOfGroup: (groupId, userId, since) => edges.wasOut(`${groupId} ${userId}`, since),
    wasUnassigned: (groupId, since) => groups.wasOut(groupId, since),
    outSince: (userId) => people.outSince(userId),
    saidSince(userId) {
      const last = said.get(userId);
      return last === undefined || last.word === 'present' ? undefined : last.since;
    },
    hasNested: () => hasNested,
    everWanted,
    everEdges,
  };
}

function createStandings(now: () => number): {
  set(key: string, isIn: boolean): void;
  wasOut(key: string, since: number): boolean;
  outSince(key: string): number | undefined;
} {
  const standings = new Map<string, Standing>();
  return {
    set(key, isIn) {
      const old = standings.get(key);
      if (old?.isIn === isIn) return;
      const lastOut = old === undefined ? -Infinity : now();
      standings.set(key, { isIn, since: old === undefined ? -Infinity : now(), lastOut });
    },
    wasOut(key, since) {
      const standing = standings.get(key);
      return standing === undefined || !standing.isIn || standing.lastOut >= since;
    },
    outSince(key) {
      const standing = standings.get(key);
      return standing === undefined || standing.isIn ? undefined : standing.since;
    },
  };
}
