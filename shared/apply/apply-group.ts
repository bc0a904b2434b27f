import type { GroupApplied, GroupRow } from '../model/group-row.ts';
import type { Answer, TeamGroup } from '../model/target.ts';
import { groupEntryId } from '../outbox/entry.ts';
import { planGroup, type GroupMatch, type GroupOperation } from '../plan/plan-group.ts';
import { holdIfStillSo } from '../rows/held.ts';
import { findGroup } from '../rows/inventory.ts';
import { loadHeartbeat } from '../rows/job.ts';
import { loadGroups } from '../rows/groups.ts';
import { addMembers } from './add-members.ts';
import { callDropbox } from './call-dropbox.ts';
import type { ApplyDeps } from './deps.ts';
import { mustReadBack, readBackGroup } from './read-back-group.ts';
import { entryOfGroup, recordOfGroup } from './save-group.ts';
import {
  settleGroup,
  settleGroupLost,
  settleGroupRefused,
  settleGroupSkipped,
} from './settle-group.ts';
import type { Hands } from './settle-user.ts';
import type { Turn } from './turn.ts';

/** Makes one group what its row desires: the group itself, then the people in it who are members of the team by now. */
export async function applyGroup(groupId: string, turn: Turn, deps: ApplyDeps): Promise<void> {
  const hands: Hands = { turn, deps };
  const [loaded] = await loadGroups(deps.tables, [groupId]);
  if (loaded?.etag === undefined) return;
  const isInDoubt = mustReadBack(loaded, hands);
  const row = isInDoubt ? await readBackGroup(loaded, hands) : loaded;
  if (row === undefined) return;
  const match = await matchOf(row, deps);
  const { adoptGroupsByName: adoptByName } = deps.apply;
  const operation = planGroup(row.id, row, match, { adoptByName });
  const ready = await carryOut(row, operation, hands);
  if (ready?.applied.groupId === null || ready === undefined) return;
  // Nobody is added to a group that is held; but what a lost answer has done is found and written down.
  const mayAdd = operation.kind !== 'hold';
  if (!mayAdd && !isInDoubt) return;
  await addMembers(ready, ready.applied.groupId, { ...hands, isInDoubt, mayAdd });
}

/** After so long the listing is no longer believed where something not ours would be changed. */
const staleListingMs = 10 * 60_000;
const noMatch: GroupMatch = { byExternalId: undefined, byName: undefined };

/** Only a group without a link is matched: with the listing, as what Dropbox said just now stands in the row. */
async function matchOf(row: GroupRow, deps: ApplyDeps): Promise<GroupMatch> {
  if (row.applied.groupId !== null || row.desired.name === null) return noMatch;
  const { listing, listedAt } = (await loadHeartbeat(deps.tables)).value;
  const wanted = { externalId: row.id, name: row.desired.name };
  const found = await findGroup(deps.tables, listing, wanted);
  // By our own id a group stays ours. Who bears a name may have changed since: then creating it tells.
  const isStale = deps.clock.now() - listedAt > staleListingMs;
  return isStale ? { ...found, byName: undefined } : found;
}

/** Returns the row where the group may stand in Dropbox. */
async function carryOut(
  row: GroupRow,
  operation: GroupOperation,
  hands: Hands,
): Promise<GroupRow | undefined> {
  const { deps } = hands;
  switch (operation.kind) {
    case 'nothing':
      // What is known of its members (a refusal, its escrow) stays until they have been looked at.
      return row.applied.generation === row.desired.generation ? row : settleGroup(row, {}, hands);
    case 'hold':
      await holdIfStillSo(
        deps.tables,
        { id: groupEntryId(row.id), desired: row.desired },
        async () => {
          const [now] = await loadGroups(deps.tables, [row.id]);
          return now?.desired;
        },
      );
      return settleGroup(row, {}, hands);
    case 'skip':
      return settleGroupSkipped(row, operation, hands);
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

async function adopt(
  row: GroupRow,
  { group, name }: Extract<GroupOperation, { kind: 'adoptGroup' }>,
  hands: Hands,
): Promise<GroupRow | undefined> {
  const isOurs = group.externalId === row.id;
  const origin = isOurs ? ('linked' as const) : ('adopted' as const);
  if (isOurs && group.name === name) {
    const record = recordOfGroup(row, hands.deps, {
      operation: 'adoptGroup',
      outcome: 'alreadyDone',
      targetId: group.groupId,
    });
    const linked = { groupId: group.groupId, name: group.name, origin };
    return settleGroup(row, linked, { ...hands, record });
  }
  const changes = { name, ...(isOurs ? {} : { externalId: row.id }) };
  return write(row, 'adoptGroup', hands, () => hands.deps.team.updateGroup(group.groupId, changes));
}

async function write(
  row: GroupRow,
  operation: 'createGroup' | 'adoptGroup' | 'updateGroup',
  hands: Hands,
  call: () => Promise<Answer<TeamGroup>>,
): Promise<GroupRow | undefined> {
  const { turn, deps } = hands;
  turn.noteCall(entryOfGroup(row.id, deps.clock.now(), true));
  const called = await callDropbox(turn, deps, call);
  if (called.kind === 'later') {
    turn.comeAgain(entryOfGroup(row.id, called.due, turn.slot.verify));
    return undefined;
  }
  if (called.kind === 'lost') return settleGroupLost(row, hands);
  if (called.kind === 'malformed') {
    return settleGroupRefused(row, operation, { tag: 'malformed' }, hands);
  }
  if (called.value.kind === 'refused') {
    return settleGroupRefused(row, operation, called.value.refusal, hands);
  }
  const { groupId, name } = called.value.value;
  const origins = { createGroup: 'created', adoptGroup: 'adopted', updateGroup: null } as const;
  const record = recordOfGroup(row, deps, {
    operation,
    outcome: 'applied',
    changes: [{ name: 'name', from: row.applied.name ?? '', to: name }],
    targetId: groupId,
  });
  const origin: GroupApplied['origin'] = row.applied.origin ?? origins[operation];
  // Should Dropbox change a name's form, ours counts: it is compared with what we asked for, or the group would be renamed for ever.
  return settleGroup(row, { groupId, name: row.desired.name, origin }, { ...hands, record });
}
