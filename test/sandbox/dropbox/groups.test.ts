import { z } from 'zod';
import { describe, expect, test } from 'vitest';

import type { DropboxSettings } from './settings.ts';
import {
  byEmail,
  byGroupId,
  byId,
  calmSettings,
  readError,
  smallTeam,
  startTeam,
  type SandboxTeam,
} from './sandbox-team.ts';
import { textMatching } from './text-matching.ts';

const design = byGroupId('g:design');
const member = 'member';
const owner = 'owner';

async function start(settings: Partial<DropboxSettings> = {}): Promise<SandboxTeam> {
  return startTeam(smallTeam(), { ...calmSettings, ...settings });
}

async function ask(team: SandboxTeam, route: string, argument: object) {
  return readError(await team.call(`team/groups/${route}`, argument));
}

async function addTo(team: SandboxTeam, group: object, ...users: readonly object[]) {
  return team.call('team/groups/members/add', {
    group,
    members: users.map((user) => ({ user, access_type: member })),
    return_members: false,
  });
}

async function readGroups(team: SandboxTeam) {
  const { body } = await team.call('team/groups/list', {});
  const entry = z.looseObject({ group_id: z.string(), group_name: z.string() });
  return z.object({ groups: z.array(entry) }).parse(body).groups;
}

function rootAs(accessType: string) {
  return { profile: { team_member_id: 'dbmid:root' }, access_type: { '.tag': accessType } };
}

async function readEveryone(team: SandboxTeam) {
  const groups = await readGroups(team);
  const everyone = groups.find(({ group_name }) => group_name.startsWith('Everyone'));
  return byGroupId(everyone?.group_id ?? '');
}

async function readMemberIds(team: SandboxTeam, groupId: string) {
  const { groups } = await team.readTeam();
  const group = groups.find((candidate) => candidate.groupId === groupId);
  return (group?.members ?? []).map(({ memberId = '' }) => memberId).toSorted();
}

describe('creating a group', () => {
  test('answers with the empty group and its kind', async () => {
    const team = await start();
    const { body } = await team.call('team/groups/create', {
      group_name: 'Sales',
      group_external_id: 'entra-sales',
      group_management_type: { '.tag': 'company_managed' },
    });
    expect(body).toEqual({
      group_name: 'Sales',
      group_id: textMatching(/^g:/),
      group_external_id: 'entra-sales',
      member_count: 0,
      group_management_type: { '.tag': 'company_managed' },
      members: [],
      created: Date.UTC(2026, 0, 5, 8),
    });
  });

  test.each(['user_managed', 'company_managed'] as const)(
    'without a kind makes it %s as the settings say',
    async (defaultManagement) => {
      const team = await start({ defaultManagement });
      const { body } = await team.call('team/groups/create', { group_name: 'Sales' });
      expect(body).toMatchObject({ group_management_type: { '.tag': defaultManagement } });
    },
  );

  test.each([
    [{ group_name: 'Design' }, 'group_name_already_used'],
    [{ group_name: 'DESIGN' }, 'group_name_already_used'],
    [{ group_name: ' ' }, 'group_name_invalid'],
    [{ group_name: 'n'.repeat(256) }, 'group_name_invalid'],
    [{ group_name: 'New', group_external_id: 'entra-design' }, 'external_id_already_in_use'],
    [
      { group_name: 'New', group_management_type: 'system_managed' },
      'system_managed_group_disallowed',
    ],
    [{ group_name: null }, 400],
  ])('with %j answers %s', async (argument, tag) => {
    expect(await ask(await start(), 'create', argument)).toBe(tag);
  });

  test('takes names that differ in case, and none with forbidden signs, as the settings say', async () => {
    const team = await start({ groupNameCase: 'sensitive', groupNameForbidden: '/:' });
    expect(await ask(team, 'create', { group_name: 'DESIGN' })).toBe(200);
    expect(await ask(team, 'create', { group_name: 'a/b' })).toBe('group_name_invalid');
  });

  test('puts the authorising admin in as the owner when asked, of a user-managed group only', async () => {
    const team = await start();
    const argument = { group_name: 'Own', add_creator_as_owner: true };
    const own = await team.call('team/groups/create', argument);
    expect(own.body).toMatchObject({ member_count: 1, members: [rootAs(owner)] });
    const company = await team.call('team/groups/create', {
      ...argument,
      group_name: 'Company',
      group_management_type: 'company_managed',
    });
    expect(company.body).toMatchObject({ members: [rootAs(member)] });
  });
});

