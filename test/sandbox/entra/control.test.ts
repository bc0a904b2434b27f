import { describe, expect, test } from 'vitest';

import { createProbe, group, guid, roleId, tenant, user } from './graph-probe.ts';
import { createEntraEmulator } from './entra-emulator.ts';

const directory = tenant(
  [user(1), user(2, { deleted: 'soft', department: null })],
  [group(0xa0000, [1, { id: guid(0xd1), kind: 'device' }], { groupTypes: ['Unified'] })],
  [{ principalId: guid(1), principalType: 'User', appRoleId: roleId }],
);

async function control(
  emulator: ReturnType<typeof createProbe>['emulator'],
  method: string,
  path: string,
  body?: unknown,
) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const result = await emulator.handle({
    method,
    url: `/_control${path}`,
    headers: {},
    body: text,
  });
  if (result.kind === 'reset') throw new Error('the connection broke');
  const parsed: unknown = result.response.body === '' ? '' : JSON.parse(result.response.body);
  return { status: result.response.status, body: parsed };
}

describe('the directory', () => {
  test('comes back as it was loaded', async () => {
    const { emulator } = createProbe();
    expect((await control(emulator, 'PUT', '/directory', directory)).status).toBe(204);
    expect((await control(emulator, 'GET', '/directory')).body).toEqual(directory);
  });

  test.each([
    ['users.0.id', { ...directory, users: [{ id: 'me' }] }],
    ['users.1.id', { ...directory, users: [user(1), user(1)], assignments: [] }],
    ['groups.0.members.0.id', { ...directory, groups: [group(0xa0000, [9])] }],
    ['groups.0.members.1.id', { ...directory, groups: [group(0xa0000, [1, 1])] }],
    ['assignments.0.principalId', { ...directory, users: [], groups: [] }],
    ['color', { ...directory, color: 'red' }],
    ['app.appRoles', { ...directory, app: { ...directory.app, appRoles: 7 } }],
  ])('names %s where it is wrong and stays as it was', async (place, wrong) => {
    const { emulator } = createProbe();
    emulator.directory.load(directory);
    const refused = await control(emulator, 'PUT', '/directory', wrong);
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain(place);
    expect(emulator.directory.read()).toEqual(directory);
  });
});

describe('changes', () => {
  test('are applied in order', async () => {
    const { emulator } = createProbe();
    emulator.directory.load(directory);
    const answer = await control(emulator, 'POST', '/changes', [
      { op: 'addUser', user: user(3) },
      { op: 'addGroup', group: group(0xa0001, [3]) },
      { op: 'addMember', groupId: guid(0xa0000), memberId: guid(0xa0001) },
      { op: 'removeMember', groupId: guid(0xa0000), memberId: guid(0xd1) },
      { op: 'restoreUser', id: guid(2) },
      { op: 'updateUser', id: guid(2), set: { department: 'Sales' } },
      { op: 'hardDeleteUser', id: guid(1) },
      { op: 'assign', principalId: guid(0xa0001) },
      { op: 'setRole', id: roleId, isEnabled: false },
    ]);
    expect(answer).toEqual({ status: 200, body: { applied: 9 } });
    expect(emulator.directory.read()).toEqual({
      ...directory,
      users: [user(2, { department: 'Sales' }), user(3)],
      groups: [
        {
          ...group(0xa0000, [], { groupTypes: ['Unified'] }),
          members: [{ id: guid(0xa0001), kind: 'group' }],
        },
        group(0xa0001, [3]),
      ],
      app: {
        ...directory.app,
        appRoles: [{ id: roleId, displayName: 'User', value: 'User', isEnabled: false }],
      },
      assignments: [{ principalId: guid(0xa0001), principalType: 'Group', appRoleId: roleId }],
    });
  });

  test.each([
    ['1.id', { op: 'updateUser', id: guid(9), set: {} }],
    ['1.id', { op: 'restoreUser', id: guid(1) }],
    ['1.set', { op: 'updateUser', id: guid(1), set: { id: guid(9) } }],
    ['1.memberId', { op: 'addMember', groupId: guid(0xa0000), memberId: guid(9) }],
    ['1.memberId', { op: 'removeMember', groupId: guid(0xa0000), memberId: guid(9) }],
    ['1.kind', { op: 'addMember', groupId: guid(0xa0000), memberId: guid(1), kind: 'group' }],
    ['1.appRoleId', { op: 'assign', principalId: guid(1), appRoleId: guid(9) }],
    ['1.principalId', { op: 'unassign', principalId: guid(2) }],
    ['1.displayName', { op: 'setRole', id: guid(9) }],
    ['1.user.id', { op: 'addUser', user: user(1) }],
    ['1.op', { op: 'promoteUser', id: guid(1) }],
  ])('name %s where it is wrong, and then none is applied', async (place, wrong) => {
    const { emulator, get } = createProbe();
    emulator.directory.load(directory);
    const { deltaLink = '' } = await get('/users/delta?$deltatoken=latest');
    const refused = await control(emulator, 'POST', '/changes', [
      { op: 'addUser', user: user(3) },
      wrong,
    ]);
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain(`${place}:`);
    expect(emulator.directory.read()).toEqual(directory);
    expect((await get(deltaLink)).items).toEqual([]);
  });

  test('that are refused half way take back edges, assignments and roles, too', async () => {
    const { emulator } = createProbe();
    emulator.directory.load(directory);
    const refused = await control(emulator, 'POST', '/changes', [
      { op: 'addGroup', group: group(0xa0001, [1]) },
      { op: 'removeMember', groupId: guid(0xa0000), memberId: guid(1) },
      { op: 'assign', principalId: guid(0xa0001) },
      { op: 'setRole', id: roleId, isEnabled: false },
      { op: 'hardDeleteUser', id: guid(1) },
      { op: 'deleteGroup', id: guid(9) },
    ]);
    expect(refused.status).toBe(400);
    expect(emulator.directory.read()).toEqual(directory);
  });
});

