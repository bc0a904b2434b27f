import type { RemovalOptions, TeamReader, TeamWriter } from '../model/ports.ts';
import { toUserSelector } from './member-routes.ts';
import { removeJobSchema, removeLaunchSchema, voidSchema } from './member-status-schemas.ts';
import { defineRoute, type CallRoute } from './route.ts';

const suspend = defineRoute('team/members/suspend', 'write', voidSchema);
const unsuspend = defineRoute('team/members/unsuspend', 'write', voidSchema);
const remove = defineRoute('team/members/remove', 'write', removeLaunchSchema);
const readJob = defineRoute('team/members/remove/job_status/get', 'read', removeJobSchema);
const recover = defineRoute('team/members/recover', 'write', voidSchema);

/**
 * Who may use the team: suspending and removing, and the way back of each. Members are named by member id only: an address or an external
 * id may be somebody else's by the time the call arrives. A job that Dropbox does not know or speak about is `failed`: its effect is unknown.
 */
export function createMemberStatusRoutes(
  call: CallRoute,
): Pick<TeamWriter, 'suspendMember' | 'unsuspendMember' | 'removeMember' | 'recoverMember'> &
  Pick<TeamReader, 'readRemoveJob'> {
  return {
    async suspendMember(memberId, options) {
      return await call(suspend, toSuspendArgument(memberId, options));
    },
    async unsuspendMember(memberId) {
      return await call(unsuspend, toMemberArgument(memberId));
    },
    async removeMember(memberId, options) {
      const answer = await call(remove, toRemoveArgument(memberId, options));
      if (answer.kind === 'refused') return answer;
      return answer.value.kind === 'job' ? answer.value : { kind: 'done', value: null };
    },
    async readRemoveJob(jobId) {
      const answer = await call(readJob, { async_job_id: jobId });
      return { kind: answer.kind === 'done' ? answer.value : 'failed' };
    },
    async recoverMember(memberId) {
      return await call(recover, toMemberArgument(memberId));
    },
  };
}

/** The argument of `unsuspend` and `recover`. */
export function toMemberArgument(memberId: string) {
  return { user: toUserSelector({ kind: 'memberId', memberId }) };
}

/** Left out, `wipe_data` is true. */
export function toSuspendArgument(memberId: string, { wipeData }: RemovalOptions) {
  return { ...toMemberArgument(memberId), wipe_data: wipeData };
}

/** Nothing is transferred, kept or erased for good: the member stays recoverable, and an admin can still move the files. */
export function toRemoveArgument(memberId: string, { wipeData }: RemovalOptions) {
  return { ...toMemberArgument(memberId), wipe_data: wipeData, keep_account: false };
}
