import { describe, expect, test } from 'vitest';

import { createProbe, group, guid, range, tenant, user } from './graph-probe.ts';

const design = guid(0xa0000);
const cast = `/groups/${design}/members/microsoft.graph.user`;
const eventual = { consistencylevel: 'eventual' };
const inner = { id: guid(0xa0001), kind: 'group' } as const;
const device = { id: guid(0xd0), kind: 'device' } as const;
const service = { id: guid(0xd1), kind: 'servicePrincipal' } as const;

function createDesign(settings: Parameters<typeof createProbe>[0] = {}) {
  const probe = createProbe(settings);
  probe.emulator.directory.load(
    tenant(
      [user(1, { department: 'Sales' }), user(2, { deleted: 'soft' }), user(3)],
      [group(0xa0000, [1, 2, inner, device, service]), group(0xa0001, [3, 1])],
    ),
  );
  return probe;
}

describe('direct members', () => {
  test('come mixed, with types, without soft-deleted people and service principals', async () => {
    const { get } = createDesign();
    const { items } = await get(`/groups/${design}/members?$select=id,displayName,department`);
    expect(items).toEqual([
      {
        '@odata.type': '#microsoft.graph.user',
        id: guid(1),
        displayName: 'User 1',
        department: 'Sales',
      },
      { '@odata.type': '#microsoft.graph.group', id: guid(0xa0001), displayName: 'Group 655361' },
      { '@odata.type': '#microsoft.graph.device', id: guid(0xd0), displayName: null },
    ]);
  });

  test('cast to users carry every selected property, null where there was none', async () => {
    const { get } = createDesign();
    const answer = await get(`${cast}?$count=true&$select=id,jobTitle,businessPhones`, eventual);
    expect(answer.items).toEqual([{ id: guid(1), jobTitle: null, businessPhones: [] }]);
    expect(answer.body['@odata.count']).toBe(1);
  });

  test.each([
    ['without the header', `${cast}?$count=true`, {}],
    ['without the count', cast, eventual],
  ])('cast %s is refused', async (_, path, headers) => {
    const answer = await createDesign().get(path, headers);
    expect(answer.status).toBe(400);
    expect(answer.body.error?.code).toBe('Request_UnsupportedQuery');
  });

  test('need the header on each page of a cast, and count on the first only', async () => {
    const { emulator, get } = createProbe();
    const people = range(1, 5);
    emulator.directory.load(
      tenant(
        people.map((number) => user(number)),
        [group(0xa0000, people)],
      ),
    );
    const first = await get(`${cast}?$count=true&$select=id&$top=3`, eventual);
    expect(first.body['@odata.count']).toBe(5);
    expect((await get(first.nextLink ?? '')).status).toBe(400);
    const second = await get(first.nextLink ?? '', eventual);
    expect(second.ids).toEqual([guid(4), guid(5)]);
    expect(second.body['@odata.count']).toBeUndefined();
    expect(second.nextLink).toBeUndefined();
  });

  test('come in pages of 100, of up to 999 by $top, and not of 1000', async () => {
    const { emulator, get, drain } = createProbe();
    const people = range(1, 1200);
    emulator.directory.load(
      tenant(
        people.map((number) => user(number)),
        [group(0xa0000, people)],
      ),
    );
    const path = `/groups/${design}/members`;
    expect((await get(path)).items).toHaveLength(100);
    const round = await drain(`${path}?$top=999&$select=id`);
    expect(round.pages.map(({ items }) => items.length)).toEqual([999, 201]);
    expect(round.ids).toEqual(people.map(guid));
    expect((await get(`${path}?$top=1000`)).status).toBe(400);
    emulator.settings.change({ topOverMaximum: 'clamp' });
    expect((await get(`${path}?$top=1000`)).items).toHaveLength(999);
  });

  test('come with an id and nulls where the token may not read users', async () => {
    const { get } = createDesign({ permissions: ['GroupMember.Read.All'] });
    const { items } = await get(`${cast}?$count=true&$select=id,accountEnabled`, eventual);
    expect(items).toEqual([
      { '@odata.type': '#microsoft.graph.user', id: guid(1), accountEnabled: null },
    ]);
  });

  test('of an unknown or deleted group are 404', async () => {
    const { get, emulator } = createDesign();
    expect((await get(`/groups/${guid(0xa000f)}/members`)).status).toBe(404);
    emulator.directory.apply([{ op: 'deleteGroup', id: design, soft: true }]);
    const answer = await get(`/groups/${design}/members`);
    expect(answer.body.error?.code).toBe('Request_ResourceNotFound');
  });

  test('that are hidden are forbidden, or simply missing by setting', async () => {
    const { emulator, get } = createProbe();
    const hidden = group(0xa0000, [1], { visibility: 'HiddenMembership' });
    emulator.directory.load(tenant([user(1)], [hidden]));
    expect((await get(`/groups/${design}/members`)).status).toBe(403);
    emulator.settings.change({ hiddenMembership: 'empty' });
    expect((await get(`/groups/${design}/members`)).items).toEqual([]);
  });
});