test('links expire on command', async () => {
  const { emulator, get } = createProbe();
  emulator.directory.load(directory);
  const { deltaLink = '' } = await get('/users/delta');
  await control(emulator, 'POST', '/expire', { links: 'delta' });
  expect((await get(deltaLink)).status).toBe(410);
  expect((await control(emulator, 'POST', '/expire', { links: 'all' })).status).toBe(400);
});

test('a second emulator goes on from the saved state, its links included', async () => {
  const first = createProbe();
  first.emulator.directory.load(directory);
  first.emulator.directory.apply([{ op: 'updateUser', id: guid(1), set: { department: 'A' } }]);
  const { deltaLink = '' } = await first.get('/users/delta?$select=id,department');
  first.emulator.directory.apply([
    { op: 'updateUser', id: guid(1), set: { department: 'B' } },
    { op: 'removeMember', groupId: guid(0xa0000), memberId: guid(1) },
  ]);
  const saved: unknown = JSON.parse(JSON.stringify(first.emulator.saveState()));
  const second = createEntraEmulator({ clock: first.clock, seed: 99 });
  second.loadState(saved);
  expect(second.directory.read()).toEqual(first.emulator.directory.read());
  const result = await second.handle({
    method: 'GET',
    url: deltaLink.replace('http://entra.sandbox', ''),
    headers: { authorization: 'Bearer sandbox-token' },
    body: '',
  });
  expect(result).toMatchObject({ kind: 'answer', response: { status: 200 } });
  expect(JSON.stringify(result)).toContain('\\"department\\":\\"B\\"');
});

async function runOnce(): Promise<unknown> {
  const { emulator, drain } = createProbe({ shortPageChance: 0.3 });
  emulator.directory.load(directory);
  return (await drain('/users/delta')).pages.map(({ headers, body }) => [headers, body]);
}

test('the same seed and requests give the same answers', async () => {
  expect(await runOnce()).toEqual(await runOnce());
});

test('names a route that it does not have', async () => {
  const { emulator } = createProbe();
  const result = await emulator.handle({
    method: 'GET',
    url: '/v1.0/subscriptions',
    headers: { authorization: 'Bearer sandbox-token' },
    body: '',
  });
  expect(result).toMatchObject({ kind: 'answer', response: { status: 501 } });
  expect(JSON.stringify(result)).toContain('/v1.0/subscriptions');
});