describe('changing a group', () => {
  test('renames it, keeps what is absent and clears an empty external id', async () => {
    const team = await start();
    const renamed = await team.call('team/groups/update', {
      group: { '.tag': 'group_external_id', group_external_id: 'entra-design' },
      new_group_name: 'Design studio',
      return_members: false,
    });
    expect(renamed.body).toMatchObject({
      group_name: 'Design studio',
      group_external_id: 'entra-design',
    });
    expect(renamed.body).not.toHaveProperty('members');
    const cleared = await team.call('team/groups/update', {
      group: design,
      new_group_external_id: '',
    });
    expect(cleared.body).not.toHaveProperty('group_external_id');
    expect(cleared.body).toMatchObject({ members: [{}, {}] });
  });

  test('succeeds with its own name and refuses those of others', async () => {
    const team = await start();
    await team.call('team/groups/create', { group_name: 'Sales', group_external_id: 'entra-s' });
    const update = async (changes: object) => ask(team, 'update', { group: design, ...changes });
    expect(await update({ new_group_name: 'design' })).toBe(200);
    expect(await update({ new_group_name: 'sales' })).toBe('group_name_already_used');
    expect(await update({ new_group_name: '' })).toBe('group_name_invalid');
    expect(await update({ new_group_external_id: 'entra-s' })).toBe('external_id_already_in_use');
    expect(await update({ new_group_management_type: 'system_managed' })).toBe(
      'system_managed_group_disallowed',
    );
    expect(await ask(team, 'update', { group: byGroupId('g:x'), new_group_name: 'Y' })).toBe(
      'group_not_found',
    );
  });

  test.each([
    ['demoted', member],
    ['kept', owner],
  ] as const)('to company-managed leaves owners %s', async (ownersTurnedCompany, accessType) => {
    const team = await start({ ownersTurnedCompany });
    await team.change(
      { op: 'addGroup', group: { groupId: 'g:own', name: 'Own', management: 'user_managed' } },
      {
        op: 'addGroupMember',
        groupId: 'g:own',
        member: { memberId: 'dbmid:ada' },
        accessType: 'owner',
      },
    );
    const { body } = await team.call('team/groups/update', {
      group: byGroupId('g:own'),
      new_group_management_type: 'company_managed',
    });
    expect(body).toMatchObject({ members: [{ access_type: { '.tag': accessType } }] });
  });
});

describe('deleting a group', () => {
  test('tells a deleted group from an unknown one, and empties profiles', async () => {
    const team = await start();
    expect(await ask(team, 'delete', design)).toBe(200);
    expect(await ask(team, 'delete', design)).toBe('group_already_deleted');
    expect(await ask(team, 'delete', byGroupId('g:x'))).toBe('group_not_found');
    const { body } = await team.call('team/members/get_info_v2', { members: [byId('dbmid:ada')] });
    expect(JSON.stringify(body)).not.toContain('g:design');
  });

  test.each([
    [60_000, 'group_name_already_used', 'external_id_already_in_use'],
    [0, 200, 'group_name_already_used'],
  ])('holds its name and external id for %i ms', async (deletedGroupReservedMs, first, second) => {
    const team = await start({ deletedGroupReservedMs });
    await ask(team, 'delete', design);
    expect(await ask(team, 'create', { group_name: 'Design' })).toBe(first);
    const other = {
      group_name: first === 200 ? 'Design' : 'New',
      group_external_id: 'entra-design',
    };
    expect(await ask(team, 'create', other)).toBe(second);
    team.clock.setOffsetMs(60_000);
    const last = { group_name: 'Third', group_external_id: 'entra-design' };
    expect(await ask(team, 'create', last)).toBe(200);
  });
});

