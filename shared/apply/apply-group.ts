import type { GroupApplied, GroupRow } from '../model/group-row.ts';
import type { Answer, TeamGroup } from '../model/target.ts';
import { groupEntryId } from '../outbox/entry.ts';
import { planGroup, type GroupMatch, type GroupOperation } from '../plan/plan-group.ts';
import { lesserEffect } from '../plan/taking.ts';
import { hasLeavers } from '../rows/edges.ts';
import { holdIfStillSo } from '../rows/held.ts';
import { findGroup } from '../rows/inventory.ts';
import { loadHeartbeat } from '../rows/job.ts';
import { loadGroups } from '../rows/groups.ts';
import { applyMembers } from './apply-members.ts';
import { callDropbox } from './call-dropbox.ts';
import { deleteGroup } from './delete-group.ts';
import type { ApplyDeps } from './deps.ts';
import { emptyGroup } from './empty-group.ts';
import { readBackGroup } from './read-back-group.ts';
import { comeAgain, noteCall, recordOfGroup, type GroupHands } from './save-group.ts';
import {
  mustReadBack,
  settleGroup,
  settleGroupLost,
  settleGroupRefused,
  settleGroupSkipped,
} from './settle-group.ts';
import type { Turn } from './turn.ts';

/**
 * Makes one group what its row desires: the group itself, then the people in it who are members of the team by now. Whoever is to be taken
 * out is, even where the group itself cannot be had as it should be.
 */
export async function applyGroup(groupId: string, turn: Turn, deps: ApplyDeps): Promise<void> {
  const [loaded] = await loadGroups(deps.tables, [groupId]);
  if (loaded?.etag === undefined) return;
  const hands: GroupHands = { turn, deps, takesAway: await takesAway(loaded, deps) };
  const isInDoubt = mustReadBack(loaded, hands);
  const row = isInDoubt ? await readBackGroup(loaded, hands) : loaded;
  if (row === undefined) return;
  const match = await matchOf(row, isInDoubt, deps);
  const { adoptGroupsByName: adoptByName } = deps.apply;
  const operation = planGroup(row.id, row, match, { adoptByName });
  if (operation.kind === 'deleteGroup') return deleteGroup(row, operation.groupId, hands);
  if (operation.kind === 'removeMembers') {
    return emptyGroup(row, operation.groupId, { ...hands, isInDoubt });
  }
  const ready = await carryOut(row, operation, hands);
  if (ready === undefined || ready.row.applied.groupId === null) return;
  const { mayAdd } = ready;
  await applyMembers(ready.row, ready.row.applied.groupId, { ...hands, isInDoubt, mayAdd });
}

/** Somebody is to lose access by this group: all of its members, or some whose leave was released. */
async function takesAway({ id, desired, applied }: GroupRow, deps: ApplyDeps): Promise<boolean> {
  if (applied.groupId === null) return false;
  const effect = lesserEffect(desired.takes, desired.releasedTakes);
  return effect !== 'none' || hasLeavers(deps.tables, id);
}

/** After so long the listing is no longer believed where something not ours would be changed. */
const staleListingMs = 10 * 60_000;
const noMatch: GroupMatch = { byExternalId: undefined, byName: undefined };

/**
 * Only a group without a link is matched: with the listing, as what Dropbox said just now stands in the row. What the listing shows under our
 * own id is gone where Dropbox, asked just now, knew of none.
 */
async function matchOf(row: GroupRow, isAsked: boolean, deps: ApplyDeps): Promise<GroupMatch> {
  if (row.applied.groupId !== null || row.desired.name === null) return noMatch;
  const { listing, listedAt } = (await loadHeartbeat(deps.tables)).value;
  const wanted = { externalId: row.id, name: row.desired.name };
  const { byExternalId, byName } = await findGroup(deps.tables, listing, wanted);
  // By our own id a group stays ours. Who bears a name may have changed since: then creating it tells.
  const isStale = deps.clock.now() - listedAt > staleListingMs;
  const isGone = isAsked && byName?.externalId === row.id;
  return {
    byExternalId: isAsked ? undefined : byExternalId,
    byName: isStale || isGone ? undefined : byName,
  };
}

