import { z } from 'zod';

import { groupSelector, jobId, voidUnion, type GroupSelector } from './argument.ts';
import {
  answer,
  answerWrite,
  changedGroup,
  endpoint,
  refuse,
  type AuthorizedCall,
  type Endpoint,
  type Outcome,
} from './call.ts';
import { createGroup, deleteGroup, editGroup, setMembership } from './group-actions.ts';
import type { Group } from './group.ts';
import { toGroupInfo } from './to-wire.ts';

const management = voidUnion(['user_managed', 'company_managed', 'system_managed']);

const createArgument = z.strictObject({
  group_name: z.string(),
  add_creator_as_owner: z.boolean().default(false),
  group_external_id: z.string().nullish(),
  group_management_type: management.nullish(),
});

const updateArgument = z.strictObject({
  group: groupSelector,
  return_members: z.boolean().default(true),
  new_group_name: z.string().nullish(),
  new_group_external_id: z.string().nullish(),
  new_group_management_type: management.nullish(),
});

/** Making, changing and deleting groups. */
export const groups: { readonly [route: string]: Endpoint } = {
  '/2/team/groups/create': endpoint('groups.write', createArgument, create),
  '/2/team/groups/update': endpoint('groups.write', updateArgument, update),
  '/2/team/groups/delete': endpoint('groups.write', groupSelector, remove),
  '/2/team/groups/job_status/get': endpoint(
    'groups.write',
    z.strictObject({ async_job_id: jobId }),
    (call, { async_job_id }) => poll(call, async_job_id),
  ),
};

function create(call: AuthorizedCall, argument: z.infer<typeof createArgument>): Outcome {
  const managementTag = argument.group_management_type?.['.tag'] ?? call.settings.defaultManagement;
  if (managementTag === 'system_managed') return refuse('system_managed_group_disallowed');
  const externalId = argument.group_external_id || undefined;
  const refusal = findRefusal(call, { name: argument.group_name, externalId });
  if (refusal !== undefined) return refuse(refusal);
  const name = argument.group_name;
  const group = createGroup(call, { name, externalId, management: managementTag });
  const creator = call.team.members.readById(call.grant.adminId ?? '');
  if (argument.add_creator_as_owner && creator !== undefined) {
    // A company-managed group has no owners.
    const accessType = managementTag === 'user_managed' ? 'owner' : 'member';
    setMembership(call, group, { member: creator, accessType });
  }
  return answerWrite(toGroupInfo(call, group, true), [changedGroup(group)]);
}

function update(call: AuthorizedCall, argument: z.infer<typeof updateArgument>): Outcome {
  const group = selectGroup(call, argument.group);
  if (group === undefined) return refuse('group_not_found');
  const changes = readChanges(argument);
  if ([group.management, changes.management].includes('system_managed')) {
    return refuse('system_managed_group_disallowed');
  }
  if (call.isGroupBusy(group.groupId)) return { kind: 'busy' };
  const refusal = findRefusal(call, { name: changes.name, externalId: changes.externalId, group });
  if (refusal !== undefined) return refuse(refusal);
  const edited = editGroup(call, group, changes);
  return answerWrite(toGroupInfo(call, edited, argument.return_members), [changedGroup(edited)]);
}

