import { z } from 'zod';

import { emailAddress, jobId, memberExternalId, namePart, roleId } from './argument.ts';
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
import { addMember } from './member-actions.ts';
import { buildMember, type Member } from './member.ts';
import { findRole } from './role-catalogue.ts';
import { toMemberInfo, type Tagged } from './to-wire.ts';

const newMember = z.strictObject({
  member_email: emailAddress,
  member_given_name: namePart.nullish(),
  member_surname: namePart.nullish(),
  member_external_id: memberExternalId.nullish(),
  member_persistent_id: z.string().nullish(),
  send_welcome_email: z.boolean().default(true),
  is_directory_restricted: z.boolean().nullish(),
  role_ids: z.array(roleId).max(1).nullish(),
});

type NewMember = z.infer<typeof newMember>;

/** What `members/add_v2` takes; a job keeps it until it is done. */
export const addArgument = z.strictObject({
  new_members: z.array(newMember).max(20),
  force_async: z.boolean().default(false),
});

type AddArgument = z.infer<typeof addArgument>;

/** Inviting people, at once or by a job. */
export const memberAdd: { readonly [route: string]: Endpoint } = {
  '/2/team/members/add_v2': endpoint('members.write', addArgument, startAdd),
  '/2/team/members/add/job_status/get_v2': endpoint(
    'members.write',
    z.strictObject({ async_job_id: jobId }),
    (call, { async_job_id }) => pollAdd(call, async_job_id),
  ),
};

function startAdd(call: AuthorizedCall, argument: AddArgument): Outcome {
  const { jobs, specials } = call;
  const failure = readFailure(specials);
  const isDue = jobs.isAsync('add');
  const isForced = argument.force_async || specials.has('goAsync') || failure !== undefined;
  if (isDue || isForced) return launchAdd(call, argument, failure);
  const { rows, changed } = addMembers(call, argument);
  const value = { '.tag': 'complete', complete: rows };
  return changed.length === 0 ? answer(value) : answerWrite(value, changed);
}

function launchAdd(
  call: AuthorizedCall,
  argument: AddArgument,
  failure: Failure | undefined,
): Outcome {
  const { jobs, settings, now, sequence } = call;
  const isUndone = failure?.isUndone === true;
  const isLater = settings.asyncEffectMs > 0 && !isUndone;
  const pending = { argument, dueAt: now + settings.asyncEffectMs, sequence };
  const done = isLater || isUndone ? noRows : addMembers(call, argument);
  const job = jobs.launch({
    kind: 'add',
    ...(isLater ? { pending } : { result: done.rows }),
    failure: failure?.text,
  });
  return {
    kind: 'result',
    value: { '.tag': 'async_job_id', async_job_id: job.jobId },
    // A job whose rows are known already and all refusals changed nothing.
    ...(isLater || done.changed.length > 0 ? { changed: done.changed } : {}),
    jobId: job.jobId,
  };
}

const noRows = { rows: [], changed: [] } as const;

interface Failure {
  readonly text: string;
  /** Nobody was added; else everybody was, and the failure is a lie. */
  readonly isUndone: boolean;
}

function readFailure(specials: ReadonlySet<string>): Failure | undefined {
  const isAfter = specials.has('jobFailedAfter');
  if (!isAfter && !specials.has('jobFailed')) return undefined;
  return { text: 'The job could not be finished.', isUndone: !isAfter };
}

function pollAdd(call: AuthorizedCall, id: string): Outcome {
  const { jobs, specials } = call;
  const job = jobs.read(id, 'add');
  if (job === undefined) return refuse('invalid_async_job_id');
  if (specials.has('internalError')) return refuse('internal_error');
  if (job.pollsLeft > 0 || job.pending !== undefined) {
    jobs.put({ ...job, pollsLeft: Math.max(0, job.pollsLeft - 1) });
    return answer({ '.tag': 'in_progress' });
  }
  if (job.failure !== undefined) return answer({ '.tag': 'failed', failed: job.failure });
  return answer({ '.tag': 'complete', complete: job.result });
}

/** Adds whom it can; one row each, in no promised order. */
export function addMembers(
  call: Call,
  argument: AddArgument,
): { readonly rows: readonly Tagged[]; readonly changed: readonly Changed[] } {
  const changed: Changed[] = [];
  const rows = argument.new_members.map((invitation) => {
    const added = addOne(call, invitation);
    if (typeof added === 'string') return { '.tag': added, [added]: emailOf(invitation) };
    changed.push(changedMember(added));
    return { '.tag': 'success', ...toMemberInfo(call, added) };
  });
  const told = rows.map((row) => call.openTag(row['.tag'] === 'other' ? { '.tag': 'other' } : row));
  return { rows: call.settings.shuffleRows ? call.random.shuffle(told) : told, changed };
}

function emailOf({ member_email }: NewMember): string {
  return member_email.toLowerCase();
}

/** The new member, or the tag of the refusal. */
function addOne(call: Call, invitation: NewMember): Member | string {
  const refusal = findRefusal(call, invitation);
  if (refusal !== undefined) return refusal;
  return addMember(
    call,
    buildMember(call.team.makeMemberIds(), {
      email: emailOf(invitation),
      givenName: invitation.member_given_name ?? '',
      surname: invitation.member_surname ?? '',
      externalId: invitation.member_external_id || undefined,
      persistentId: invitation.member_persistent_id || undefined,
      roleId: invitation.role_ids?.[0],
      isDirectoryRestricted: invitation.is_directory_restricted ?? false,
      invitedAt: call.now,
      invitationsMailed: invitation.send_welcome_email ? 1 : 0,
    }),
  );
}

function findRefusal({ team, settings }: Call, invitation: NewMember): string | undefined {
  const { members } = team;
  const email = emailOf(invitation);
  if (members.readByAddress(email) !== undefined) return 'user_already_on_team';
  const taken = team
    .readFacts()
    .takenElsewhere?.find((entry) => entry.email.toLowerCase() === email);
  if (taken !== undefined) return taken.tag;
  if (members.readByExternalId(invitation.member_external_id ?? '') !== undefined) {
    return 'duplicate_external_member_id';
  }
  if (invitation.member_persistent_id) {
    if (!settings.persistentIds) return 'persistent_id_disabled';
    if (members.readByPersistentId(invitation.member_persistent_id) !== undefined) {
      return 'duplicate_member_persistent_id';
    }
  }
  return findGenericRefusal({ team, settings }, invitation);
}

function findGenericRefusal(
  { team, settings }: Pick<Call, 'team' | 'settings'>,
  invitation: NewMember,
): string | undefined {
  if (team.members.countSeats() >= team.readFacts().licences) return 'team_license_limit';
  const role = invitation.role_ids?.[0];
  if (role !== undefined && findRole(role) === undefined) return 'user_creation_failed';
  const isRestricted = invitation.is_directory_restricted === true;
  return isRestricted && !settings.directoryRestriction ? 'user_creation_failed' : undefined;
}
