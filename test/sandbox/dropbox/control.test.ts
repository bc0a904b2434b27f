import { describe, expect, test } from 'vitest';

import { createManualClock } from '../wire/clock.ts';
import { createDropboxEmulator } from './dropbox-emulator.ts';
import { byGroupId, byId, calmSettings, person, smallTeam, startTeam } from './sandbox-team.ts';
import type { TeamDocument } from './team-types.ts';
import { textMatching } from './text-matching.ts';

describe('loading a team', () => {
  test('gives back the same team with the group of everybody', async () => {
    const team = await startTeam(smallTeam());
    const { team: facts, members, groups } = await team.readTeam();
    expect(facts).toEqual(smallTeam().team);
    expect(members).toMatchObject(
      smallTeam().members.map(({ isAdmin, ...member }) => ({
        ...member,
        roles: isAdmin === true ? [textMatching()] : [],
      })),
    );
    expect(groups).toMatchObject([
      {
        name: 'Design',
        members: [
          { memberId: 'dbmid:ada', email: 'ada@example.com', accessType: 'member' },
          { memberId: 'dbmid:ivy' },
        ],
      },
      { name: 'Everyone at Example', management: 'system_managed', members: [{}, {}, {}, {}] },
    ]);
  });

  test('takes back what it gave, removed members and states included', async () => {
    const first = await startTeam(smallTeam(), calmSettings);
    await first.change(
      { op: 'suspendMember', memberId: 'dbmid:ada' },
      { op: 'removeMember', memberId: 'dbmid:bob' },
    );
    const document = await first.readTeam();
    const second = await startTeam(document);
    const { members, groups } = await second.readTeam();
    expect(members.map(({ memberId, status }) => [memberId, status])).toEqual(
      document.members.map(({ memberId, status }) => [memberId, status]),
    );
    expect(groups.map(({ groupId }) => groupId)).toEqual(
      document.groups.map(({ groupId }) => groupId),
    );
    const recovered = await second.call('team/members/recover', { user: byId('dbmid:bob') });
    expect(recovered.status).toBe(200);
  });

  test('puts members into the groups that they name', async () => {
    const members = [{ ...person('ada'), memberId: 'dbmid:ada', groups: ['Design'] }];
    const groups = [{ name: 'Design', management: 'user_managed' }] as const;
    const team = await startTeam(smallTeam({ members, groups }));
    const loaded = await team.readTeam();
    expect(loaded.groups[0]?.members).toMatchObject([{ memberId: 'dbmid:ada' }]);
  });

  const broken: readonly (readonly [string, unknown])[] = [
    ['members.0.status', { ...smallTeam(), members: [{ ...person('ada'), status: 'asleep' }] }],
    ['members.0.email', { ...smallTeam(), members: [{ givenName: 'A', surname: 'B' }] }],
    ['team.licences', smallTeam({ team: { id: 'dbtid:T', name: 'T', licences: -1 } })],
    ['nickname', { ...smallTeam(), nickname: 'x' }],
    ['members.1.email', smallTeam({ members: [person('ada'), person('ADA')] })],
    [
      'members.1.externalId',
      smallTeam({
        members: [
          { ...person('ada'), externalId: 'x' },
          { ...person('bob'), externalId: 'x' },
        ],
      }),
    ],
    ['members.0.roles', smallTeam({ members: [{ ...person('ada'), roles: ['boss'] }] })],
    [
      'groups.0.members.0',
      smallTeam({
        groups: [
          { name: 'X', management: 'user_managed', members: [{ email: 'nobody@example.com' }] },
        ],
      }),
    ],
    [
      'groups.1',
      smallTeam({
        groups: [
          { name: 'X', management: 'user_managed' },
          { name: 'X', management: 'user_managed' },
        ],
      }),
    ],
    [
      'members.0.groups',
      smallTeam({ members: [{ ...person('ada'), groups: ['None'] }], groups: [] }),
    ],
  ];

  test.each(broken)(
    'refuses a document by naming %s and changes nothing',
    async (field, document) => {
      const team = await startTeam(smallTeam());
      const before = await team.readTeam();
      const answer = await team.control('PUT', '/team', document);
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body)).toContain(field);
      expect(await team.readTeam()).toEqual(before);
    },
  );
});

