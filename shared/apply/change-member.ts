import type { UserOperation } from '../model/operation.ts';
import type { TeamMember } from '../model/target.ts';
import type { UserRow } from '../model/user-row.ts';
import { callDropbox } from './call-dropbox.ts';
import { entryOfUser } from './save-user.ts';
import { recordOf, settleLinked, settleLost, settleRefused, type Hands } from './settle-user.ts';

type Change = Extract<UserOperation, { kind: 'adoptMember' | 'updateMember' }>;

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
  if (answer.kind === 'refused') {
    const code = answer.refusal.tag;
    return settleRefused(row, change.kind, { code, detail: refusalDetail(code) }, hands);
  }
  await settleLinked(row, keepStatus(answer.value), {
    ...hands,
    origin,
    record: record('applied'),
  });

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

/** What a refusal means, for the reader of the log. */
export function refusalDetail(tag: string): string {
  const details: { readonly [tag: string]: string } = {
    user_on_another_team:
      'the address belongs to a member of another Dropbox team; ask that team to let it go',
    team_license_limit: 'no licence is left; buy licences or free one',
    free_team_member_limit_reached: 'the free team is full',
    user_already_paired: 'the address is paired with a personal account that blocks the invitation',
    user_migration_failed: 'the existing personal account could not be moved into the team',
    duplicate_external_member_id: 'another member, perhaps a removed one, carries this external id',
    email_reserved_for_other_user: 'the address belongs to somebody else in Dropbox',
    external_id_used_by_other_user: 'another member carries this external id',
    user_not_found: 'the linked member is not in the team any more',
    set_profile_disallowed: 'the member was removed from the team',
    group_name_already_used:
      'a group of this name that is not ours exists in Dropbox; rename one of the two',
    group_name_invalid: 'Dropbox does not take this group name',
  };
  return details[tag] ?? `Dropbox answered ${tag}`;
}
