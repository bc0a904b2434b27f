import { describe, expect, test } from 'vitest';

import { buildFault } from '../wire/fault-list.ts';
import {
  appId,
  createProbe,
  group,
  guid,
  range,
  roleId,
  tenant,
  user,
  type GraphProbe,
} from './graph-probe.ts';

const stream = '/users/delta?$select=id,displayName';
const members = `/groups/${guid(0xa0000)}/members?$top=100&$select=id`;
const assigned = `/servicePrincipals(appId='${appId}')/appRoleAssignedTo?$top=100`;

function createPeople(settings: Parameters<typeof createProbe>[0] = {}): GraphProbe {
  const probe = createProbe(settings);
  const people = range(1, 450);
  probe.emulator.directory.load(
    tenant(
      people.map((number) => user(number)),
      [group(0xa0000, people)],
      people.map((number) => ({
        principalId: guid(number),
        principalType: 'User',
        appRoleId: roleId,
      })),
    ),
  );
  return probe;
}

function strike({ emulator }: GraphProbe, route: string, name: string, nth = 1): void {
  emulator.faults.add(buildFault({ route, nth }, { kind: 'special', name }));
}

describe('the token', () => {
  test.each([
    ['is missing', { authorization: '' }],
    ['is another', { authorization: 'Bearer other' }],
  ])('is refused where it %s', async (_, headers) => {
    const answer = await createPeople().get(stream, headers);
    expect(answer.status).toBe(401);
    expect(answer.body.error?.code).toBe('InvalidAuthenticationToken');
    expect(answer.headers['www-authenticate']).toContain('Bearer');
  });

  test('is refused once it has expired', async () => {
    const { get, emulator, clock } = createPeople();
    emulator.settings.change({ accessTokenExpiresAt: clock.now() + 1000 });
    expect((await get(stream)).status).toBe(200);
    await clock.sleep(1000);
    expect((await get(stream)).status).toBe(401);
    emulator.settings.change({ accessTokenExpiresAt: null, accessToken: 'fresh' });
    expect((await get(stream, { authorization: 'Bearer fresh' })).status).toBe(200);
  });

  test.each([
    [stream, 'User.Read.All'],
    ['/groups/delta', 'GroupMember.Read.All'],
    [members, 'GroupMember.Read.All'],
    [assigned, 'Application.Read.All'],
    [`/users/${guid(1)}`, 'User.Read.All'],
    [`/groups/${guid(0xa0000)}`, 'GroupMember.Read.All'],
  ])('for %s needs %s', async (path, permission) => {
    const { get, emulator } = createPeople();
    expect((await get(path)).status).toBe(200);
    const { permissions } = emulator.settings.read();
    emulator.settings.change({ permissions: permissions.filter((name) => name !== permission) });
    const answer = await get(path);
    expect(answer.status).toBe(403);
    expect(answer.body.error?.code).toBe('Authorization_RequestDenied');
  });
});

