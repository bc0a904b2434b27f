import { expect, test } from 'vitest';

import { buildFault } from '../wire/fault-list.ts';
import { appId, createProbe, group, guid, roleId, tenant, user } from './graph-probe.ts';

const design = guid(0xa0000);
const eventual = { consistencylevel: 'eventual' };

test('a change is seen only after its delay, and not lost for a link that was read before', async () => {
  const { emulator, get, clock } = createProbe({ visibilityDelayMs: 5000 });
  emulator.directory.load(tenant([user(1)]));
  const { deltaLink = '' } = await get('/users/delta?$select=displayName&$deltatoken=latest');
  emulator.directory.apply([{ op: 'updateUser', id: guid(1), set: { displayName: 'Ada' } }]);
  const early = await get(deltaLink);
  expect(early.items).toEqual([]);
  expect((await get(`/users/${guid(1)}`)).body['displayName']).toBe('User 1');
  await clock.sleep(5000);
  expect((await get(early.deltaLink ?? '')).items).toMatchObject([{ displayName: 'Ada' }]);
  expect((await get(`/users/${guid(1)}`)).body['displayName']).toBe('Ada');
});

test('changes become visible one after the other where each takes its own time', async () => {
  const { emulator, get, clock } = createProbe({ visibilityJitterMs: 1000 });
  emulator.directory.load(tenant([user(1)]));
  const names = Array.from({ length: 20 }, (_, index) => `Name ${index}`);
  for (const displayName of names) {
    emulator.directory.apply([{ op: 'updateUser', id: guid(1), set: { displayName } }]);
    await clock.sleep(200);
  }
  const seen: unknown[] = [];
  for (let step = 0; step < 50; step += 1) {
    seen.push((await get(`/users/${guid(1)}`)).body['displayName']);
    await clock.sleep(50);
  }
  const order = [...new Set(seen)].map((name) => names.indexOf(String(name)));
  expect(order).toEqual(order.toSorted((left, right) => left - right));
  expect(seen.at(-1)).toBe('Name 19');
});

test('a later read can miss what an earlier one saw where one of two replicas lags', async () => {
  const { emulator, get, clock } = createProbe({ replicaLagMs: 60_000 });
  emulator.directory.load(tenant([user(1)]));
  emulator.directory.apply([{ op: 'updateUser', id: guid(1), set: { displayName: 'Ada' } }]);
  const seen: unknown[] = [];
  for (let step = 0; step < 20; step += 1) {
    seen.push((await get(`/users/${guid(1)}`)).body['displayName']);
  }
  expect(seen.slice(seen.indexOf('Ada'))).toContain('User 1');
  await clock.sleep(60_000);
  expect((await get(`/users/${guid(1)}`)).body['displayName']).toBe('Ada');
});

test('assignments, casts and membership checks lag on their own', async () => {
  const { emulator, get, post, clock } = createProbe({
    assignmentLagMs: 1000,
    advancedQueryLagMs: 2000,
    checkMemberGroupsLagMs: 3000,
  });
  emulator.directory.load(tenant([user(1)], [group(0xa0000)]));
  emulator.directory.apply([
    { op: 'assign', principalId: guid(1), appRoleId: roleId },
    { op: 'addMember', groupId: design, memberId: guid(1) },
  ]);
  const look = async () => {
    const assigned = await get(`/servicePrincipals(appId='${appId}')/appRoleAssignedTo`);
    const mixed = await get(`/groups/${design}/members`);
    const cast = await get(`/groups/${design}/members/microsoft.graph.user?$count=true`, eventual);
    const check = await post(`/users/${guid(1)}/checkMemberGroups`, { groupIds: [design] });
    return [assigned.items, mixed.items, cast.items, check.body.value ?? []].map(
      ({ length }) => length,
    );
  };
  expect(await look()).toEqual([0, 1, 0, 0]);
  await clock.sleep(1000);
  expect(await look()).toEqual([1, 1, 0, 0]);
  await clock.sleep(1000);
  expect(await look()).toEqual([1, 1, 1, 0]);
  await clock.sleep(1000);
  expect(await look()).toEqual([1, 1, 1, 1]);
});

test('a stale replica answers every kind of question as of an earlier time, once', async () => {
  const { emulator, get, post, clock } = createProbe({ staleReplicaMs: 5000 });
  emulator.directory.load(tenant([user(1)], [group(0xa0000)]));
  const { deltaLink = '' } = await get('/groups/delta?$select=members&$deltatoken=latest');
  emulator.directory.apply([
    { op: 'assign', principalId: guid(1), appRoleId: roleId },
    { op: 'addMember', groupId: design, memberId: guid(1) },
    { op: 'updateUser', id: guid(1), set: { displayName: 'Ada' } },
  ]);
  const look = async () => {
    const assigned = await get(`/servicePrincipals(appId='${appId}')/appRoleAssignedTo`);
    const cast = await get(`/groups/${design}/members/microsoft.graph.user?$count=true`, eventual);
    const check = await post(`/users/${guid(1)}/checkMemberGroups`, { groupIds: [design] });
    const stream = await get(deltaLink);
    const record = await get(`/users/${guid(1)}`);
    const lengths = [assigned.items, cast.items, check.body.value ?? [], stream.items].map(
      ({ length }) => length,
    );
    return [...lengths, record.body['displayName']];
  };
  const strike = () =>
    emulator.faults.add(
      buildFault({ route: '*', times: 5 }, { kind: 'special', name: 'staleReplica' }),
    );
  strike();
  expect(await look()).toEqual([0, 0, 0, 0, 'User 1']);
  expect(await look()).toEqual([1, 1, 1, 1, 'Ada']);
  await clock.sleep(5000);
  strike();
  expect(await look()).toEqual([1, 1, 1, 1, 'Ada']);
});
