import { describe, expect, test } from 'vitest';
import type { TeamReader, TeamWriter } from '../../shared/model/ports.ts';
import type { NewMember, TeamMember } from '../../shared/model/target.ts';
import { startEmulatedDropbox } from '../dropbox/emulated-dropbox.ts';
import { createMemoryTeam, type MemoryTeamOptions } from './memory-team.ts';
import { createVirtualClock } from './virtual-clock.ts';

const week = 7 * 86_400_000;
const keep = { wipeData: false };
const zoe: NewMember = {
  email: 'zoe@example.com',
  givenName: 'Zoe',
  surname: 'Test',
  externalId: 'entra-zoe',
};

interface Place extends AsyncDisposable {
  readonly team: TeamReader & TeamWriter;
  pass(ms: number): Promise<void>;
}

const admin: TeamMember = {
  memberId: 'dbmid:admin',
  email: 'admin@example.com',
  givenName: 'Team',
  surname: 'Admin',
  status: 'active',
};

function person(name: string): TeamMember {
  return {
    memberId: `dbmid:${name}`,
    email: `${name}@example.com`,
    externalId: `entra-${name}`,
    givenName: name,
    surname: 'Test',
    status: 'active',
  };
}

function startMemory(options: Partial<MemoryTeamOptions> = {}) {
  const clock = createVirtualClock({ skipSleeps: true });
  const team = createMemoryTeam({
    members: [admin, person('person1'), person('person2')],
    groups: [
      {
        groupId: 'g:1',
        name: 'group1',
        externalId: 'entra-group1',
        management: 'company',
        memberIds: new Set(),
      },
    ],
    now: () => clock.now(),
    lastAdmin: admin.memberId,
    ...options,
  });
  const pass = async (ms: number) => {
    await clock.sleep(ms);
  };
  return { team, pass, now: () => clock.now() };
}

/** The double, and the adapter before the emulator set so that Dropbox decides as the double does. */
const places: readonly (readonly [string, () => Promise<Place>])[] = [
  [
    'the double',
    async () => {
      const { team, pass } = startMemory();
      return { team, pass, [Symbol.asyncDispose]: async () => {} };
    },
  ],
  [
    'the emulator',
    async () => {
      const settings = {
        asyncAdd: 'never',
        asyncRemove: 'never',
        removedSelector: 'user_not_found',
        everyoneInProfiles: false,
        expiresInSeconds: 9_999_999,
      };
      const dropbox = await startEmulatedDropbox({ people: 2, groups: 1, settings });
      return {
        team: dropbox.team,
        pass: async (ms) => {
          await dropbox.control('PUT', '/clock', { advanceMs: ms });
        },
        [Symbol.asyncDispose]: async () => await dropbox[Symbol.asyncDispose](),
      };
    },
  ],
];

async function find({ team }: Place, email: string): Promise<TeamMember | undefined> {
  const [member] = await team.readMembersInfo([{ kind: 'email', email }]);
  return member;
}

async function idOf(place: Place, email: string): Promise<string> {
  const member = await find(place, email);
  if (member === undefined) throw new Error(`nobody has ${email}`);
  return member.memberId;
}

async function groupIdOf({ team }: Place): Promise<string> {
  const [group] = await team.readGroupsInfo([{ kind: 'externalId', externalId: 'entra-group1' }]);
  return group?.groupId ?? '';
}

async function invite({ team }: Place, member: NewMember) {
  const answer = await team.inviteMembers([member]);
  const [row] = answer.kind === 'complete' ? answer.rows : [];
  return row?.kind === 'done' ? row.member.memberId : row?.refusal.tag;
}

const done = { kind: 'done', value: null };
const refused = (tag: string, offenders?: readonly string[]) => ({
  kind: 'refused',
  refusal: offenders === undefined ? { tag } : { tag, offenders },
});

