import { isDeepStrictEqual } from 'node:util';
import { StorageConflictError } from '../model/errors.ts';
import type { GroupDesired, GroupSource } from '../model/group-row.ts';
import { groupEntryId, ranks, type Entry } from '../outbox/entry.ts';
import { schedule } from '../outbox/schedule.ts';
import { desireGroup } from '../plan/desire-group.ts';
import { groupFactsAction, groupsTable, loadGroups } from '../rows/groups.ts';
import { dropHeld, hold } from '../rows/held.ts';
import { partitionOf } from '../rows/users.ts';
import type { CycleDeps } from './deps.ts';
import { settleNameClaims, type MetGroup } from './name-claims.ts';
import { StaleCycleError } from './stale-cycle-error.ts';

/** What one page says about one group. What is absent stays as it was. */
export interface GroupFact {
  readonly displayName?: string | null;
  /** Taken only where no name has been read. */
  readonly fallbackName?: string;
  readonly deleted?: GroupSource['deleted'];
  /** Enabled roles the group holds: all of them. */
  readonly roles?: readonly string[];
}

interface ChangedGroup extends MetGroup {
  readonly desired: GroupDesired;
}

/** Takes facts about groups into their rows, in the order and with the promises of absorbPeople. Their members are absorbed apart. */
export async function absorbGroups(
  deps: CycleDeps,
  facts: ReadonlyMap<string, GroupFact>,
): Promise<{ readonly changed: number; readonly scheduled: number }> {
  if (facts.size === 0) return { changed: 0, scheduled: 0 };
  const rows = await loadGroups(deps.tables, [...facts.keys()]);
  const met = rows.flatMap((row): MetGroup[] => {
    const fact = facts.get(row.id);
    if (fact === undefined || row.isUnreadable === true) return [];
    if (row.etag === undefined && !fact.roles?.length) return [];
    return [{ row, source: applyFact(row.source, fact) }];
  });
  const { rivalsOf, others, commit } = await settleNameClaims(deps, met);
  const now = deps.clock.now();
  const toChange = ({ row, source }: MetGroup): ChangedGroup => ({
    row,
    source,
    desired: desireGroup(source, row.desired, { now, rivals: rivalsOf(row, source) }),
  });
  const rivals = await saveGroups(deps, others.map(toChange));
  await commit();
  const own = await saveGroups(deps, met.map(toChange));
  return {
    changed: rivals.changed + own.changed,
    scheduled: rivals.scheduled + own.scheduled,
  };
}

function applyFact(source: GroupSource, fact: GroupFact): GroupSource {
  return {
    displayName:
      fact.displayName === undefined
        ? (source.displayName ?? fact.fallbackName ?? null)
        : fact.displayName,
    deleted: fact.deleted ?? source.deleted,
    roles: fact.roles === undefined ? source.roles : [...fact.roles].toSorted(),
  };
}

async function saveGroups(
  deps: CycleDeps,
  groups: readonly ChangedGroup[],
): Promise<{ readonly changed: number; readonly scheduled: number }> {
  const entries: Entry[] = [];
  let moved = 0;
  for (const group of groups) {
    const { row, source, desired } = group;
    const isMoved = desired !== row.desired;
    if (isMoved || !isDeepStrictEqual(source, row.source)) await saveOne(deps, group);
    if (isMoved) moved += 1;
    await holdOrDrop(deps, group);
    const entry = entryOf(group, deps.scheduleFrom ?? deps.clock.now());
    if (entry !== undefined) entries.push(entry);
  }
  await schedule(deps.tables, entries);
  return { changed: moved, scheduled: entries.length };
}

async function saveOne(deps: CycleDeps, { row, source, desired }: ChangedGroup): Promise<void> {
  let current = row;
  for (let tries = 1; tries <= 6; tries++) {
    try {
      const action = groupFactsAction(current, source, desired);
      await deps.tables.write(groupsTable, partitionOf(row.id), [action]);
      return;
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
    }
    const [found] = await loadGroups(deps.tables, [row.id]);
    if (found === undefined) return;
    const isAsRead =
      isDeepStrictEqual(found.source, row.source) && isDeepStrictEqual(found.desired, row.desired);
    if (!isAsRead) throw new StaleCycleError(`cannot save group ${row.id}: another cycle did`);
    current = found;
  }
  throw new StaleCycleError(
    `cannot save group ${row.id}: it changes faster than it can be written`,
  );
}

async function holdOrDrop(deps: CycleDeps, { row, desired }: ChangedGroup): Promise<void> {
  const id = groupEntryId(row.id);
  const before = row.desired;
  const isHeld = desired.takes !== 'none' && desired.releasedTakes !== desired.takes;
  const isFresh = desired !== before || row.applied.generation !== desired.generation;
  if (isHeld && isFresh) await hold(deps.tables, [{ id, desired }]);
  const isOver = before.takes !== 'none' && before.takesSince !== desired.takesSince;
  if (isOver) await dropHeld(deps.tables, id, before.takesSince);
}

function entryOf({ row, desired }: ChangedGroup, now: number): Entry | undefined {
  const isMoved = desired !== row.desired;
  if (!isMoved && row.applied.generation === desired.generation) return undefined;
  if (desired.presence === 'absent' || desired.takes !== 'none') return undefined;
  const { tried, nextTry, error } = row.applied;
  const isTried = !isMoved && tried === desired.generation;
  if (isTried && nextTry === 0 && error !== null) return undefined;
  const due = isTried ? Math.max(now, nextTry) : now;
  return { id: groupEntryId(row.id), rank: ranks.groups, due, verify: false };
}