describe('members of a group', () => {
  test('are added by any selector, also while invited or suspended', async () => {
    const team = await start();
    await team.change(
      { op: 'suspendMember', memberId: 'dbmid:bob' },
      { op: 'removeGroupMember', groupId: 'g:design', member: { memberId: 'dbmid:ivy' } },
    );
    const added = await addTo(team, design, byEmail('BOB@example.com'), byId('dbmid:ivy'));
    expect(added.body).toMatchObject({ group_info: { member_count: 3 }, async_job_id: ' ' });
    expect(JSON.stringify(added.body)).not.toContain('"members"');
    expect(await readMemberIds(team, 'g:design')).toEqual(['dbmid:ada', 'dbmid:bob', 'dbmid:ivy']);
  });

  test('are all told again unless return_members is false', async () => {
    const team = await start();
    const { body } = await team.call('team/groups/members/add', {
      group: design,
      members: [{ user: byId('dbmid:bob'), access_type: member }],
    });
    expect(body).toMatchObject({ group_info: { members: [{}, {}, {}] } });
  });

  test('are not added at all when one entry is wrong, and the error names the offenders', async () => {
    const team = await start();
    await team.change({ op: 'removeMember', memberId: 'dbmid:ada' });
    const bob = byId('dbmid:bob');
    const unknown = await addTo(team, design, bob, byEmail('x@example.com'), byId('dbmid:x'));
    expect(unknown.body).toMatchObject({
      error: { '.tag': 'users_not_found', users_not_found: ['x@example.com', 'dbmid:x'] },
    });
    const removed = await addTo(team, design, bob, byId('dbmid:ada'));
    expect(removed.body).toMatchObject({
      error: { '.tag': 'members_not_in_team', members_not_in_team: ['dbmid:ada'] },
    });
    expect(readError(await addTo(team, design, bob, byId('dbmid:ivy')))).toBe('duplicate_user');
    expect(readError(await addTo(team, design, bob, byEmail('bob@example.com')))).toBe(
      'duplicate_user',
    );
    expect(readError(await addTo(team, byGroupId('g:x'), bob))).toBe('group_not_found');
    expect(await readMemberIds(team, 'g:design')).toEqual(['dbmid:ivy']);
  });

  test('cannot own a company-managed group, nor any group while suspended', async () => {
    const team = await start();
    await team.call('team/groups/create', { group_name: 'Own', group_external_id: 'own' });
    await team.change({ op: 'suspendMember', memberId: 'dbmid:ada' });
    const own = { '.tag': 'group_external_id', group_external_id: 'own' };
    const add = async (group: object, memberId: string) =>
      team.call('team/groups/members/add', {
        group,
        members: [{ user: byId(memberId), access_type: owner }],
      });
    expect((await add(design, 'dbmid:bob')).body).toMatchObject({
      error: { user_cannot_be_manager_of_company_managed_group: ['dbmid:bob'] },
    });
    expect(readError(await add(own, 'dbmid:ada'))).toBe('user_must_be_active_to_be_owner');
    expect((await add(own, 'dbmid:bob')).status).toBe(200);
  });

  test('are removed all or none', async () => {
    const team = await start();
    const remove = async (...users: readonly object[]) =>
      ask(team, 'members/remove', { group: design, users, return_members: false });
    const ada = byId('dbmid:ada');
    expect(await remove(ada, byId('dbmid:bob'))).toBe('member_not_in_group');
    expect(await remove(ada, byId('dbmid:x'))).toBe('users_not_found');
    expect(await readMemberIds(team, 'g:design')).toEqual(['dbmid:ada', 'dbmid:ivy']);
    expect(await remove(ada)).toBe(200);
    expect(await remove(ada)).toBe('member_not_in_group');
    expect(await readMemberIds(team, 'g:design')).toEqual(['dbmid:ivy']);
  });

  test('change their access type by a call of its own, with a bare array as the answer', async () => {
    const team = await start();
    await team.call('team/groups/create', { group_name: 'Own', group_external_id: 'own' });
    const own = { '.tag': 'group_external_id', group_external_id: 'own' };
    await addTo(team, own, byId('dbmid:bob'));
    const set = async (group: object, memberId: string) =>
      team.call('team/groups/members/set_access_type', {
        group,
        user: byId(memberId),
        access_type: owner,
      });
    expect((await set(own, 'dbmid:bob')).body).toMatchObject([
      { '.tag': 'group_info', members: [{ access_type: { '.tag': owner } }] },
    ]);
    expect(readError(await set(own, 'dbmid:ada'))).toBe('member_not_in_group');
    expect(readError(await set(design, 'dbmid:ada'))).toBe(
      'user_cannot_be_manager_of_company_managed_group',
    );
    expect(readError(await set(byGroupId('g:x'), 'dbmid:ada'))).toBe('group_not_found');
  });

  test('may be limited per call where the settings say so', async () => {
    const team = await start({ groupMembersMax: 1 });
    const tooMany = await addTo(team, design, byId('dbmid:bob'), byId('dbmid:root'));
    expect(tooMany.status).toBe(400);
  });

  test('are not changed while an earlier write to the same group goes on, where the settings say so', async () => {
    const team = await start({ groupWriteGapMs: 2_000 });
    expect((await addTo(team, design, byId('dbmid:bob'))).status).toBe(200);
    const busy = await addTo(team, design, byId('dbmid:root'));
    expect(busy).toMatchObject({
      status: 429,
      body: { error: { reason: { '.tag': 'too_many_write_operations' } } },
    });
    team.clock.setOffsetMs(2_000);
    expect((await addTo(team, design, byId('dbmid:root'))).status).toBe(200);
  });

  test('are listed in pages without groups and folders', async () => {
    const team = await start();
    const first = await team.call('team/groups/members/list', { group: design, limit: 1 });
    expect(first.body).toMatchObject({ members: [{ profile: {} }], has_more: true });
    expect(JSON.stringify(first.body)).not.toMatch(/member_folder_id|"groups"/);
    const { cursor } = z.object({ cursor: z.string() }).parse(first.body);
    const second = await team.call('team/groups/members/list/continue', { cursor });
    expect(second.body).toMatchObject({ members: [{ profile: {} }], has_more: false });
    expect(await ask(team, 'members/list', { group: byGroupId('g:x') })).toBe('group_not_found');
  });
});