describe('changes behind our back', () => {
  test('are applied in order', async () => {
    const team = await startTeam(smallTeam());
    await team.change(
      { op: 'addMember', member: { ...person('eve'), memberId: 'dbmid:eve' } },
      { op: 'addGroup', group: { groupId: 'g:new', name: 'New', management: 'user_managed' } },
      { op: 'addGroupMember', name: 'New', member: { email: 'eve@example.com' } },
      { op: 'editGroup', groupId: 'g:new', set: { name: 'Newer', externalId: 'x' } },
      { op: 'editMember', email: 'eve@example.com', set: { surname: 'Else', externalId: 'y' } },
      { op: 'editMember', email: 'eve@example.com', set: { email: 'eve2@example.com' } },
      { op: 'suspendMember', memberId: 'dbmid:eve' },
      { op: 'unsuspendMember', memberId: 'dbmid:eve' },
      { op: 'removeMember', memberId: 'dbmid:bob' },
      { op: 'recoverMember', memberId: 'dbmid:bob' },
      { op: 'removeGroupMember', groupId: 'g:design', member: { memberId: 'dbmid:ivy' } },
      { op: 'setLicences', licences: 7 },
    );
    const { team: facts, members, groups } = await team.readTeam();
    expect(facts.licences).toBe(7);
    expect(members).toContainEqual(
      expect.objectContaining({
        memberId: 'dbmid:eve',
        email: 'eve2@example.com',
        surname: 'Else',
        externalId: 'y',
        status: 'active',
      }),
    );
    expect(members.find(({ memberId }) => memberId === 'dbmid:bob')?.status).toBe('active');
    expect(groups.find(({ name }) => name === 'Newer')?.members).toMatchObject([
      { memberId: 'dbmid:eve' },
    ]);
    expect(groups.find(({ name }) => name === 'Design')?.members).toHaveLength(1);
    expect(await team.readWrites()).toEqual([]);
  });

  test.each([
    [{ op: 'fireMember' }, '0.op'],
    [{ op: 'suspendMember' }, '0: memberId or email'],
    [{ op: 'suspendMember', memberId: 'dbmid:x' }, '0.memberId'],
    [{ op: 'suspendMember', memberId: 'dbmid:ivy' }, '0: dbmid:ivy is invited'],
    [{ op: 'acceptInvitation', memberId: 'dbmid:ada' }, '0: dbmid:ada is active'],
    [{ op: 'recoverMember', memberId: 'dbmid:ada' }, 'cannot be recovered'],
    [{ op: 'deleteGroup', name: 'None' }, 'no such group: None'],
    [{ op: 'deleteGroup', name: 'Everyone at Example' }, 'group of everybody'],
    [{ op: 'setLicences', licences: 'many' }, '0.licences'],
    [{ op: 'editMember', memberId: 'dbmid:ada', set: { email: 'bob@example.com' } }, '0.set.email'],
    [{ op: 'editMember', memberId: 'dbmid:ada', set: { roles: ['x'] } }, '0.set.roles'],
  ])('refuse %j and name the field', async (change, field) => {
    const team = await startTeam(smallTeam());
    const answer = await team.control('POST', '/changes', [change]);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(field);
  });

  test('are made all or not at all', async () => {
    const team = await startTeam(smallTeam());
    const before = await team.readTeam();
    const answer = await team.control('POST', '/changes', [
      { op: 'suspendMember', memberId: 'dbmid:ada' },
      { op: 'removeScope', scope: 'team_info.read' },
      { op: 'suspendMember', memberId: 'dbmid:x' },
    ]);
    expect(JSON.stringify(answer.body)).toContain('2.memberId');
    expect(await team.readTeam()).toEqual(before);
    expect((await team.call('team/get_info', null)).status).toBe(200);
  });
});

describe('the list of writes', () => {
  test('tells each successful write with its argument and what it changed', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    const invitations = { new_members: [{ member_email: 'new@example.com' }] };
    await team.call('team/members/add_v2', invitations);
    await team.call('team/members/add_v2', invitations);
    await team.call('team/members/list_v2', {});
    const suspend = { user: byId('dbmid:ada'), wipe_data: false };
    await team.call('team/members/suspend', suspend);
    await team.call('team/members/suspend', suspend);
    const remove = { group: byGroupId('g:design'), users: [byId('dbmid:ada')] };
    await team.call('team/groups/members/remove', remove);
    const writes = await team.readWrites();
    expect(writes).toMatchObject([
      {
        route: '/2/team/members/add_v2',
        at: Date.UTC(2026, 0, 5, 8),
        argument: invitations,
        result: { changed: [{ kind: 'member', email: 'new@example.com' }] },
      },
      { argument: suspend, result: { changed: [{ kind: 'member', id: 'dbmid:ada' }] } },
      { argument: remove, result: { changed: [{ kind: 'group', id: 'g:design' }] } },
    ]);
    const since = writes[1]?.sequence ?? 0;
    const later = await team.control('GET', `/writes?since=${since}`);
    expect(later.body).toHaveLength(1);
    expect((await team.control('GET', '/writes?since=x')).status).toBe(400);
    await team.control('DELETE', '/writes');
    expect(await team.readWrites()).toEqual([]);
  });

  test('marks the same requests as writes in the log', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    await team.call('team/members/suspend', { user: byId('dbmid:ada') });
    await team.call('team/members/suspend', { user: byId('dbmid:ada') });
    const records = team.emulator.log.readRecords().filter(({ route }) => route.startsWith('/2/'));
    expect(records.map(({ status, wrote }) => [status, wrote])).toEqual([
      [200, true],
      [409, false],
    ]);
  });
});

