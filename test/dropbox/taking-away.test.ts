import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CredentialError, LostAnswerError, ThrottledError } from '../../shared/model/errors.ts';
import type { RemoveAnswer } from '../../shared/model/target.ts';
import { buildFault } from '../sandbox/wire/fault-list.ts';
import { startEmulatedDropbox, type EmulatedDropbox, type Emulation } from './emulated-dropbox.ts';
import { errorOf } from './scripted-dropbox.ts';

const keep = { wipeData: false };
const admin = 'dbmid:admin';
const ada = 'person1@example.com';
const week = 7 * 86_400_000;

/** Three people besides the admin; removed members are found by id, so that a test can look at them. */
async function start(settings: Emulation['settings'] = {}): Promise<EmulatedDropbox> {
  const calm = { asyncRemove: 'never', removedInGetInfo: 'byId', expiresInSeconds: 9_999_999 };
  return await startEmulatedDropbox({ people: 3, groups: 1, settings: { ...calm, ...settings } });
}

async function idOf({ team }: EmulatedDropbox, email: string): Promise<string> {
  const [member] = await team.readMembersInfo([{ kind: 'email', email }]);
  if (member === undefined) throw new Error(`nobody has ${email}`);
  return member.memberId;
}

async function statusOf({ team }: EmulatedDropbox, memberId: string) {
  const [member] = await team.readMembersInfo([{ kind: 'memberId', memberId }]);
  return member?.status;
}

async function groupWith(dropbox: EmulatedDropbox, ...emails: readonly string[]) {
  const [group] = await dropbox.team.readGroupsInfo([
    { kind: 'externalId', externalId: 'entra-group1' },
  ]);
  const groupId = group?.groupId ?? '';
  const ids = await Promise.all(emails.map((email) => idOf(dropbox, email)));
  await dropbox.team.addGroupMembers(groupId, ids);
  return { groupId, ids };
}

async function memberIdsOf({ team }: EmulatedDropbox, groupId: string): Promise<unknown> {
  const answer = await team.readGroupMembers(groupId);
  return answer.kind === 'done' ? answer.value.items.toSorted() : answer.refusal.tag;
}

async function change(dropbox: EmulatedDropbox, ...changes: readonly object[]): Promise<void> {
  await dropbox.control('POST', '/changes', changes);
}

const truthSchema = z.object({
  members: z.array(z.looseObject({ memberId: z.string(), wipeData: z.boolean().optional() })),
});

async function truthOf(dropbox: EmulatedDropbox, memberId: string): Promise<unknown> {
  const truth = truthSchema.parse(await dropbox.control('GET', '/team'));
  return truth.members.find((member) => member.memberId === memberId);
}

async function writesOf(dropbox: EmulatedDropbox): Promise<readonly string[]> {
  const writes = z.array(z.object({ route: z.string() }));
  return writes.parse(await dropbox.control('GET', '/writes')).map(({ route }) => route);
}

const done = { kind: 'done', value: null };
const refused = (tag: string, offenders?: readonly string[]) => ({
  kind: 'refused',
  refusal: offenders === undefined ? { tag } : { tag, offenders },
});

async function finish({ team }: EmulatedDropbox, answer: RemoveAnswer): Promise<readonly string[]> {
  if (answer.kind !== 'job') return [answer.kind];
  const seen: string[] = [];
  do seen.push((await team.readRemoveJob(answer.jobId)).kind);
  while (seen.at(-1) === 'running');
  return seen;
}