describe.each(places)('in %s', (_name, start) => {
  test('only an active member is suspended, and only a suspended one is let in again', async () => {
    await using place = await start();
    const { team } = place;
    const id = await idOf(place, 'person1@example.com');
    const invited = (await invite(place, zoe)) ?? '';
    expect(await team.unsuspendMember(id)).toEqual(refused('unsuspend_non_suspended_member'));
    expect(await team.suspendMember(id, keep)).toEqual(done);
    expect(await team.suspendMember(id, keep)).toEqual(refused('suspend_inactive_user'));
    expect(await team.suspendMember(invited, keep)).toEqual(refused('suspend_inactive_user'));
    expect(await team.suspendMember('dbmid:x', keep)).toEqual(refused('user_not_found'));
    expect(await team.suspendMember(admin.memberId, keep)).toEqual(refused('suspend_last_admin'));
    expect((await find(place, 'person1@example.com'))?.status).toBe('suspended');
    expect(await team.unsuspendMember(id)).toEqual(done);
    expect((await find(place, 'person1@example.com'))?.status).toBe('active');
  });

  test('a removed member is out of groups, lists and answers, and holds address and external id', async () => {
    await using place = await start();
    const { team } = place;
    const id = await idOf(place, 'person1@example.com');
    const groupId = await groupIdOf(place);
    await team.addGroupMembers(groupId, [id]);
    expect((await find(place, 'person1@example.com'))?.groupIds).toEqual([groupId]);
    await team.suspendMember(id, keep);
    expect(await team.removeMember(id, keep)).toEqual(done);
    const questions = [
      { kind: 'memberId', memberId: id },
      { kind: 'email', email: 'person1@example.com' },
      { kind: 'externalId', externalId: 'entra-person1' },
    ] as const;
    expect(await team.readMembersInfo(questions)).toEqual([undefined, undefined, undefined]);
    const { items } = await team.readMembers();
    expect(items.map(({ memberId }) => memberId)).not.toContain(id);
    expect(await team.readGroupMembers(groupId)).toMatchObject({ value: { items: [] } });
    for (const again of [
      await team.removeMember(id, keep),
      await team.suspendMember(id, keep),
      await team.unsuspendMember(id),
    ]) {
      expect(again).toEqual(refused('user_not_found'));
    }
    expect(await team.removeMember(admin.memberId, keep)).toEqual(refused('remove_last_admin'));
    const sameAddress = { ...zoe, email: 'person1@example.com' };
    expect(await invite(place, sameAddress)).toBe('user_already_on_team');
    expect(await invite(place, { ...zoe, externalId: 'entra-person1' })).toBe(
      'duplicate_external_member_id',
    );
  });

  test('a removed member comes back active and without groups, until seven days are over', async () => {
    await using place = await start();
    const { team } = place;
    const id = await idOf(place, 'person1@example.com');
    expect(await team.recoverMember(id)).toEqual(refused('user_unrecoverable'));
    expect(await team.recoverMember('dbmid:x')).toEqual(refused('user_not_found'));
    await team.addGroupMembers(await groupIdOf(place), [id]);
    await team.suspendMember(id, keep);
    await team.removeMember(id, keep);
    await place.pass(week - 60_000);
    expect(await team.recoverMember(id)).toEqual(done);
    expect(await find(place, 'person1@example.com')).toMatchObject({
      memberId: id,
      status: 'active',
      groupIds: [],
    });
    await team.removeMember(id, keep);
    await place.pass(week);
    expect(await team.recoverMember(id)).toEqual(refused('user_unrecoverable'));
    const again = { ...zoe, email: 'person1@example.com', externalId: 'entra-person1' };
    const newId = await invite(place, again);
    expect(newId).toMatch(/^dbmid:/);
    expect(newId).not.toBe(id);
  });

  test('an invitation that is removed is gone and can be made anew', async () => {
    await using place = await start();
    const id = (await invite(place, zoe)) ?? '';
    expect(await place.team.removeMember(id, keep)).toEqual(done);
    expect(await place.team.recoverMember(id)).toEqual(refused('user_not_found'));
    expect(await invite(place, zoe)).toMatch(/^dbmid:/);
  });

  test('people leave a group all or none, and a deleted group is not found', async () => {
    await using place = await start();
    const { team } = place;
    const groupId = await groupIdOf(place);
    const one = await idOf(place, 'person1@example.com');
    const two = await idOf(place, 'person2@example.com');
    await team.addGroupMembers(groupId, [one]);
    expect(await team.removeGroupMembers(groupId, [one, two])).toEqual(
      refused('member_not_in_group'),
    );
    expect(await team.removeGroupMembers(groupId, [one, 'dbmid:x'])).toEqual(
      refused('users_not_found', ['dbmid:x']),
    );
    expect(await team.readGroupMembers(groupId)).toMatchObject({ value: { items: [one] } });
    expect(await team.removeGroupMembers(groupId, [one])).toEqual(done);
    expect(await team.readGroupMembers(groupId)).toMatchObject({ value: { items: [] } });
    expect(await team.removeGroupMembers('g:x', [one])).toEqual(refused('group_not_found'));
    expect(await team.deleteGroup('g:x')).toEqual(refused('group_not_found'));
    expect(await team.deleteGroup(groupId)).toEqual(done);
    expect(await team.readGroupMembers(groupId)).toEqual(refused('group_not_found'));
    expect(await team.readGroupsInfo([{ kind: 'groupId', groupId }])).toEqual([undefined]);
  });
});