test('names the request in headers and errors, with the id that the client gave', async () => {
  const { get } = createPeople();
  const good = await get(stream, { 'client-request-id': 'mine' });
  expect(good.headers['client-request-id']).toBe('mine');
  const bad = await get(`/users/${guid(999)}`, { 'client-request-id': 'mine' });
  expect(bad.body.error?.innerError).toMatchObject({
    'client-request-id': 'mine',
    'request-id': bad.headers['request-id'],
  });
  expect(bad.headers['request-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u);
  expect(bad.headers['request-id']).not.toBe(good.headers['request-id']);
});

describe('throttling', () => {
  test('counts resource units: base, less with a selection and with a small page', async () => {
    const { get } = createPeople();
    const units = async (path: string) => (await get(path)).headers['x-ms-resource-unit'];
    expect(await units('/users/delta')).toBe('2');
    expect(await units(stream)).toBe('1');
    expect(await units(`/groups/${guid(0xa0000)}/members`)).toBe('3');
    expect(await units(members)).toBe('2');
    expect(await units(`/groups/${guid(0xa0000)}/transitiveMembers?$top=5&$select=id`)).toBe('3');
    expect(await units(assigned)).toBe('1');
  });

  test('refuses only the excess, with a fractional Retry-After that is long enough', async () => {
    const { get, clock } = createPeople({ resourceUnitsPer10s: 7, throttledRequestUnits: 0 });
    const statuses = [];
    for (let call = 0; call < 9; call += 1) statuses.push((await get(stream)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 200, 429, 429]);
    const refused = await get(stream);
    expect(refused.headers).toMatchObject({
      'retry-after': '1.429',
      'x-ms-throttle-information': 'ResourceUnitLimitExceeded',
    });
    expect(refused.headers['x-ms-throttle-scope']).toMatch(/^Tenant_Application\/ReadWrite\//u);
    expect(refused.body.error?.code).toBe('TooManyRequests');
    await clock.sleep(1429);
    expect((await get(stream)).status).toBe(200);
    expect((await get(stream)).status).toBe(429);
  });

  test('goes on counting while it refuses', async () => {
    const { get } = createPeople({ resourceUnitsPer10s: 5 });
    for (let call = 0; call < 6; call += 1) await get(stream);
    const first = Number((await get(stream)).headers['retry-after']);
    const later = Number((await get(stream)).headers['retry-after']);
    expect(later).toBeGreaterThan(first);
  });

  test('charges answers that somebody is unknown, but not malformed or forbidden questions', async () => {
    const { get, emulator } = createPeople({ resourceUnitsPer10s: 2 });
    const [bad, unknown] = ['/users/nonsense', `/users/${guid(999)}?$select=id`];
    for (let call = 0; call < 3; call += 1) expect((await get(bad)).status).toBe(400);
    expect((await get(unknown)).status).toBe(404);
    expect((await get(unknown)).status).toBe(404);
    expect((await get(unknown)).status).toBe(429);
    emulator.settings.change({ resourceUnitsPer10s: 4, chargeRefusals: true });
    expect((await get(`${bad}?$select=id`)).status).toBe(400);
    expect((await get(`${bad}?$select=id`)).status).toBe(429);
  });

  test('refuses low priority first', async () => {
    const { get } = createPeople({ resourceUnitsPer10s: 10, lowPriorityReserve: 0.5 });
    for (let call = 0; call < 5; call += 1) await get(stream);
    expect((await get(stream, { 'x-ms-throttle-priority': 'low' })).status).toBe(429);
    expect((await get(stream)).status).toBe(200);
  });

  test('counts questions about people as writes', async () => {
    const { post } = createPeople({ writesPer150s: 2 });
    const ask = () => post(`/users/${guid(1)}/checkMemberGroups`, { groupIds: [] });
    await ask();
    await ask();
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(refused.headers['x-ms-throttle-information']).toBe('WriteLimitExceeded');
  });
});

describe('special faults', () => {
  const lists = [
    ['/users/delta', stream],
    ['/groups/{id}/members', members],
    ["/servicePrincipals(appId='{appId}')/appRoleAssignedTo", assigned],
  ] as const;

  test.each(lists)('emptyPage ends %s with nothing', async (route, path) => {
    const probe = createPeople();
    strike(probe, route, 'emptyPage');
    const answer = await probe.get(path);
    expect([answer.status, answer.items, answer.nextLink]).toEqual([200, [], undefined]);
    expect((await probe.get(path)).items.length).toBeGreaterThan(0);
  });

  test.each(lists)('lostPage of %s leaves out a page and nobody can tell', async (route, path) => {
    const probe = createPeople();
    const whole = (await probe.drain(path)).items.length;
    strike(probe, route, 'lostPage', 2);
    const partial = (await probe.drain(path)).items.length;
    expect(whole - partial).toBe(route === '/users/delta' ? 200 : 100);
  });

  test.each(lists)('repeatPage of %s gives a page twice', async (route, path) => {
    const probe = createPeople();
    strike(probe, route, 'repeatPage', 2);
    const round = await probe.drain(path);
    expect(round.items.length).toBeGreaterThan(450);
    expect(new Set(round.items.map(({ id }) => id)).size).toBe(450);
  });

  test.each(lists)('selfLink of %s never ends', async (route, path) => {
    const probe = createPeople();
    strike(probe, route, 'selfLink', 2);
    const first = await probe.get(path);
    const second = await probe.get(first.nextLink ?? '');
    const third = await probe.get(second.nextLink ?? '');
    expect(third.nextLink).toBe(second.nextLink);
    expect(third.ids).toEqual(second.ids);
    expect((await probe.get(third.nextLink ?? '')).nextLink).toBe(third.nextLink);
  });

  test.each(lists)('lostRest ends %s after the page it strikes', async (route, path) => {
    const probe = createPeople();
    const pages = (await probe.drain(path)).pages.length;
    strike(probe, route, 'lostRest', 2);
    const partial = await probe.drain(path);
    expect(pages).toBeGreaterThan(2);
    expect(partial.pages).toHaveLength(2);
    if (route !== '/users/delta') return;
    const later = await probe.drain(partial.deltaLink);
    expect(later.items).toEqual([]);
  });

  test.each(lists)('expiredPage refuses a page of %s, not the first one', async (route, path) => {
    const probe = createPeople();
    probe.emulator.faults.add(
      buildFault({ route, every: 1 }, { kind: 'special', name: 'expiredPage' }),
    );
    const first = await probe.get(path);
    expect(first.status).toBe(200);
    const second = await probe.get(first.nextLink ?? '');
    expect([second.status, second.body.error?.code]).toEqual([400, 'Directory_ExpiredPageToken']);
    probe.emulator.faults.clear();
    expect((await probe.get(first.nextLink ?? '')).status).toBe(200);
  });

  test('lists that lost something do not count it', async () => {
    const probe = createPeople();
    const route = '/groups/{id}/members/microsoft.graph.user';
    const path = `/groups/${guid(0xa0000)}/members/microsoft.graph.user?$count=true&$top=100`;
    const count = async (name: string) => {
      strike(probe, route, name);
      const answer = await probe.get(path, { consistencylevel: 'eventual' });
      probe.emulator.faults.clear();
      return [answer.items.length, answer.body['@odata.count']];
    };
    expect(await count('emptyPage')).toEqual([0, 0]);
    expect(await count('lostRest')).toEqual([100, 100]);
  });

  test('a fault of one object strikes only requests about it, for ever', async () => {
    const probe = createPeople();
    probe.emulator.directory.apply([{ op: 'addGroup', group: group(0xa0001, [1]) }]);
    const route = '/groups/{id}/members';
    probe.emulator.faults.add(
      buildFault({ route, only: guid(0xa0001), every: 1 }, { kind: 'status', status: 503 }),
    );
    for (let round = 0; round < 3; round += 1) {
      expect((await probe.get(members)).status).toBe(200);
      expect((await probe.get(`/groups/${guid(0xa0001)}/members`)).status).toBe(503);
    }
  });

  test.each(lists)('dropItems of %s leaves out every other item', async (route, path) => {
    const probe = createPeople();
    const full = (await probe.get(path)).items.length;
    strike(probe, route, 'dropItems');
    expect((await probe.get(path)).items).toHaveLength(full / 2);
  });

  test('blankUsers shows ids and nulls', async () => {
    const probe = createPeople();
    strike(probe, '/users/delta', 'blankUsers');
    const { items } = await probe.get(stream);
    expect(items[0]).toEqual({ id: items[0]?.['id'], displayName: null });
    strike(probe, '/users/{id}', 'blankUsers');
    const { body } = await probe.get(`/users/${guid(1)}?$select=id,accountEnabled`);
    expect(body).toMatchObject({ id: guid(1), accountEnabled: null });
    const path = '/users?$select=id,accountEnabled,userPrincipalName';
    strike(probe, '/users', 'blankUsers');
    expect((await probe.get(path)).items[0]).toMatchObject({
      accountEnabled: null,
      userPrincipalName: null,
    });
  });
});
