import type { RemovalOptions } from '../model/ports.ts';
import type { Refusal } from '../model/target.ts';
import type { UserRow } from '../model/user-row.ts';
import { loadHeartbeat } from '../rows/job.ts';
import { askAboutMember } from './ask-about-member.ts';
import { beginCall, makeCall, withdraw, type BegunCall } from './begin-call.ts';
import { refusalDetail } from './change-member.ts';
import { entryOfUser, saveUser } from './save-user.ts';
import { settleRemoved } from './settle-removed.ts';
import { settleSuspended } from './settle-suspended.ts';
import { settleLost, settleRefused, settleSkipped, type Hands } from './settle-user.ts';

/** Dropbox wipes devices unless told not to. */
const keepsData: RemovalOptions = { wipeData: false };
const jobPollMs = 1_000;
/** Refusals that may mean that it is so already: Dropbox is asked. */
const perhapsDone = new Set(['suspend_inactive_user', 'user_not_found', 'user_not_in_team']);

export interface Taking {
  readonly kind: 'suspendMember' | 'removeMember';
  readonly memberId: string;
}

/**
 * Suspends or removes a member, which has been released; never the admin who authorised us. Returns the row where something is left to be
 * done about this person in the same turn.
 */
export async function takeAway(
  row: UserRow,
  { kind, memberId }: Taking,
  hands: Hands,
): Promise<UserRow | undefined> {
  const { authorisingAdmin } = (await loadHeartbeat(hands.deps.tables)).value;
  if (memberId === authorisingAdmin) {
    const detail =
      'this member authorised us in Dropbox; let another admin authorise us, or take the access away by hand';
    await settleSkipped(row, { code: 'authorisingAdmin', detail }, hands);
    return undefined;
  }
  const begun = await beginCall(row, { operation: kind, memberId }, hands);
  if (begun === undefined) return undefined;
  return kind === 'suspendMember' ? suspend(begun, hands) : remove(begun, hands);
}

async function suspend(begun: BegunCall, hands: Hands): Promise<UserRow | undefined> {
  const { row, memberId } = begun;
  const { team } = hands.deps;
  const answer = await makeCall(begun, hands, () => team.suspendMember(memberId, keepsData));
  if (answer === undefined) return undefined;
  if (answer.kind === 'refused') return afterRefusal(begun, answer.refusal, hands);
  return settleSuspended(row, { ours: true, outcome: 'applied' }, hands);
}

/** Removes a member whose removal has been begun; their files and devices are left alone. */
export async function remove(begun: BegunCall, hands: Hands): Promise<UserRow | undefined> {
  const { row, memberId } = begun;
  const { turn, deps } = hands;
  const answer = await makeCall(begun, hands, () => deps.team.removeMember(memberId, keepsData));
  if (answer === undefined) return undefined;
  if (answer.kind === 'refused') return afterRefusal(begun, answer.refusal, hands);
  if (answer.kind === 'done') {
    return settleRemoved(row, { ours: true, outcome: 'applied' }, hands);
  }
  // The intention stays with the job's id: together they say what kind of job it is.
  const saved = await saveUser(row, { ...row.applied, jobId: answer.jobId }, hands);
  turn.comeAgain(entryOfUser(saved, deps.clock.now() + jobPollMs, turn.slot.verify));
  return undefined;
}

/** A refusal that may mean "it is so already" is believed to nobody but a fresh read. */
async function afterRefusal(
  begun: BegunCall,
  { tag }: Refusal,
  hands: Hands,
): Promise<UserRow | undefined> {
  const { row, operation, memberId, before } = begun;
  if (perhapsDone.has(tag)) {
    const member = await askAboutMember(row, memberId, hands);
    if (member === undefined) {
      await withdraw(begun, hands);
      return undefined;
    }
    // Ours only where an earlier call of this kind may have taken effect: this one certainly did not.
    const ours = before?.operation === (member === 'gone' ? 'removeMember' : 'suspendMember');
    if (member === 'gone') return settleRemoved(row, { ours, outcome: 'alreadyDone' }, hands);
    const { status } = member;
    if (operation === 'suspendMember') {
      if (status === 'suspended') {
        return settleSuspended(row, { ours, outcome: 'alreadyDone' }, hands);
      }
      if (status === 'invited') return cancelInvitation(begun, hands);
    }
    if (status !== 'unknown') {
      // They contradict each other: one of the two is out of date.
      await settleLost(await withdraw(begun, hands), hands);
      return undefined;
    }
  }
  await settleRefused(row, operation, { code: tag, detail: refusalDetail(tag) }, hands);
  return undefined;
}

/** Dropbox suspends active members only: of an invited one, it is the invitation that is taken away. */
async function cancelInvitation(suspension: BegunCall, hands: Hands): Promise<UserRow | undefined> {
  const { row, memberId } = suspension;
  const removal = { operation: 'removeMember', memberId } as const;
  const begun = await beginCall(row, removal, hands, { status: 'invited' });
  // The suspension was refused: nothing of it is in doubt.
  if (begun !== undefined) return remove({ ...begun, before: null }, hands);
  await withdraw(suspension, hands);
  return undefined;
}