describe('settings', () => {
  test('can be changed while the emulator runs, and unknown ones are refused', async () => {
    const team = await startTeam(smallTeam());
    const changed = await team.control('PUT', '/settings', { asyncAdd: 'always' });
    expect(changed.body).toMatchObject({ asyncAdd: 'always', jobPolls: 2 });
    const refused = await team.control('PUT', '/settings', { asyncAdds: 'always' });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain('asyncAdds');
  });
});

describe('saved state', () => {
  test('lets another emulator go on where the first one stopped', async () => {
    const first = await startTeam(smallTeam(), { asyncAdd: 'always', asyncEffectMs: 1_000 });
    await first.call('team/members/add_v2', {
      new_members: [{ member_email: 'new@example.com' }],
    });
    await first.call('team/members/remove', { user: byId('dbmid:bob'), wipe_data: false });
    const token = await first.renewToken();
    const saved: unknown = JSON.parse(JSON.stringify(first.emulator.saveState()));
    const second = createDropboxEmulator({ clock: createManualClock(), seed: 99 });
    second.loadState(saved);
    expect(second.saveState()).toEqual(first.emulator.saveState());
    second.clock.setOffsetMs?.(1_000);
    const answer = await second.handle({
      method: 'POST',
      url: '/2/team/members/list_v2',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"include_removed":true}',
    });
    const body = answer.kind === 'answer' ? answer.response.body : '';
    expect(body).toContain('new@example.com');
    expect(body).toContain('dbmid:bob');
    await second.handle({ method: 'GET', url: '/_control/team', headers: {}, body: '' });
  });

  test('is refused where it is damaged', () => {
    const emulator = createDropboxEmulator({ clock: createManualClock(), seed: 1 });
    expect(() => {
      emulator.loadState({ format: 1, name: 'dropbox', state: { team: 7 } });
    }).toThrow();
  });
});

describe('a large team', () => {
  test('is listed to the end and its groups are counted', async () => {
    const members = Array.from({ length: 6_000 }, (_, index) => ({
      ...person(`p${index}`),
      memberId: `dbmid:p${index}`,
      externalId: `x${index}`,
      isAdmin: index === 0,
    }));
    const groups = Array.from({ length: 20 }, (_, index) => ({
      groupId: `g:${index}`,
      name: `Group ${index}`,
      management: 'company_managed' as const,
      members: members
        .slice(index * 100, index * 100 + 3_000)
        .map(({ memberId }) => ({ memberId })),
    }));
    const document: TeamDocument = {
      team: { id: 'dbtid:Large', name: 'Large', licences: 30_000 },
      members,
      groups,
    };
    const team = await startTeam(document, { expiresInSeconds: 999_999 });
    const ids = new Set<string>();
    let page = await team.call('team/members/list_v2', { limit: 300 });
    let pages = 1;
    for (;;) {
      const { cursor, hasMore, found } = readPage(page.body);
      for (const id of found) ids.add(id);
      if (!hasMore) break;
      page = await team.call('team/members/list/continue_v2', { cursor });
      pages += 1;
    }
    expect(ids.size).toBe(6_000);
    expect(pages).toBeLessThan(30);
    const { body } = await team.call('team/groups/list', {});
    expect(JSON.stringify(body).match(/"member_count":3000/g)).toHaveLength(20);
  });
});

function readPage(body: unknown) {
  const text = JSON.stringify(body);
  return {
    cursor: /"cursor":"([^"]+)"/.exec(text)?.[1] ?? '',
    hasMore: text.endsWith('"has_more":true}'),
    found: Array.from(text.matchAll(/"team_member_id":"([^"]+)"/g), ([, id]) => id ?? ''),
  };
}
