import { z } from 'zod';

import { userSelector, type UserSelector } from './argument.ts';
import {
  answer,
  answerWrite,
  changedMember,
  endpoint,
  refuse,
  type AuthorizedCall,
  type Endpoint,
  type Outcome,
} from './call.ts';
import { editMember, recoverMember, suspendMember, unsuspendMember } from './member-actions.ts';
import { isRecoverable, type Member } from './member.ts';
import { refuseSelected, selectMember } from './select-member.ts';

/** Suspending, its opposite, recovering, and the mail that reminds of an invitation. */
export const memberStates: { readonly [route: string]: Endpoint } = {
  '/2/team/members/suspend': endpoint(
    'members.write',
    z.strictObject({ user: userSelector, wipe_data: z.boolean().default(true) }),
    suspend,
  ),
  '/2/team/members/unsuspend': endpoint(
    'members.write',
    z.strictObject({ user: userSelector }),
    unsuspend,
  ),
  '/2/team/members/recover': endpoint(
    'members.delete',
    z.strictObject({ user: userSelector }),
    recover,
  ),
  '/2/team/members/send_welcome_email': endpoint('members.write', userSelector, sendWelcomeEmail),
};

function suspend(
  call: AuthorizedCall,
  argument: { readonly user: UserSelector; readonly wipe_data: boolean },
): Outcome {
  const selected = selectMember(call, argument.user);
  if (selected.kind !== 'present') return refuseSelected(call, selected);
  const { member } = selected;
  if (member.status !== 'active') return refuse('suspend_inactive_user');
  if (call.team.members.isLastAdmin(member)) return refuse('suspend_last_admin');
  return answerChanged(suspendMember(call, member, argument.wipe_data));
}

function unsuspend(call: AuthorizedCall, { user }: { readonly user: UserSelector }): Outcome {
  const selected = selectMember(call, user);
  if (selected.kind !== 'present') return refuseSelected(call, selected);
  if (selected.member.status !== 'suspended') return refuse('unsuspend_non_suspended_member');
  const { members } = call.team;
  // A suspended member keeps the seat: only a team with more people than seats refuses.
  if (members.countSeats() > call.team.readFacts().licences) return refuse('team_license_limit');
  return answerChanged(unsuspendMember(call, selected.member));
}

function recover(call: AuthorizedCall, { user }: { readonly user: UserSelector }): Outcome {
  const selected = selectMember(call, user);
  if (selected.kind === 'missing') return refuse('user_not_found');
  const { member } = selected;
  if (selected.kind === 'present' || !isRecoverable(member, call.now)) {
    return refuse('user_unrecoverable');
  }
  const { team } = call;
  if (team.members.countSeats() >= team.readFacts().licences) return refuse('team_license_limit');
  return answerChanged(recoverMember(call, member));
}

function sendWelcomeEmail(call: AuthorizedCall, user: UserSelector): Outcome {
  const selected = selectMember(call, user);
  if (selected.kind !== 'present') return refuseSelected(call, selected);
  const { member } = selected;
  if (member.status !== 'invited') return answer(null);
  const invitationsMailed = member.invitationsMailed + 1;
  return answerChanged(editMember(call, member, { invitationsMailed }));
}

function answerChanged(member: Member): Outcome {
  return answerWrite(null, [changedMember(member)]);
}
