import { describe, expect, test } from 'vitest';

import { createProbe, group, guid, range, sortIds, tenant, user } from './graph-probe.ts';

function idFilter(numbers: readonly number[]): string {
  const ids = numbers.map((number) => `'${guid(number)}'`).join(',');
  return `$filter=${encodeURIComponent(`id in (${ids})`)}`;
}

function createPeople(settings: Parameters<typeof createProbe>[0] = {}) {
  const probe = createProbe(settings);
  const people = [...range(1, 20).map((number) => user(number)), user(21, { deleted: 'soft' })];
  probe.emulator.directory.load(tenant(people, [group(0xa0000, [1])]));
  return probe;
}

describe('users and groups by a list of ids', () => {
  test('leave out unknown and soft-deleted ids, in another order', async () => {
    const { get } = createPeople();
    const asked = [1, 2, 3, 4, 5, 6, 7, 8, 21, 99];
    const answer = await get(`/users?${idFilter(asked)}&$select=id,accountEnabled,department`);
    expect(sortIds(answer.ids)).toEqual(range(1, 8).map(guid));
    expect(answer.ids).not.toEqual(range(1, 8).map(guid));
    expect(answer.items).toContainEqual({ id: guid(1), accountEnabled: true, department: null });
    expect(answer.nextLink).toBeUndefined();
  });

  test('take at most 15 ids', async () => {
    const { get } = createPeople();
    expect((await get(`/users?${idFilter(range(1, 15))}`)).items).toHaveLength(15);
    const answer = await get(`/users?${idFilter(range(1, 16))}`);
    expect(answer.status).toBe(400);
    expect(answer.body.error?.code).toBe('Request_UnsupportedQuery');
  });

  test('find groups', async () => {
    const { get } = createPeople();
    const answer = await get(`/groups?${idFilter([0xa0000, 0xa0009])}&$select=id,displayName`);
    expect(answer.items).toEqual([{ id: guid(0xa0000), displayName: 'Group 655360' }]);
  });
});

describe('one object', () => {
  test('has null where a selected property was never set', async () => {
    const { get } = createPeople();
    const { body } = await get(`/users/${guid(1)}?$select=id,accountEnabled,employeeId`);
    expect(body).toMatchObject({ id: guid(1), accountEnabled: true, employeeId: null });
    expect((await get(`/groups/${guid(0xa0000)}?$select=displayName`)).body).toMatchObject({
      displayName: 'Group 655360',
    });
  });

  test('is 404 where it is unknown or soft-deleted, and found by user principal name', async () => {
    const { get } = createPeople();
    expect((await get(`/users/${guid(21)}`)).status).toBe(404);
    expect((await get(`/users/${guid(99)}`)).body.error?.code).toBe('Request_ResourceNotFound');
    expect((await get(`/groups/${guid(1)}`)).status).toBe(404);
    expect((await get('/users/User3@example.com')).body['id']).toBe(guid(3));
    expect((await get('/users/nonsense')).status).toBe(400);
  });

  test.each(['employeeLeaveDateTime', 'signInActivity', 'customSecurityAttributes'])(
    'needs another permission for %s',
    async (name) => {
      const { get } = createPeople();
      expect((await get(`/users/${guid(1)}?$select=id,${name}`)).status).toBe(403);
    },
  );
});

test('the list of users goes over pages', async () => {
  const { drain } = createPeople();
  const round = await drain('/users?$select=id,displayName&$top=8');
  expect(round.pages.map(({ items }) => items.length)).toEqual([8, 8, 4]);
  expect(round.ids).toEqual(range(1, 20).map(guid));
});

describe('getByIds', () => {
  const path = '/directoryObjects/getByIds?$select=id,displayName';

  test('wants Directory.Read.All, or by setting shows what the permissions cover', async () => {
    const { post, emulator } = createPeople();
    const body = { ids: [guid(1), guid(21), guid(99), guid(0xa0000)], types: ['user', 'group'] };
    expect((await post(path, body)).status).toBe(403);
    emulator.settings.change({ getByIdsWithoutDirectoryRead: 'limited' });
    const { items } = await post(path, body);
    expect(items).toHaveLength(2);
    expect(items).toContainEqual({
      '@odata.type': '#microsoft.graph.user',
      id: guid(1),
      displayName: 'User 1',
    });
    emulator.settings.change({ permissions: ['GroupMember.Read.All'] });
    expect((await post(path, { ...body, types: ['user'] })).items).toEqual([
      { '@odata.type': '#microsoft.graph.user', id: guid(1), displayName: null },
    ]);
  });

  test('takes at most 1000 ids', async () => {
    const { post } = createPeople({ permissions: ['Directory.Read.All'] });
    const ids = range(1, 1001).map(guid);
    expect((await post(path, { ids, types: ['user'] })).status).toBe(400);
    const answer = await post(path, { ids: ids.slice(1), types: ['user'] });
    expect(answer.items).toHaveLength(19);
    expect(answer.headers['x-ms-resource-unit']).toBe('2');
  });
});