describe('suspending', () => {
  test('takes an active member out, wipes nothing, and is lifted again', async () => {
    await using dropbox = await start();
    const memberId = await idOf(dropbox, ada);
    expect(await dropbox.team.suspendMember(memberId, keep)).toEqual(done);
    expect(await truthOf(dropbox, memberId)).toMatchObject({
      status: 'suspended',
      wipeData: false,
    });
    expect(await dropbox.team.unsuspendMember(memberId)).toEqual(done);
    expect(await statusOf(dropbox, memberId)).toBe('active');
  });

  test('is refused for whoever is not active, unknown, removed, or the last admin', async () => {
    await using dropbox = await start();
    const { team } = dropbox;
    const memberId = await idOf(dropbox, ada);
    await team.suspendMember(memberId, keep);
    expect(await team.suspendMember(memberId, keep)).toEqual(refused('suspend_inactive_user'));
    expect(await team.suspendMember('dbmid:x', keep)).toEqual(refused('user_not_found'));
    expect(await team.suspendMember(admin, keep)).toEqual(refused('suspend_last_admin'));
    const invited = { email: 'ivy@example.com', givenName: 'I', surname: 'V', status: 'invited' };
    await change(
      dropbox,
      { op: 'addMember', member: { ...invited, memberId: 'dbmid:ivy' } },
      { op: 'removeMember', memberId },
    );
    expect(await team.suspendMember('dbmid:ivy', keep)).toEqual(refused('suspend_inactive_user'));
    expect(await team.suspendMember(memberId, keep)).toEqual(refused('user_not_in_team'));
  });

  test('is not lifted for whoever is not suspended, or where the team has too few seats', async () => {
    await using dropbox = await start();
    const { team } = dropbox;
    const memberId = await idOf(dropbox, ada);
    const notSuspended = refused('unsuspend_non_suspended_member');
    expect(await team.unsuspendMember(memberId)).toEqual(notSuspended);
    expect(await team.unsuspendMember('dbmid:x')).toEqual(refused('user_not_found'));
    await team.suspendMember(memberId, keep);
    await change(dropbox, { op: 'setLicences', licences: 3 });
    expect(await team.unsuspendMember(memberId)).toEqual(refused('team_license_limit'));
  });
});

describe('removing', () => {
  test('takes the member off the team and out of all groups, for seven days not for good', async () => {
    await using dropbox = await start();
    const { groupId, ids } = await groupWith(dropbox, ada);
    const [memberId = ''] = ids;
    expect(await dropbox.team.removeMember(memberId, keep)).toEqual(done);
    expect(await truthOf(dropbox, memberId)).toMatchObject({
      status: 'removed',
      isRecoverable: true,
      wipeData: false,
    });
    expect(await memberIdsOf(dropbox, groupId)).toEqual([]);
    const listed = await dropbox.team.readMembers();
    expect(listed.items.map((member) => member.memberId)).not.toContain(memberId);
  });

  test('works on suspended members and cancels invitations', async () => {
    await using dropbox = await start();
    const { team } = dropbox;
    const invited = { email: 'ivy@example.com', givenName: 'I', surname: 'V', status: 'invited' };
    await change(dropbox, { op: 'addMember', member: { ...invited, memberId: 'dbmid:ivy' } });
    const memberId = await idOf(dropbox, ada);
    await team.suspendMember(memberId, keep);
    expect(await team.removeMember(memberId, keep)).toEqual(done);
    expect(await team.removeMember('dbmid:ivy', keep)).toEqual(done);
    expect(await statusOf(dropbox, 'dbmid:ivy')).toBe(undefined);
    expect(await team.recoverMember('dbmid:ivy')).toEqual(refused('user_not_found'));
  });

  test.each([
    ['user_not_in_team', 'user_not_in_team'],
    ['user_not_found', 'user_not_found'],
  ])('is refused for the last admin, strangers, and the second time (%s)', async (setting, tag) => {
    await using dropbox = await start({ removedSelector: setting });
    const { team } = dropbox;
    const memberId = await idOf(dropbox, ada);
    expect(await team.removeMember(admin, keep)).toEqual(refused('remove_last_admin'));
    expect(await team.removeMember('dbmid:x', keep)).toEqual(refused('user_not_found'));
    await team.removeMember(memberId, keep);
    expect(await team.removeMember(memberId, keep)).toEqual(refused(tag));
  });

  test('that becomes a job runs until it is complete, whenever its effect comes', async () => {
    await using dropbox = await start({ asyncRemove: 'always', jobPolls: 2 });
    const memberId = await idOf(dropbox, ada);
    const answer = await dropbox.team.removeMember(memberId, keep);
    expect(answer.kind).toBe('job');
    expect(await finish(dropbox, answer)).toEqual(['running', 'running', 'complete']);
    expect(await statusOf(dropbox, memberId)).toBe('removed');
  });

  test('that becomes a job is not yet true where Dropbox takes its time', async () => {
    await using dropbox = await start({
      asyncRemove: 'always',
      jobPolls: 0,
      asyncEffectMs: 60_000,
    });
    const memberId = await idOf(dropbox, ada);
    const answer = await dropbox.team.removeMember(memberId, keep);
    if (answer.kind !== 'job') throw new Error(answer.kind);
    expect(await dropbox.team.readRemoveJob(answer.jobId)).toEqual({ kind: 'running' });
    expect(await statusOf(dropbox, memberId)).toBe('active');
    await dropbox.control('PUT', '/clock', { advanceMs: 60_000 });
    expect(await dropbox.team.readRemoveJob(answer.jobId)).toEqual({ kind: 'complete' });
    expect(await statusOf(dropbox, memberId)).toBe('removed');
  });

  test('leaves the outcome open where the job is unknown or in error', async () => {
    await using dropbox = await start({ asyncRemove: 'always' });
    const { team } = dropbox;
    const answer = await team.removeMember(await idOf(dropbox, ada), keep);
    if (answer.kind !== 'job') throw new Error(answer.kind);
    await dropbox.control('POST', '/faults', [
      buildFault(
        { route: '/2/team/members/remove/job_status/get' },
        { kind: 'special', name: 'internalError' },
      ),
    ]);
    expect(await team.readRemoveJob(answer.jobId)).toEqual({ kind: 'failed' });
    expect(await team.readRemoveJob('no-such-job')).toEqual({ kind: 'failed' });
  });
});