describe('transitive members', () => {
  test('name everybody below once, and survive groups in circles', async () => {
    const { emulator, drain } = createDesign();
    emulator.directory.apply([{ op: 'addMember', groupId: guid(0xa0001), memberId: design }]);
    const path = `/groups/${design}/transitiveMembers`;
    expect((await drain(path)).ids).toEqual([guid(1), guid(3), guid(0xd0), guid(0xa0001)]);
    const people = await drain(`${path}/microsoft.graph.user?$count=true`, eventual);
    expect(people.ids).toEqual([guid(1), guid(3)]);
  });
});

describe('checkMemberGroups', () => {
  const check = `/users/${guid(3)}/checkMemberGroups`;

  test('says yes for a nested group, and nothing for groups that are unknown or not the person’s', async () => {
    const { post, emulator } = createDesign();
    emulator.directory.apply([{ op: 'addGroup', group: group(0xa0002, [1]) }]);
    const groupIds = [design, guid(0xa0001), guid(0xa0002), guid(0xa000f)];
    const { body } = await post(check, { groupIds });
    expect(new Set(body.value)).toEqual(new Set([design, guid(0xa0001)]));
  });

  test('is 404 for somebody unknown or soft-deleted', async () => {
    const { post } = createDesign();
    for (const number of [2, 99]) {
      const path = `/users/${guid(number)}/checkMemberGroups`;
      expect((await post(path, { groupIds: [design] })).status).toBe(404);
    }
  });

  test('takes at most 20 ids', async () => {
    const { post } = createDesign();
    const groupIds = range(1, 21).map(guid);
    expect((await post(check, { groupIds: groupIds.slice(1) })).status).toBe(200);
    expect((await post(check, { groupIds })).status).toBe(400);
  });

  test.each(['User.Read.All', 'GroupMember.Read.All'])('needs more than %s', async (only) => {
    const { post } = createDesign({ permissions: [only] });
    expect((await post(check, { groupIds: [] })).status).toBe(403);
  });

  test('says nothing of a group that is deleted, nor of those above it', async () => {
    const { post, emulator } = createDesign();
    emulator.directory.apply([{ op: 'deleteGroup', id: guid(0xa0001) }]);
    const { body } = await post(check, { groupIds: [design, guid(0xa0001)] });
    expect(body.value).toEqual([]);
  });

  test('names a group that hides its members only to who may see them, or by the setting', async () => {
    const { post, emulator } = createDesign();
    const hidden = guid(0xa0002);
    emulator.directory.apply([
      { op: 'addGroup', group: group(0xa0002, [3], { visibility: 'HiddenMembership' }) },
    ]);
    const ask = async () => (await post(check, { groupIds: [hidden] })).body.value;
    expect(await ask()).toEqual([]);
    emulator.settings.change({ checkMemberGroupsNamesHidden: true });
    expect(await ask()).toEqual([hidden]);
    const { permissions } = emulator.settings.read();
    emulator.settings.change({
      checkMemberGroupsNamesHidden: false,
      permissions: [...permissions, 'Member.Read.Hidden'],
    });
    expect(await ask()).toEqual([hidden]);
  });
});