describe('the double', () => {
  test('takes its time for a removal where it is told to', async () => {
    const { team, pass, now } = startMemory({ removeJobMs: () => 5_000 });
    const answer = await team.removeMember('dbmid:person1', keep);
    if (answer.kind !== 'job') throw new Error(answer.kind);
    expect(await team.readRemoveJob(answer.jobId)).toEqual({ kind: 'running' });
    expect(team.members()[1]?.status).toBe('active');
    await pass(5_000);
    expect(await team.readRemoveJob(answer.jobId)).toEqual({ kind: 'complete' });
    expect(await team.readRemoveJob('job:x')).toEqual({ kind: 'failed' });
    expect(team.members()[1]).toMatchObject({ status: 'removed', isRecoverable: true });
    expect(team.leftByJobAt('dbmid:person1')).toBe(now());
    await pass(week);
    expect(team.members()[1]?.isRecoverable).toBe(false);
  });

  test('shows removed members and gives back the earlier status where it is told to', async () => {
    const { team } = startMemory({ removedInInfo: true, recoverEarlierStatus: true });
    const who = [{ kind: 'memberId', memberId: 'dbmid:person1' }] as const;
    await team.suspendMember('dbmid:person1', keep);
    await team.removeMember('dbmid:person1', keep);
    expect(await team.readMembersInfo(who)).toMatchObject([{ status: 'removed' }]);
    await team.recoverMember('dbmid:person1');
    expect(await team.readMembersInfo(who)).toMatchObject([{ status: 'suspended' }]);
  });

  test('keeps what an admin does by hand out of the writes, and throws where it cannot be done', async () => {
    const { team } = startMemory();
    team.suspendByHand('dbmid:person1');
    team.unsuspendByHand('dbmid:person1');
    team.changeByHand('dbmid:person1', { surname: 'New' });
    team.addToGroupByHand('g:1', 'dbmid:person1');
    team.addToGroupByHand('g:1', 'dbmid:person2');
    team.removeFromGroupByHand('g:1', 'dbmid:person2');
    team.renameGroupByHand('g:1', 'Other');
    expect(team.groups()).toMatchObject([{ name: 'Other', memberIds: new Set(['dbmid:person1']) }]);
    team.removeByHand('dbmid:person1');
    team.deleteGroupByHand('g:1');
    expect(team.groups()).toEqual([]);
    expect(team.members()[1]).toMatchObject({ surname: 'New', status: 'removed' });
    expect(team.writes).toEqual([]);
    expect(() => team.removeByHand('dbmid:person1')).toThrow('user_not_found');
    team.recoverByHand('dbmid:person1');
    await team.removeMember('dbmid:person1', keep);
    expect(team.writes).toEqual([
      { kind: 'removeMember', memberId: 'dbmid:person1', wipeData: false },
    ]);
  });

  test('says who authorised us, while they are active', async () => {
    const { team } = startMemory({ authorisingAdmin: 'dbmid:person2' });
    expect(await team.readAuthorisingAdmin()).toMatchObject({
      value: { memberId: 'dbmid:person2' },
    });
    team.suspendByHand('dbmid:person2');
    expect(await team.readAuthorisingAdmin()).toEqual(refused('admin_not_active'));
  });
});
