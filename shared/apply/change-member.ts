import { describeCode } from '../model/error-codes.ts';
import type { UserOperation } from '../model/operation.ts';
import type { Refusal, TeamMember } from '../model/target.ts';
import type { UserRow } from '../model/user-row.ts';
import { changesBetween } from '../plan/plan-user.ts';
import { saveTeamPage } from '../rows/inventory.ts';
import { loadHeartbeat } from '../rows/job.ts';
import { callDropbox } from './call-dropbox.ts';
import { readBack } from './read-back.ts';
import { entryOfUser } from './save-user.ts';
import { recordOf, settleLinked, settleLost, settleRefused, type Hands } from './settle-user.ts';

type Change = Extract<UserOperation, { kind: 'adoptMember' | 'updateMember' }>;

/** Refusals that say that the member is not in the team any more. */
const saysGone = new Set(['user_not_found', 'user_not_in_team', 'set_profile_disallowed']);

/** Adopts a member that we did not create, or changes one of ours; an adoption whose values are all right already needs no call. */
export async function changeMember(row: UserRow, change: Change, hands: Hands): Promise<void> {
  const { turn, deps } = hands;
  const isAdoption = change.kind === 'adoptMember';
  const origin = isAdoption && change.by === 'externalId' ? 'linked' : 'adopted';
  const memberId = isAdoption ? change.member.memberId : change.memberId;
  if (isAdoption && Object.keys(change.changes).length === 0) {
    await settleLinked(row, change.member, { ...hands, origin, record: record('applied') });
    return;
  }
  turn.noteCall(entryOfUser(row, deps.clock.now(), true));
  const called = await callDropbox(turn, deps, () =>
    deps.team.updateMember(memberId, change.changes),
  );
  if (called.kind === 'later')
    return turn.comeAgain(entryOfUser(row, called.due, turn.slot.verify));
  if (called.kind === 'lost') return settleLost(row, hands);
  if (called.kind === 'malformed') {
    const refusal = { code: 'malformed', detail: called.detail };
    return settleRefused(row, change.kind, refusal, hands);
  }
  const answer = called.value;
  if (answer.kind === 'refused') return afterRefusal(row, change, answer.refusal, hands);
  await noteAdoption(change, answer.value, hands);
  const saved = await settleLinked(row, keepStatus(answer.value), {
    ...hands,
    origin,
    record: record('applied'),
  });
  lookForMore(saved, change, hands);

  function record(outcome: 'applied'): ReturnType<typeof recordOf> {
    const { kind: operation, changes } = change;
    return recordOf(row, deps, { operation, outcome, changes, targetId: memberId });
  }

  /** A status this release does not know says nothing new about one that it did. */
  function keepStatus(member: TeamMember): TeamMember {
    const { status } = row.applied;
    const isKnown = member.status !== 'unknown' || status === 'none';
    return isKnown ? member : { ...member, status };
  }
}

/**
 * The listing showed a member whom nobody had marked. Somebody else with the same address must not find it so, and take the member over: from
 * here on the listing says whose it is.
 */
async function noteAdoption(change: Change, member: TeamMember, { deps }: Hands): Promise<void> {
  if (change.kind !== 'adoptMember') return;
  const { listing } = (await loadHeartbeat(deps.tables)).value;
  await saveTeamPage(deps.tables, listing, { members: [member] });
}

/**
 * The answer shows the whole member: something that we did not change just now may have been changed by somebody else. What we have just
 * set is not set again, should Dropbox write it its own way.
 */
function lookForMore(row: UserRow, { changes }: Change, { turn, deps }: Hands): void {
  const { applied, desired } = row;
  if (desired.target === null || desired.takes !== 'none') return;
  const just = new Set(Object.keys(changes));
  const left = Object.keys(changesBetween(applied.actual, desired.target));
  if (left.every((name) => just.has(name))) return;
  turn.comeAgain(entryOfUser(row, deps.clock.now(), false));
}

/** Into escrow, unless the link is out of date: then Dropbox is asked by id, and what became of the member is reported. */
async function afterRefusal(
  row: UserRow,
  change: Change,
  { tag }: Refusal,
  hands: Hands,
): Promise<void> {
  let current = row;
  if (change.kind === 'updateMember' && saysGone.has(tag)) {
    const [found] = (await readBack([row], hands)) ?? [];
    if (found === undefined) return;
    if (found.row.applied.status === 'removed') {
      return hands.turn.comeAgain(entryOfUser(found.row, hands.deps.clock.now(), false));
    }
    // Dropbox contradicts itself, as it may for a while.
    current = found.row;
  }
  await settleRefused(current, change.kind, { code: tag, detail: refusalDetail(tag) }, hands);
}

/** What a refusal means and what to do about it, for the reader of the log. */
export function refusalDetail(tag: string): string {
  return describeCode(tag) ?? `Dropbox answered ${tag}, which is new to this release.`;
}
