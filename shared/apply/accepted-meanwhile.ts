import type { Refusal, TeamMember } from '../model/target.ts';
import type { UserRow } from '../model/user-row.ts';
import { isLicenceRefusal } from '../outbox/licence-gate.ts';
import { targetOf } from '../plan/plan-user.ts';
import { askAboutMember } from './ask-about-member.ts';
import { beginCall } from './begin-call.ts';
import { callDropbox } from './call-dropbox.ts';
import { refusalDetail } from './change-member.ts';
import { resetEdges } from './reset-edges.ts';
import { saveStep } from './save-step.ts';
import { entryOfUser } from './save-user.ts';
import { isLimited } from './settle-removed.ts';
import { recordOf, settleLost, settleRefused, type Hands } from './settle-user.ts';
import { remove } from './take-away.ts';
import { settleNoLicence } from './wait-for-licence.ts';

/** Refusals that say that nobody is there to be brought back: the invitation had not been accepted. */
const nobodyThere = new Set(['user_unrecoverable', 'user_not_found', 'user_not_in_team']);

/** Somebody was removed in place of a suspension, and nobody has asked yet whether there was more to lose than an invitation. */
export function mustAskWhetherAccepted(row: UserRow): boolean {
  const { status, removedByUs, intended } = row.applied;
  const isRemoved = status === 'removed' && removedByUs;
  return isRemoved && intended?.operation === 'removeMember' && isLimited(row);
}

/**
 * Whoever accepted the invitation just before it was removed has a member's files to lose: what can be recovered is, and suspended at once.
 * Returns the row where something is left to be done.
 */
export async function askWhetherAccepted(
  row: UserRow,
  memberId: string,
  hands: Hands,
): Promise<UserRow | undefined> {
  const { turn, deps } = hands;
  turn.noteCall(entryOfUser(row, deps.clock.now(), true));
  const called = await callDropbox(turn, deps, () => deps.team.recoverMember(memberId));
  switch (called.kind) {
    case 'later':
      turn.comeAgain(entryOfUser(row, called.due, turn.slot.verify));
      return undefined;
    case 'lost':
      await settleLost(row, hands);
      return undefined;
    case 'malformed':
      return refuse(row, { tag: 'malformed' }, hands);
    case 'answered':
      if (called.value.kind === 'refused') return refuse(row, called.value.refusal, hands);
      return afterRecovery(row, memberId, hands);
  }
}

async function refuse(row: UserRow, { tag }: Refusal, hands: Hands): Promise<UserRow | undefined> {
  if (nobodyThere.has(tag)) return saveStep(row, { ...row.applied, intended: null }, hands);
  // The intention stays, so that it is asked again.
  if (isLicenceRefusal(tag)) await settleNoLicence([row], 'recoverMember', tag, hands);
  else {
    const refusal = { code: tag, detail: refusalDetail(tag) };
    await settleRefused(row, 'recoverMember', refusal, hands);
  }
  return undefined;
}

async function afterRecovery(
  row: UserRow,
  memberId: string,
  hands: Hands,
): Promise<UserRow | undefined> {
  const member = await askAboutMember(row, memberId, hands);
  if (member === undefined) return undefined;
  if (member === 'gone') return saveStep(row, { ...row.applied, intended: null }, hands);
  if (member.status === 'invited') return cancelAgain(row, memberId, hands);
  return takeBack(row, member, hands);
}

/** An invitation that could be recovered as one is removed again, and left so: the row says removed all the while. */
async function cancelAgain(
  row: UserRow,
  memberId: string,
  hands: Hands,
): Promise<UserRow | undefined> {
  const begun = await beginCall(row, { operation: 'removeMember', memberId }, hands);
  return begun === undefined ? undefined : remove(begun, hands);
}

/** Planned again from here: an active member is suspended next. */
async function takeBack(
  row: UserRow,
  member: TeamMember,
  hands: Hands,
): Promise<UserRow | undefined> {
  const { deps } = hands;
  await resetEdges(row, { deps, mayBeIn: true });
  const detail =
    'the invitation had been accepted just before it was removed; brought back, to be suspended';
  const record = recordOf(row, deps, {
    operation: 'recoverMember',
    outcome: 'applied',
    code: 'acceptedMeanwhile',
    detail,
  });
  const applied = {
    ...row.applied,
    status: member.status,
    actual: targetOf(member),
    suspendedByUs: false,
    removedByUs: false,
    intended: null,
  };
  return saveStep(row, applied, { ...hands, record });
}
