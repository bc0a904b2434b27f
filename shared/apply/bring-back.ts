import type { Refusal, TeamMember } from '../model/target.ts';
import type { UserRow } from '../model/user-row.ts';
import { isLicenceRefusal } from '../outbox/licence-gate.ts';
import { targetOf } from '../plan/plan-user.ts';
import { askAboutMember } from './ask-about-member.ts';
import { beginCall, makeCall, withdraw, type BegunCall } from './begin-call.ts';
import { refusalDetail } from './change-member.ts';
import { resetEdges } from './reset-edges.ts';
import { saveStep } from './save-step.ts';
import { recordOf, settleLost, settleRefused, type Hands } from './settle-user.ts';
import { dropLink } from './unlink-member.ts';
import { askForLicence, noteLicence, settleNoLicence } from './wait-for-licence.ts';
import { stillOurs } from './whose-work.ts';

/** Refusals that may mean that it is so already: Dropbox is asked. */
const perhapsDone = new Set([
  'unsuspend_non_suspended_member',
  'user_unrecoverable',
  'user_not_found',
  'user_not_in_team',
]);

export interface Return {
  readonly kind: 'unsuspendMember' | 'recoverMember';
  readonly memberId: string;
}

/**
 * Undoes our own suspension or removal of somebody who is wanted again. Returns the row where something is left to be done about this
 * person in the same turn.
 */
export async function bringBack(
  row: UserRow,
  { kind, memberId }: Return,
  hands: Hands,
): Promise<UserRow | undefined> {
  // Dropbox may refuse the one and the other for want of a licence.
  if ((await askForLicence(row, kind, hands)) === 'closed') return undefined;
  const begun = await beginCall(row, { operation: kind, memberId }, hands);
  if (begun === undefined) return undefined;
  const { team, clock } = hands.deps;
  const calledAt = clock.now();
  const answer = await makeCall(begun, hands, () =>
    kind === 'unsuspendMember' ? team.unsuspendMember(memberId) : team.recoverMember(memberId),
  );
  if (answer === undefined) return undefined;
  if (answer.kind === 'refused') {
    if (!isLicenceRefusal(answer.refusal.tag)) return afterRefusal(begun, answer.refusal, hands);
    await settleNoLicence([await withdraw(begun, hands)], kind, answer.refusal.tag, hands);
    return undefined;
  }
  await noteLicence(kind, calledAt, hands);
  if (kind === 'unsuspendMember') return settleUnsuspended(begun.row, 'applied', hands);
  return afterRecovery(begun, hands);
}

function settleUnsuspended(
  row: UserRow,
  outcome: 'applied' | 'alreadyDone',
  hands: Hands,
): Promise<UserRow | undefined> {
  const record = recordOf(row, hands.deps, { operation: 'unsuspendMember', outcome });
  const applied = {
    ...row.applied,
    status: 'active' as const,
    suspendedByUs: false,
    intended: null,
  };
  return saveStep(row, applied, { ...hands, record });
}

/** What status somebody recovered has, Dropbox says nowhere but in a look at them. */
async function afterRecovery(begun: BegunCall, hands: Hands): Promise<UserRow | undefined> {
  const { row, memberId } = begun;
  const member = await askAboutMember(row, memberId, hands);
  if (member === undefined) return undefined;
  if (member !== 'gone') return settleRecovered(row, member, 'applied', hands);
  await settleLost(row, hands);
  return undefined;
}

async function settleRecovered(
  row: UserRow,
  member: TeamMember,
  outcome: 'applied' | 'alreadyDone',
  hands: Hands,
): Promise<UserRow | undefined> {
  const { turn, deps } = hands;
  await resetEdges(row, { deps, mayBeIn: true });
  const record = recordOf(row, deps, { operation: 'recoverMember', outcome });
  const applied = {
    ...row.applied,
    status: member.status,
    ...stillOurs({ ...row.applied, removedByUs: false }, member.status),
    actual: targetOf(member),
    intended: null,
  };
  const left = await saveStep(row, applied, { ...hands, record });
  turn.ringGroups((left ?? row).source.groups);
  return left;
}

async function afterRefusal(
  begun: BegunCall,
  { tag }: Refusal,
  hands: Hands,
): Promise<UserRow | undefined> {
  const { row, operation } = begun;
  if (perhapsDone.has(tag)) return lookAfterRefusal(begun, tag, hands);
  await settleRefused(row, operation, { code: tag, detail: refusalDetail(tag) }, hands);
  return undefined;
}

/** A refusal that may mean "it is so already", or "there is nobody": a fresh look says which. */
async function lookAfterRefusal(
  begun: BegunCall,
  tag: string,
  hands: Hands,
): Promise<UserRow | undefined> {
  const { row, operation, memberId } = begun;
  const member = await askAboutMember(row, memberId, hands);
  if (member === undefined) {
    await withdraw(begun, hands);
    return undefined;
  }
  if (operation === 'recoverMember') {
    if (member !== 'gone') return settleRecovered(row, member, 'alreadyDone', hands);
    const detail = 'Dropbox cannot bring the removed member back; invited anew';
    return dropLink(row, { code: tag, detail }, hands);
  }
  if (member === 'gone') {
    const gone = { status: 'removed' as const, removedByUs: false, intended: null };
    return saveStep(row, { ...row.applied, ...gone }, hands);
  }
  if (member.status === 'active') return settleUnsuspended(row, 'alreadyDone', hands);
  await settleLost(await withdraw(begun, hands), hands);
  return undefined;
}