describe('recovering', () => {
  test('brings the same member back, active and without groups', async () => {
    await using dropbox = await start();
    const { groupId, ids } = await groupWith(dropbox, ada);
    const [memberId = ''] = ids;
    await dropbox.team.removeMember(memberId, keep);
    expect(await dropbox.team.recoverMember(memberId)).toEqual(done);
    expect(await idOf(dropbox, ada)).toBe(memberId);
    expect(await statusOf(dropbox, memberId)).toBe('active');
    expect(await memberIdsOf(dropbox, groupId)).toEqual([]);
  });

  test('is refused for strangers, for members, without a seat, and after seven days', async () => {
    await using dropbox = await start();
    const { team } = dropbox;
    const memberId = await idOf(dropbox, ada);
    expect(await team.recoverMember('dbmid:x')).toEqual(refused('user_not_found'));
    expect(await team.recoverMember(memberId)).toEqual(refused('user_unrecoverable'));
    await team.removeMember(memberId, keep);
    await change(dropbox, { op: 'setLicences', licences: 3 });
    expect(await team.recoverMember(memberId)).toEqual(refused('team_license_limit'));
    await dropbox.control('PUT', '/clock', { advanceMs: week });
    expect(await team.recoverMember(memberId)).toEqual(refused('user_unrecoverable'));
  });
});

describe('taking people out of a group', () => {
  test('takes out exactly those', async () => {
    await using dropbox = await start();
    const { groupId, ids } = await groupWith(dropbox, ada, 'person2@example.com');
    expect(await dropbox.team.removeGroupMembers(groupId, ids.slice(0, 1))).toEqual(done);
    expect(await memberIdsOf(dropbox, groupId)).toEqual(ids.slice(1));
    expect(await dropbox.team.removeGroupMembers(groupId, [])).toEqual(done);
  });

  test('fails as a whole and names the offenders where Dropbox does', async () => {
    await using dropbox = await start();
    const { team } = dropbox;
    const { groupId, ids } = await groupWith(dropbox, ada, 'person2@example.com');
    const outsider = await idOf(dropbox, 'person3@example.com');
    const remove = async (...more: readonly string[]) =>
      await team.removeGroupMembers(groupId, [...ids, ...more]);
    expect(await remove(outsider)).toEqual(refused('member_not_in_group'));
    expect(await remove('dbmid:x')).toEqual(refused('users_not_found', ['dbmid:x']));
    await change(dropbox, { op: 'removeMember', memberId: outsider });
    expect(await remove(outsider)).toEqual(refused('members_not_in_team', [outsider]));
    expect(await memberIdsOf(dropbox, groupId)).toEqual(ids.toSorted());
  });

  test('is refused for a group that is gone or that Dropbox keeps itself', async () => {
    await using dropbox = await start();
    const { team } = dropbox;
    const groups = await team.readGroups();
    const everyone = groups.items.find((group) => group.management === 'system')?.groupId ?? '';
    const notOurs = refused('system_managed_group_disallowed');
    expect(await team.removeGroupMembers(everyone, [admin])).toEqual(notOurs);
    expect(await team.deleteGroup(everyone)).toEqual(notOurs);
    expect(await team.removeGroupMembers('g:x', [admin])).toEqual(refused('group_not_found'));
  });
});