/** A group of which something is known now, and whether people may be added to it. */
interface Ready {
  readonly row: GroupRow;
  readonly mayAdd: boolean;
}

/** Undefined where the turn is over for this group. */
async function carryOut(
  row: GroupRow,
  operation: Exclude<GroupOperation, { kind: 'deleteGroup' | 'removeMembers' }>,
  hands: GroupHands,
): Promise<Ready | undefined> {
  const { deps } = hands;
  switch (operation.kind) {
    case 'nothing': {
      // What is known of its members (a refusal, its escrow) stays until they have been looked at.
      const isSettled = row.applied.generation === row.desired.generation;
      return toReady(isSettled ? row : await settleGroup(row, {}, hands), true);
    }
    case 'hold':
      await holdIfStillSo(
        deps.tables,
        { id: groupEntryId(row.id), desired: row.desired },
        async () => {
          const [now] = await loadGroups(deps.tables, [row.id]);
          return now?.desired;
        },
      );
      return toReady(await settleGroup(row, {}, hands), false);
    case 'skip':
      return toReady(await settleGroupSkipped(row, operation, hands), false);
    case 'createGroup': {
      const group = { name: operation.name, externalId: row.id };
      return write(row, 'createGroup', hands, () => deps.team.createGroup(group));
    }
    case 'adoptGroup':
      return adopt(row, operation, hands);
    case 'updateGroup': {
      const { groupId, name } = operation;
      return write(row, 'updateGroup', hands, () => deps.team.updateGroup(groupId, { name }));
    }
  }
}

function toReady(row: GroupRow | undefined, mayAdd: boolean): Ready | undefined {
  return row === undefined ? undefined : { row, mayAdd };
}

async function adopt(
  row: GroupRow,
  { group, name }: Extract<GroupOperation, { kind: 'adoptGroup' }>,
  hands: GroupHands,
): Promise<Ready | undefined> {
  const isOurs = group.externalId === row.id;
  const origin = isOurs ? ('linked' as const) : ('adopted' as const);
  if (isOurs && group.name === name) {
    const record = recordOfGroup(row, hands.deps, {
      operation: 'adoptGroup',
      outcome: 'alreadyDone',
      targetId: group.groupId,
    });
    const linked = { groupId: group.groupId, name: group.name, origin };
    return toReady(await settleGroup(row, linked, { ...hands, record }), true);
  }
  const changes = { name, ...(isOurs ? {} : { externalId: row.id }) };
  return write(row, 'adoptGroup', hands, () => hands.deps.team.updateGroup(group.groupId, changes));
}

async function write(
  row: GroupRow,
  operation: 'createGroup' | 'adoptGroup' | 'updateGroup',
  hands: GroupHands,
  call: () => Promise<Answer<TeamGroup>>,
): Promise<Ready | undefined> {
  const { turn, deps } = hands;
  noteCall(row, hands);
  const called = await callDropbox(turn, deps, call);
  if (called.kind === 'later') {
    comeAgain(row, hands, { due: called.due, verify: turn.slot.verify });
    return undefined;
  }
  if (called.kind === 'lost') return settleGroupLost(row, hands);
  const answer: Answer<TeamGroup> =
    called.kind === 'malformed' ? { kind: 'refused', refusal: { tag: 'malformed' } } : called.value;
  if (answer.kind === 'refused') {
    return toReady(await settleGroupRefused(row, operation, answer.refusal, hands), false);
  }
  const { groupId, name } = answer.value;
  const origins = { createGroup: 'created', adoptGroup: 'adopted', updateGroup: null } as const;
  const record = recordOfGroup(row, deps, {
    operation,
    outcome: 'applied',
    changes: [{ name: 'name', from: row.applied.name ?? '', to: name }],
    targetId: groupId,
  });
  const origin: GroupApplied['origin'] = row.applied.origin ?? origins[operation];
  // Should Dropbox change a name's form, ours counts: it is compared with what we asked for, or the group would be renamed for ever.
  const changes = { groupId, name: row.desired.name, origin };
  return toReady(await settleGroup(row, changes, { ...hands, record }), true);
}