describe('the group of everybody', () => {
  test('is listed with its count but never with its members', async () => {
    const team = await start();
    const groups = await readGroups(team);
    expect(groups).toHaveLength(2);
    expect(groups).toContainEqual({
      group_name: 'Everyone at Example',
      group_id: textMatching(),
      member_count: 4,
      group_management_type: { '.tag': 'system_managed' },
    });
    const everyone = await readEveryone(team);
    const info = await team.call('team/groups/get_info', {
      '.tag': 'group_ids',
      group_ids: [everyone.group_id, 'g:design'],
    });
    expect(info.body).toMatchObject([
      { '.tag': 'group_info', member_count: 4 },
      { '.tag': 'group_info', members: [{}, {}] },
    ]);
    expect(JSON.stringify(info.body).match(/"members"/g)).toHaveLength(1);
  });

  test('cannot be changed in any way', async () => {
    const team = await start();
    const group = await readEveryone(team);
    const refused = 'system_managed_group_disallowed';
    const user = byId('dbmid:ada');
    expect(await ask(team, 'update', { group, new_group_name: 'X' })).toBe(refused);
    expect(await ask(team, 'delete', group)).toBe(refused);
    expect(readError(await addTo(team, group, user))).toBe(refused);
    expect(await ask(team, 'members/remove', { group, users: [user] })).toBe(refused);
    const set = { group, user, access_type: owner };
    expect(await ask(team, 'members/set_access_type', set)).toBe(refused);
  });

  test.each([
    ['empty', 0],
    ['members', 4],
  ] as const)('lists its members as the settings say: %s', async (systemGroupListing, count) => {
    const team = await start({ systemGroupListing });
    const group = await readEveryone(team);
    const { body } = await team.call('team/groups/members/list', { group });
    expect(z.object({ members: z.array(z.unknown()) }).parse(body).members).toHaveLength(count);
  });

  test.each([true, false])('is among the groups of a profile: %s', async (everyoneInProfiles) => {
    const team = await start({ everyoneInProfiles });
    const everyone = await readEveryone(team);
    const { body } = await team.call('team/members/get_info_v2', { members: [byId('dbmid:bob')] });
    const groups = everyoneInProfiles ? [everyone.group_id] : [];
    expect(body).toMatchObject({ members_info: [{ profile: { groups } }] });
  });
});
