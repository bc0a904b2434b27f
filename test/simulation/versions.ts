import { cycleStateSchema } from '../../shared/model/cycle-state.ts';
import type { TableAction } from '../../shared/model/ports.ts';
import type { HeldEffect } from '../../shared/model/row-parts.ts';
import type { UserApplied } from '../../shared/model/user-row.ts';
import { isMore, lesserEffect } from '../../shared/plan/taking.ts';
import { parseGroupRow } from '../../shared/rows/groups.ts';
import { fromJsonColumns } from '../../shared/rows/json-columns.ts';
import { parseUserRow } from '../../shared/rows/users.ts';
import type { MemoryTables } from '../memory/memory-tables.ts';

/** A row of a person as it was written. */
interface PersonVersion {
  readonly at: number;
  /** What may be carried out. */
  readonly effective: HeldEffect;
  readonly applied: UserApplied;
}

interface EdgeVersion {
  readonly isReleased: boolean;
  /** When it was released last. */
  readonly until: number;
  readonly isApplied: boolean;
}

/** A taking that was let through, with what would be lost by it as the rows said then. */
export interface Release {
  /** The id under which it had been held. */
  readonly id: string;
  readonly at: number;
  readonly effect: HeldEffect;
  readonly weight: number;
}

/** What the rows said at each moment: seen at the tables themselves, whatever the engine is shown. */
export interface Versions {
  onTableWrite(table: string, partition: string, actions: readonly TableAction[]): void;
  /** The row as it is. */
  personOf(userId: string): PersonVersion | undefined;
  /** The row as it was when the intention that stands now was written. */
  intended(userId: string): PersonVersion | undefined;
  /** The last time the edge, or the whole group, was released; -Infinity for never. */
  edgeReleasedAt(groupId: string, userId: string): number;
  groupReleasedAt(groupId: string, effect: HeldEffect): number;
  /** The last release of this identity with at least this effect. */
  lastRelease(id: string, effect: HeldEffect): Release | undefined;
  /** Whom the rows have ever linked. */
  userOf(memberId: string): string | undefined;
  groupOf(groupId: string): string | undefined;
  /** The most people who were ever linked at a time. */
  mostLinked(): number;
  mostEdges(): number;
  /** When the cycle under way began; 0 before the first. */
  cycleStartedAt(): number;
  /** When the last complete cycle began; -Infinity before the first. */
  completeStartedAt(): number;
}

/** What a worker has learned of a person so lately, the cycle that releases may not know. */
const newsMs = 60_000;