test.each(['never', 'always'])(
  'a deleted group is gone at once, with jobs: %s',
  async (setting) => {
    await using dropbox = await start({ asyncDeleteGroup: setting });
    const { groupId } = await groupWith(dropbox, ada);
    expect(await dropbox.team.deleteGroup(groupId)).toEqual(done);
    expect(await dropbox.team.readGroupsInfo([{ kind: 'groupId', groupId }])).toEqual([undefined]);
    expect(await dropbox.team.deleteGroup(groupId)).toEqual(refused('group_already_deleted'));
    expect(await dropbox.team.deleteGroup('g:x')).toEqual(refused('group_not_found'));
  },
);

describe('a taking whose answer does not come', () => {
  const takings: readonly (readonly [
    string,
    (dropbox: EmulatedDropbox, ids: { memberId: string; groupId: string }) => Promise<unknown>,
  ])[] = [
    ['members/suspend', ({ team }, { memberId }) => team.suspendMember(memberId, keep)],
    ['members/unsuspend', ({ team }, { memberId }) => team.unsuspendMember(memberId)],
    ['members/remove', ({ team }, { memberId }) => team.removeMember(memberId, keep)],
    ['members/recover', ({ team }, { memberId }) => team.recoverMember(memberId)],
    [
      'groups/members/remove',
      ({ team }, { groupId, memberId }) => team.removeGroupMembers(groupId, [memberId]),
    ],
    ['groups/delete', ({ team }, { groupId }) => team.deleteGroup(groupId)],
  ];
  const before: { readonly [route: string]: readonly object[] } = {
    'members/unsuspend': [{ op: 'suspendMember', email: ada }],
    'members/recover': [{ op: 'removeMember', email: ada }],
  };

  async function prepare(dropbox: EmulatedDropbox, route: string) {
    const { groupId, ids } = await groupWith(dropbox, ada);
    await change(dropbox, ...(before[route] ?? []));
    await dropbox.control('DELETE', '/writes');
    return { groupId, memberId: ids[0] ?? '' };
  }

  test.each(takings)('%s has happened once, and is not sent again', async (route, take) => {
    await using dropbox = await start();
    const target = await prepare(dropbox, route);
    const path = `/2/team/${route}`;
    await dropbox.control('POST', '/faults', [
      buildFault({ route: path, when: 'after' }, { kind: 'reset' }),
    ]);
    expect(await errorOf(take(dropbox, target))).toBeInstanceOf(LostAnswerError);
    expect(await writesOf(dropbox)).toEqual([path]);
    expect(await take(dropbox, target)).toMatchObject({ kind: 'refused' });
  });

  test.each(takings)('%s that is throttled has not happened', async (route, take) => {
    await using dropbox = await start();
    const target = await prepare(dropbox, route);
    await dropbox.control('POST', '/faults', [
      buildFault({ route: `/2/team/${route}` }, { kind: 'status', status: 429, retryAfter: '17' }),
    ]);
    const error = await errorOf(take(dropbox, target));
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).toMatchObject({ retryAfterMs: 17_000 });
    expect(await writesOf(dropbox)).toEqual([]);
    expect(await take(dropbox, target)).toEqual(done);
  });
});

test.each([
  ['members.write', (dropbox: EmulatedDropbox) => dropbox.team.suspendMember(admin, keep)],
  ['members.delete', (dropbox: EmulatedDropbox) => dropbox.team.removeMember(admin, keep)],
  ['members.delete', (dropbox: EmulatedDropbox) => dropbox.team.recoverMember(admin)],
  ['groups.write', (dropbox: EmulatedDropbox) => dropbox.team.deleteGroup('g:1')],
])('without the scope %s nothing is taken or given back, and it is named', async (scope, act) => {
  await using dropbox = await start({ scopes: ['team_info.read', 'members.read'] });
  const error = await errorOf(act(dropbox));
  expect(error).toBeInstanceOf(CredentialError);
  expect(error).toMatchObject({ missing: scope });
});