function readChanges(argument: z.infer<typeof updateArgument>): Partial<Group> {
  const { new_group_name: name, new_group_external_id: externalId } = argument;
  const managementTag = argument.new_group_management_type?.['.tag'];
  return {
    ...(isGiven(name) ? { name } : {}),
    // An empty text clears the id.
    ...(isGiven(externalId) ? { externalId: externalId || undefined } : {}),
    ...(managementTag === undefined ? {} : { management: managementTag }),
  };
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

interface Wanted {
  readonly name: string | undefined;
  readonly externalId: string | undefined;
  /** The group that is to have them, where it exists already. */
  readonly group?: Group;
}

function findRefusal(call: AuthorizedCall, { name, externalId, group }: Wanted) {
  if (name !== undefined) {
    if (!isValidName(call, name)) return 'group_name_invalid';
    if (isClaimed(call, group, (other) => foldName(call, other.name) === foldName(call, name))) {
      return 'group_name_already_used';
    }
  }
  if (externalId === undefined) return undefined;
  const isTaken = isClaimed(call, group, (other) => other.externalId === externalId);
  return isTaken ? 'external_id_already_in_use' : undefined;
}

function isValidName({ settings }: AuthorizedCall, name: string): boolean {
  const isTooLong = settings.groupNameMax > 0 && name.length > settings.groupNameMax;
  const hasForbidden = settings.groupNameForbidden.split('').some((sign) => name.includes(sign));
  return name.trim() !== '' && !isTooLong && !hasForbidden;
}

function foldName({ settings }: AuthorizedCall, name: string): string {
  return settings.groupNameCase === 'insensitive' ? name.toLowerCase() : name;
}

/** A group that was deleted a moment ago still holds its name and external id. */
function isClaimed(
  { team, settings, now }: AuthorizedCall,
  except: Group | undefined,
  claims: (group: Group) => boolean,
): boolean {
  for (const group of team.groups.readAll()) {
    const isStanding =
      group.deletedAt === undefined || now < group.deletedAt + settings.deletedGroupReservedMs;
    if (isStanding && group.groupId !== except?.groupId && claims(group)) return true;
  }
  return false;
}

function remove(call: AuthorizedCall, selector: GroupSelector): Outcome {
  const group = selectGroup(call, selector);
  if (group === undefined) {
    const old = selector['.tag'] === 'group_id' ? selector.group_id : '';
    const isDeleted = call.team.groups.readById(old) !== undefined;
    return refuse(isDeleted ? 'group_already_deleted' : 'group_not_found');
  }
  if (group.management === 'system_managed') return refuse('system_managed_group_disallowed');
  if (call.isGroupBusy(group.groupId)) return { kind: 'busy' };
  deleteGroup(call, group);
  const changed = [changedGroup(group)];
  if (!call.jobs.isAsync('deleteGroup') && !call.specials.has('goAsync')) {
    return answerWrite({ '.tag': 'complete' }, changed);
  }
  const job = call.jobs.launch({ kind: 'deleteGroup' });
  return {
    kind: 'result',
    value: { '.tag': 'async_job_id', async_job_id: job.jobId },
    changed,
    jobId: job.jobId,
  };
}

/** The single space that changes of members answer with was never a job. */
function poll({ jobs, specials }: AuthorizedCall, id: string): Outcome {
  const job = jobs.read(id, 'deleteGroup');
  if (job === undefined) return refuse('invalid_async_job_id');
  if (specials.has('internalError')) return refuse('internal_error');
  if (job.pollsLeft === 0) return answer({ '.tag': 'complete' });
  jobs.put({ ...job, pollsLeft: job.pollsLeft - 1 });
  return answer({ '.tag': 'in_progress' });
}

/** The group that a selector means; deleted groups are not found. */
export function selectGroup(
  { team }: Pick<AuthorizedCall, 'team'>,
  selector: GroupSelector,
): Group | undefined {
  const group =
    selector['.tag'] === 'group_id'
      ? team.groups.readById(selector.group_id)
      : team.groups.readByExternalId(selector.group_external_id);
  return group?.deletedAt === undefined ? group : undefined;
}

/** The group that a selector meant `lagMs` ago; who is in it is told as it is. */
export function selectGroupAsOf(
  call: Pick<AuthorizedCall, 'team' | 'now'>,
  selector: GroupSelector,
  lagMs: number,
): Group | undefined {
  if (lagMs === 0) return selectGroup(call, selector);
  const past = call.team.groups.readAsOf(call.now - lagMs);
  const earlier = [...past.values()].find(
    (group) =>
      group?.deletedAt === undefined &&
      (selector['.tag'] === 'group_id'
        ? group?.groupId === selector.group_id
        : group?.externalId === selector.group_external_id),
  );
  if (earlier !== undefined) return earlier;
  const group = selectGroup(call, selector);
  return group === undefined || past.has(group.groupId) ? undefined : group;
}
