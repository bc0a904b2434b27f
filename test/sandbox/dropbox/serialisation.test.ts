import { describe, expect, test } from 'vitest';

import { buildFault } from '../wire/fault-list.ts';
import {
  byEmail,
  byExternalId,
  byGroupId,
  byId,
  calmSettings,
  readError,
  smallTeam,
  startTeam,
} from './sandbox-team.ts';
import { textMatching } from './text-matching.ts';

const add = 'team/members/add_v2';

function withAccount(accountId: unknown) {
  return { profile: { account_id: accountId } };
}

function inviteMany(count: number) {
  const addresses = Array.from({ length: count }, (_, index) => `n${index}@example.com`);
  return { new_members: addresses.map((address) => ({ member_email: address })) };
}

describe('what goes out', () => {
  test('flattens a struct next to its tag and leaves unset fields out', async () => {
    const team = await startTeam(smallTeam());
    const { body } = await team.call('team/members/get_info_v2', { members: [byId('dbmid:ivy')] });
    expect(body).toEqual({
      members_info: [
        {
          '.tag': 'member_info',
          profile: {
            team_member_id: 'dbmid:ivy',
            email: 'ivy@example.com',
            email_verified: false,
            status: { '.tag': 'invited' },
            name: {
              given_name: 'ivy',
              surname: 'Example',
              familiar_name: 'ivy',
              display_name: 'ivy Example',
              abbreviated_name: 'IE',
            },
            membership_type: { '.tag': 'full' },
            invited_on: '2026-01-05T08:00:00Z',
            groups: ['g:design', textMatching(/^g:/)],
            member_folder_id: textMatching(/^\d+$/),
            root_folder_id: textMatching(/^\d+$/),
          },
          roles: [],
        },
      ],
    });
  });

  test('nests a primitive under the name of its tag', async () => {
    const team = await startTeam(smallTeam());
    const { body } = await team.call('team/members/get_info_v2', {
      members: [byEmail('nobody@example.com'), byExternalId('entra-ada')],
    });
    expect(body).toMatchObject({
      members_info: [
        { '.tag': 'id_not_found', id_not_found: 'nobody@example.com' },
        { '.tag': 'member_info', profile: { team_member_id: 'dbmid:ada' } },
      ],
    });
  });

  test('answers a Void result with the literal null', async () => {
    const team = await startTeam(smallTeam());
    const response = await team.sendRaw('team/members/suspend', {
      user: byId('dbmid:ada'),
      wipe_data: false,
    });
    expect(response).toMatchObject({ response: { status: 200, body: 'null' } });
  });

  test('writes the creation of a group as milliseconds and other times as whole seconds', async () => {
    const team = await startTeam(smallTeam());
    team.clock.setOffsetMs(1_234);
    const { body } = await team.call('team/groups/create', { group_name: 'New' });
    expect(body).toMatchObject({ created: Date.UTC(2026, 0, 5, 8) + 1_234, members: [] });
    expect(body).not.toHaveProperty('group_external_id');
  });

  test('gives account ids of 40 characters to people who joined, and none to the invited', async () => {
    const [plain, told] = await Promise.all([
      startTeam(smallTeam()),
      startTeam(smallTeam(), { invitedHasAccountId: true }),
    ]);
    const ask = { members: [byId('dbmid:ada'), byId('dbmid:ivy')] };
    const { body } = await plain.call('team/members/get_info_v2', ask);
    const id = textMatching(/^dbid:.{35}$/);
    expect(body).toMatchObject({ members_info: [withAccount(id), {}] });
    expect(JSON.stringify(body).match(/account_id/g)).toHaveLength(1);
    expect((await told.call('team/members/get_info_v2', ask)).body).toMatchObject({
      members_info: [withAccount(id), withAccount(id)],
    });
  });
});

