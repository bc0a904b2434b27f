import { z } from 'zod';

import { jobId, userSelector } from './argument.ts';
import {
  answer,
  answerWrite,
  changedMember,
  endpoint,
  refuse,
  type AuthorizedCall,
  type Call,
  type Changed,
  type Endpoint,
  type Outcome,
} from './call.ts';
import { removeMember } from './member-actions.ts';
import type { Member } from './member.ts';
import { teamAdminRoleId } from './role-catalogue.ts';
import { nameMiss, selectMember, type Selected } from './select-member.ts';
import { rewriteAddress } from './to-wire.ts';

/** What `members/remove` takes; a job keeps it until it is done. */
export const removeArgument = z.strictObject({
  user: userSelector,
  wipe_data: z.boolean().default(true),
  transfer_dest_id: userSelector.nullish(),
  transfer_admin_id: userSelector.nullish(),
  keep_account: z.boolean().default(false),
  retain_team_shares: z.boolean().default(false),
  permanently_delete_files: z.boolean().default(false),
});

type RemoveArgument = z.infer<typeof removeArgument>;

/** Taking a member off the team, at once or by a job. */
export const memberRemove: { readonly [route: string]: Endpoint } = {
  '/2/team/members/remove': endpoint('members.delete', removeArgument, startRemove),
  '/2/team/members/remove/job_status/get': endpoint(
    'members.delete',
    z.strictObject({ async_job_id: jobId }),
    (call, { async_job_id }) => pollRemove(call, async_job_id),
  ),
};

function startRemove(call: AuthorizedCall, argument: RemoveArgument): Outcome {
  const refusal = findRefusal(call, argument);
  if (refusal !== undefined) return refuse(refusal);
  const { jobs, settings, now, specials, sequence } = call;
  if (!jobs.isAsync('remove') && !specials.has('goAsync')) {
    return answerWrite({ '.tag': 'complete' }, carryOutRemove(call, argument));
  }
  const isLater = settings.asyncEffectMs > 0;
  const changed = isLater ? [] : carryOutRemove(call, argument);
  const pending = { argument, dueAt: now + settings.asyncEffectMs, sequence };
  const job = jobs.launch({ kind: 'remove', ...(isLater ? { pending } : {}) });
  return {
    kind: 'result',
    value: { '.tag': 'async_job_id', async_job_id: job.jobId },
    changed,
    jobId: job.jobId,
  };
}

function pollRemove(call: AuthorizedCall, id: string): Outcome {
  const { jobs, specials } = call;
  const job = jobs.read(id, 'remove');
  if (job === undefined) return refuse('invalid_async_job_id');
  if (specials.has('internalError')) return refuse('internal_error');
  if (job.pollsLeft > 0 || job.pending !== undefined) {
    jobs.put({ ...job, pollsLeft: Math.max(0, job.pollsLeft - 1) });
    return answer({ '.tag': 'in_progress' });
  }
  return answer({ '.tag': 'complete' });
}

/** Removes the member; does nothing where somebody was quicker. */
export function carryOutRemove(call: Call, argument: RemoveArgument): readonly Changed[] {
  const selected = selectMember(call, argument.user);
  if (selected.kind !== 'present') return [];
  const removed = removeMember(call, selected.member, {
    wipeData: argument.wipe_data,
    // Files that went to somebody else, or were erased, cannot come back.
    isFinal: argument.permanently_delete_files || Boolean(argument.transfer_dest_id),
    isDisconnected: argument.keep_account,
  });
  return [changedMember(removed)];
}

function findRefusal(call: AuthorizedCall, argument: RemoveArgument): string | undefined {
  const conflict = findConflict(call, argument);
  const selected = selectMember(call, argument.user);
  const problem =
    selected.kind === 'present'
      ? findStateRefusal(call, selected.member, argument)
      : nameMiss(call, selected);
  const isArgumentsFirst = call.settings.removeErrorOrder === 'argumentsFirst';
  return isArgumentsFirst ? (conflict ?? problem) : (problem ?? conflict);
}

function findConflict({ settings }: AuthorizedCall, argument: RemoveArgument): string | undefined {
  const transfers = Boolean(argument.transfer_dest_id);
  const { keep_account: keeps, retain_team_shares: retains, wipe_data: wipes } = argument;
  const erases = argument.permanently_delete_files;
  const conflicts: readonly (readonly [boolean, string])[] = [
    [keeps && transfers, 'cannot_keep_account_and_transfer'],
    [keeps && wipes, 'cannot_keep_account_and_delete_data'],
    [keeps && erases, 'cannot_keep_account_and_permanently_delete'],
    [erases && transfers, 'cannot_permanently_delete_and_transfer'],
    [retains && wipes, 'cannot_retain_shares_when_data_wiped'],
    [retains && !keeps, 'cannot_retain_shares_when_no_account_kept'],
    [retains && !settings.externalSharing, 'cannot_retain_shares_when_team_external_sharing_off'],
    [transfers && !argument.transfer_admin_id, 'unspecified_transfer_admin_id'],
  ];
  return conflicts.find(([isConflict]) => isConflict)?.[1];
}

function findStateRefusal(
  call: AuthorizedCall,
  member: Member,
  argument: RemoveArgument,
): string | undefined {
  const { team, settings } = call;
  if (team.members.isLastAdmin(member)) return 'remove_last_admin';
  if (argument.keep_account && member.status === 'invited') {
    return 'cannot_keep_invited_user_account';
  }
  if (argument.keep_account && settings.keepAccount !== 'allowed') return settings.keepAccount;
  const isRewritten = settings.removedAddress === 'rewritten';
  if (isRewritten && rewriteAddress(member).length > 255) {
    return 'email_address_too_long_to_be_disabled';
  }
  return findTransferRefusal(call, member, argument);
}

function findTransferRefusal(
  call: AuthorizedCall,
  member: Member,
  { transfer_dest_id, transfer_admin_id }: RemoveArgument,
): string | undefined {
  if (!transfer_dest_id || !transfer_admin_id) return undefined;
  const destination = selectMember(call, transfer_dest_id);
  if (destination.kind !== 'present') return nameTransferMiss('dest', destination);
  if (destination.member.memberId === member.memberId) {
    return 'removed_and_transfer_dest_should_differ';
  }
  const admin = selectMember(call, transfer_admin_id);
  if (admin.kind !== 'present') return nameTransferMiss('admin', admin);
  if (admin.member.memberId === member.memberId) return 'removed_and_transfer_admin_should_differ';
  if (admin.member.roleId !== teamAdminRoleId) return 'transfer_admin_is_not_admin';
  return destination.member.emailVerified ? undefined : 'recipient_not_verified';
}

function nameTransferMiss(who: 'dest' | 'admin', selected: Selected): string {
  return `transfer_${who}_user_${selected.kind === 'removed' ? 'not_in_team' : 'not_found'}`;
}