export function createVersions(options: {
  readonly tables: MemoryTables;
  readonly now: () => number;
  readonly onRelease: (release: Release) => void;
  /** A call about this member is about to be made, or so the row says. */
  readonly onIntention: (memberId: string) => void;
}): Versions {
  const { tables, now, onRelease, onIntention } = options;
  const people = new Map<string, PersonVersion>();
  const intentions = new Map<string, PersonVersion>();
  const weightless = new Map<string, number>();
  const groups = new Map<string, { effective: HeldEffect; until: Map<HeldEffect, number> }>();
  const edges = new Map<string, EdgeVersion>();
  const releases = new Map<string, Release[]>();
  const users = new Map<string, string>();
  const groupIds = new Map<string, string>();
  const most = { linked: 0, edges: 0 };
  const cycle = { startedAt: 0, completeStartedAt: -Infinity };

  function addRelease(release: Release): void {
    releases.set(release.id, [...(releases.get(release.id) ?? []), release]);
    onRelease(release);
  }

  function noteUser(partition: string, id: string): void {
    const row = tables.row('Users', partition, id);
    if (row === undefined) return;
    const { desired, applied } = parseUserRow(row);
    const effective = lesserEffect(desired.takes, desired.releasedTakes);
    const before = people.get(id);
    const version = { at: now(), effective, applied };
    people.set(id, version);
    noteWeight(id, version, before);
    if (intentionOf(version) !== intentionOf(before)) {
      intentions.set(id, version);
      if (applied.intended !== null && applied.memberId !== null) onIntention(applied.memberId);
    }
    if (applied.memberId !== null) users.set(applied.memberId, id);
    const linked = [...people.values()].filter((one) => one.applied.memberId !== null);
    most.linked = Math.max(most.linked, linked.length);
  }

  function noteWeight(id: string, version: PersonVersion, before?: PersonVersion): void {
    const { effective } = version;
    if (before !== undefined && weigh({ ...before, effective }) === 0) weightless.set(id, now());
    if (!isMore(effective, before?.effective ?? 'none')) return;
    const isNews = now() - (weightless.get(id) ?? -Infinity) < newsMs;
    const weight = isNews ? 0 : weigh(version);
    addRelease({ id: `u:${id}`, at: now(), effect: effective, weight });
  }

  function noteGroup(partition: string, id: string): void {
    const row = tables.row('Groups', partition, id);
    if (row === undefined) return;
    const { desired, applied } = parseGroupRow(row);
    const effective = lesserEffect(desired.takes, desired.releasedTakes);
    const known = groups.get(id) ?? { effective: 'none', until: new Map<HeldEffect, number>() };
    if (isMore(effective, known.effective)) {
      const inside = [...edges].filter(([key, edge]) => key.startsWith(id) && edge.isApplied);
      addRelease({ id: `g:${id}`, at: now(), effect: effective, weight: inside.length });
    }
    known.until.set(known.effective, now());
    groups.set(id, { ...known, effective });
    if (applied.groupId !== null) groupIds.set(applied.groupId, id);
  }

  function noteEdge(groupId: string, userId: string): void {
    const row = tables.row('Memberships', groupId, userId);
    if (row === undefined || userId.startsWith('~')) return;
    const key = `${groupId} ${userId}`;
    const before = edges.get(key);
    const isReleased = row.columns['released'] === true && row.columns['desired'] !== true;
    const isApplied = row.columns['applied'] === true;
    if (isReleased && before?.isReleased !== true) {
      const id = `e:${groupId}:${userId}`;
      addRelease({ id, at: now(), effect: 'remove', weight: isApplied ? 1 : 0 });
    }
    edges.set(key, { isReleased, until: lastReleased(before), isApplied });
    const applied = [...edges.values()].filter((edge) => edge.isApplied).length;
    most.edges = Math.max(most.edges, applied);
  }

  function lastReleased(edge: EdgeVersion | undefined): number {
    return edge?.isReleased === true ? now() : (edge?.until ?? -Infinity);
  }

  function noteCycle(): void {
    const row = tables.row('Watermarks', 'cycle', 'current');
    if (row === undefined) return;
    const { startedAt, phase } = cycleStateSchema.parse(fromJsonColumns(row, 'value'));
    cycle.startedAt = startedAt;
    if (phase === 'done') cycle.completeStartedAt = startedAt;
  }

  return {
    onTableWrite(table, partition, actions) {
      for (const { rowKey } of actions) {
        if (table === 'Users') noteUser(partition, rowKey);
        else if (table === 'Groups') noteGroup(partition, rowKey);
        else if (table === 'Memberships') noteEdge(partition, rowKey);
        else if (table === 'Watermarks') noteCycle();
      }
    },
    personOf: (userId) => people.get(userId),
    intended: (userId) => intentions.get(userId),
    edgeReleasedAt(groupId, userId) {
      return lastReleased(edges.get(`${groupId} ${userId}`));
    },
    groupReleasedAt(groupId, effect) {
      const group = groups.get(groupId);
      if (group === undefined) return -Infinity;
      if (!isMore(effect, group.effective)) return now();
      const times = [...group.until].filter(([then]) => !isMore(effect, then));
      return Math.max(-Infinity, ...times.map(([, until]) => until));
    },
    lastRelease: (id, effect) =>
      releases.get(id)?.findLast((release) => !isMore(effect, release.effect)),
    userOf: (memberId) => users.get(memberId),
    groupOf: (groupId) => groupIds.get(groupId),
    mostLinked: () => most.linked,
    mostEdges: () => most.edges,
    cycleStartedAt: () => cycle.startedAt,
    completeStartedAt: () => cycle.completeStartedAt,
  };
}

function intentionOf(version: PersonVersion | undefined): string {
  const intended = version?.applied.intended ?? null;
  return intended === null ? '' : `${intended.operation} ${intended.at}`;
}

/** Whoever is out already, or has no member, loses nothing. */
function weigh({ effective, applied }: PersonVersion): number {
  const { memberId, status } = applied;
  const isOut = status === 'removed' || (effective === 'suspend' && status === 'suspended');
  return memberId === null || isOut ? 0 : 1;
}