describe('what comes in', () => {
  test('takes a bare string for a void member of a union', async () => {
    const team = await startTeam(smallTeam());
    const short = await team.call('team/groups/create', {
      group_name: 'Short',
      group_management_type: 'company_managed',
    });
    expect(short.body).toMatchObject({ group_management_type: { '.tag': 'company_managed' } });
    const features = await team.call('team/features/get_values', {
      features: ['has_team_shared_dropbox', { '.tag': 'upload_api_rate_limit' }, 'brand_new'],
    });
    expect(features.body).toMatchObject({
      values: [
        { '.tag': 'has_team_shared_dropbox' },
        { '.tag': 'upload_api_rate_limit', upload_api_rate_limit: { '.tag': 'limit' } },
        { '.tag': 'other' },
      ],
    });
    const none = await team.call('team/features/get_values', { features: [] });
    expect(readError(none)).toBe('empty_features_list');
  });

  test('takes null or nothing for a Void argument, but not an empty object', async () => {
    const team = await startTeam(smallTeam());
    const token = await team.renewToken();
    const url = '/2/team/get_info';
    const authorization = `Bearer ${token}`;
    const bodiless = await team.send({ url, headers: { authorization } });
    expect(bodiless.status).toBe(200);
    expect((await team.call('team/get_info', null)).status).toBe(200);
    expect((await team.call('team/get_info', {})).status).toBe(400);
    const kind = await startTeam(smallTeam(), { emptyObjectForVoid: 'accept' });
    expect((await kind.call('team/get_info', {})).status).toBe(200);
  });

  test('refuses a body that is not JSON or does not say that it is', async () => {
    const team = await startTeam(smallTeam());
    const authorization = `Bearer ${await team.renewToken()}`;
    const send = async (type: string, body: string) => {
      const headers = { authorization, 'content-type': type };
      return team.send({ url: '/2/team/groups/list', headers, body });
    };
    expect((await send('application/json; charset=utf-8', '{}')).status).toBe(200);
    expect((await send('application/json', '{')).body).toContain('could not decode input as JSON');
    expect((await send('application/x-www-form-urlencoded', '{}')).status).toBe(400);
  });

  const valid = { member_email: 'new@example.com' };

  test.each([
    ['an address without a domain', { member_email: 'ada' }, 'new_members[0].member_email'],
    ['a quote in an address', { member_email: '"a"@x.com' }, 'new_members[0].member_email'],
    ['an accent in an address', { member_email: 'añ@x.com' }, 'new_members[0].member_email'],
    ['a coded top-level domain', { member_email: 'a@x.xn--p1ai' }, 'member_email'],
    ['a long address', { member_email: `${'a'.repeat(250)}@x.com` }, 'member_email'],
    ['a missing address', {}, 'member_email'],
    ['a name of 51', { ...valid, member_given_name: 'n'.repeat(51) }, 'member_given_name'],
    ['a slash in a name', { ...valid, member_surname: 'a/b' }, 'member_surname'],
    ['a long external id', { ...valid, member_external_id: 'x'.repeat(65) }, 'member_external_id'],
    ['two roles', { ...valid, role_ids: ['pid_dbtmr:a', 'pid_dbtmr:b'] }, 'role_ids'],
    ['a role id of another kind', { ...valid, role_ids: ['admin'] }, 'role_ids[0]'],
    ['null for a default', { ...valid, send_welcome_email: null }, 'send_welcome_email'],
    ['a number for a name', { ...valid, member_surname: 7 }, 'member_surname'],
    ['an unknown field', { ...valid, nickname: 'x' }, "unknown field 'nickname'"],
  ])('refuses the whole call for %s and names the field', async (_, member, field) => {
    const team = await startTeam(smallTeam(), calmSettings);
    const answer = await team.call(add, { new_members: [valid, member].toReversed() });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.body).toContain('Error in call to API function "team/members/add_v2"');
    expect(answer.body).toContain(field);
    expect(await team.readWrites()).toEqual([]);
  });

  test('takes the address of an Entra guest, an empty name, and null for what may be absent', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    const answer = await team.call(add, {
      new_members: [
        {
          member_email: 'x_y.com#EXT#@tenant.onmicrosoft.com',
          member_given_name: '',
          member_surname: 'n'.repeat(50),
          member_external_id: null,
        },
      ],
    });
    expect(answer.body).toMatchObject({
      complete: [{ '.tag': 'success', profile: { email: 'x_y.com#ext#@tenant.onmicrosoft.com' } }],
    });
  });

  test('takes 20 new members and refuses 21', async () => {
    const team = await startTeam(
      smallTeam({ team: { id: 'dbtid:T', name: 'T', licences: 99 } }),
      calmSettings,
    );
    expect((await team.call(add, inviteMany(21))).status).toBe(400);
    expect((await team.call(add, inviteMany(20))).status).toBe(200);
  });

  test.each([
    ['team/members/list_v2', { limit: 0 }, 'limit'],
    ['team/members/list_v2', { limit: 1001 }, 'limit'],
    ['team/groups/list', { limit: 1.5 }, 'limit'],
    ['team/members/suspend', { user: { '.tag': 'name', name: 'x' } }, 'user'],
    ['team/members/suspend', { user: 'dbmid:ada' }, 'user'],
    [
      'team/groups/create',
      { group_name: 'x', group_management_type: 'self_managed' },
      'group_management_type',
    ],
    [
      'team/groups/members/add',
      {
        group: byGroupId('g:design'),
        members: [{ user: byId('dbmid:bob'), access_type: 'admin' }],
      },
      'access_type',
    ],
    ['team/groups/get_info', { group_ids: ['g:design'] }, '.tag'],
  ])('refuses %s with %j', async (route, argument, field) => {
    const team = await startTeam(smallTeam());
    const answer = await team.call(route, argument);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(field);
  });

  test('ignores unknown fields where the settings say so', async () => {
    const team = await startTeam(smallTeam(), { ...calmSettings, unknownFields: 'ignore' });
    const answer = await team.call(add, {
      new_members: [{ member_email: 'new@example.com', nickname: 'x' }],
      colour: 'blue',
    });
    expect(answer.body).toMatchObject({ complete: [{ '.tag': 'success' }] });
  });

  test('refuses more selectors than the settings allow', async () => {
    const team = await startTeam(smallTeam(), { selectorsMax: 2 });
    const members = [byId('dbmid:a'), byId('dbmid:b'), byId('dbmid:c')];
    expect((await team.call('team/members/get_info_v2', { members })).status).toBe(400);
    const groups = { '.tag': 'group_ids', group_ids: ['g:a', 'g:b', 'g:c'] };
    expect((await team.call('team/groups/get_info', groups)).status).toBe(400);
    expect((await team.call('team/groups/get_info', { ...groups, group_ids: [] })).body).toEqual(
      [],
    );
  });
});

