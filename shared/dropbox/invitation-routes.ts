import type { TeamReader, TeamWriter } from '../model/ports.ts';
import type { NewMember } from '../model/target.ts';
import { inviteJobSchema, inviteLaunchSchema } from './invitation-schemas.ts';
import { defineRoute, type CallRoute } from './route.ts';

const addMembers = defineRoute('team/members/add_v2', 'invite', inviteLaunchSchema);
const readJob = defineRoute('team/members/add/job_status/get_v2', 'read', inviteJobSchema);

/** Inviting people, and asking what became of it. A refusal of the whole call is `failed`: none is documented, so its effect is unknown. */
export function createInvitationRoutes(
  call: CallRoute,
): Pick<TeamWriter, 'inviteMembers'> & Pick<TeamReader, 'readInviteJob'> {
  return {
    async inviteMembers(members) {
      if (members.length === 0) return { kind: 'complete', rows: [] };
      const answer = await call(addMembers, toAddArgument(members));
      if (answer.kind === 'done') return answer.value;
      return { kind: 'failed', reason: answer.refusal.tag };
    },
    async readInviteJob(jobId) {
      const answer = await call(readJob, { async_job_id: jobId });
      if (answer.kind === 'done') return answer.value;
      return { kind: 'failed', reason: answer.refusal.tag };
    },
  };
}

/** Both names are always sent: Dropbox once demanded them of apps that manage members. */
export function toAddArgument(members: readonly NewMember[]) {
  return {
    new_members: members.map((member) => ({
      member_email: member.email,
      member_given_name: member.givenName,
      member_surname: member.surname,
      member_external_id: member.externalId,
      send_welcome_email: true,
    })),
    force_async: false,
  };
}
