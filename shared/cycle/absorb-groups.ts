import { isDeepStrictEqual } from 'node:util';
import { StorageConflictError } from '../model/errors.ts';
import type { GroupDesired, GroupSource } from '../model/group-row.ts';
import { groupEntryId, ranks, type Entry } from '../outbox/entry.ts';
import { schedule } from '../outbox/schedule.ts';
import { lesserEffect } from '../plan/taking.ts';
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
  /** Why what this page does not show is no proof of an absence; null where it is one. */
  readonly doubt?: string | null;
}

export interface ChangedGroup extends MetGroup {
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
    desired: desireGroup(source, row.desired, {
      now,
      rivals: rivalsOf(row, source),
      policy: deps.cycle.leaving,
      ...doubtOf(facts.get(row.id)),
    }),
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

function doubtOf(fact: GroupFact | undefined): Pick<GroupFact, 'doubt'> {
  return fact?.doubt === undefined ? {} : { doubt: fact.doubt };
}

/** The row, then `held` or `pending`, as for people. Whoever is unchanged but not yet as desired is scheduled again. */
export async function saveGroups(
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

function gives({ presence, takes }: GroupDesired): boolean {
  return presence === 'group' && takes === 'none';
}

function entryOf({ row, desired }: ChangedGroup, now: number): Entry | undefined {
  const isMoved = desired !== row.desired;
  if (!isMoved && row.applied.generation === desired.generation) return undefined;
  const mayTake = lesserEffect(desired.takes, desired.releasedTakes) !== 'none';
  if (!mayTake && !gives(desired)) return undefined;
  const isTried = !isMoved && row.applied.tried === desired.generation;
  if (isTried && isGivenUp(row)) return undefined;
  const due = isTried ? Math.max(now, row.applied.nextTry) : now;
  const rank = mayTake ? ranks.takenAway : ranks.groups;
  return { id: groupEntryId(row.id), rank, due, verify: false };
}

/** After 28 days of refusals: only a change brings it back. */
function isGivenUp({ applied }: MetGroup['row']): boolean {
  return applied.nextTry === 0 && applied.error !== null;
}