describe('unknown tags', () => {
  test('replace values of open unions when a fault says so', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    team.addFault(
      buildFault({ route: '/2/team/members/add_v2' }, { kind: 'special', name: 'unknownTag' }),
    );
    const argument = { new_members: [{ member_email: 'new@example.com' }] };
    const { body } = await team.call(add, argument);
    expect(JSON.stringify(body)).toMatch(/\[\{"\.tag":"(other|tag_from_the_future)"\}\]/);
    const { members } = await team.readTeam();
    expect(members.map(({ email }) => email)).toContain('new@example.com');
  });

  test('come by themselves every so often where the settings say so, errors included', async () => {
    const team = await startTeam(smallTeam(), { unknownTagEvery: 2 });
    const errors = new Set<unknown>();
    for (let index = 0; index < 8; index += 1) {
      errors.add(
        readError(await team.call('team/members/unsuspend', { user: byId('dbmid:nobody') })),
      );
    }
    expect(errors).toEqual(new Set(['user_not_found', 'tag_from_the_future', 'other']));
  });

  test('never come in closed unions', async () => {
    const team = await startTeam(smallTeam(), { unknownTagEvery: 1 });
    const { body } = await team.call('team/groups/members/list', { group: byGroupId('g:design') });
    expect(body).toMatchObject({
      members: [
        { profile: { membership_type: {} }, access_type: { '.tag': 'member' } },
        { access_type: { '.tag': 'member' } },
      ],
    });
  });
});
