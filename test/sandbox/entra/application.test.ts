import { describe, expect, test } from 'vitest';

import {
  appId,
  createProbe,
  group,
  guid,
  range,
  roleId,
  servicePrincipalId,
  tenant,
  user,
} from './graph-probe.ts';
import { defaultAccessRoleId } from './directory-types.ts';

const byAppId = `/servicePrincipals(appId='${appId}')`;
const assigned = `${byAppId}/appRoleAssignedTo`;

describe('the service principal', () => {
  test('is found by its app id, by its id and by a filter', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([]));
    const select = '$select=id,appId,displayName,appRoles';
    const whole = await get(`${byAppId}?${select}`);
    expect(whole.body).toMatchObject({
      id: servicePrincipalId,
      appRoles: [
        {
          id: roleId,
          value: 'User',
          isEnabled: true,
          origin: 'Application',
          allowedMemberTypes: ['User'],
        },
      ],
    });
    expect(whole.body).not.toHaveProperty('accountEnabled');
    expect((await get(`/servicePrincipals/${servicePrincipalId}`)).body['appId']).toBe(appId);
    const filter = encodeURIComponent(`appId eq '${appId}'`);
    expect((await get(`/servicePrincipals?$filter=${filter}`)).ids).toEqual([servicePrincipalId]);
    const other = encodeURIComponent(`appId eq '${guid(1)}'`);
    expect((await get(`/servicePrincipals?$filter=${other}`)).ids).toEqual([]);
  });

  test('is 404 under another id and 403 without the permission', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([]));
    expect((await get(`/servicePrincipals(appId='${guid(1)}')`)).status).toBe(404);
    emulator.settings.change({ permissions: ['User.Read.All', 'GroupMember.Read.All'] });
    expect((await get(byAppId)).body.error?.code).toBe('Authorization_RequestDenied');
    expect((await get(assigned)).status).toBe(403);
  });

  test('has new and changed roles after setRole', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([]));
    emulator.directory.apply([
      { op: 'setRole', id: roleId, isEnabled: false },
      { op: 'setRole', id: guid(7), displayName: 'Admin', allowedMemberTypes: ['Application'] },
    ]);
    expect((await get(byAppId)).body['appRoles']).toMatchObject([
      { id: roleId, isEnabled: false, displayName: 'User' },
      { id: guid(7), isEnabled: true, value: null, allowedMemberTypes: ['Application'] },
    ]);
  });
});

describe('assignments', () => {
  test('of all three kinds, of several roles and of default access are listed', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(
      tenant(
        [user(1)],
        [group(0xa0000)],
        [
          { principalId: guid(1), principalType: 'User', appRoleId: roleId },
          { principalId: guid(1), principalType: 'User', appRoleId: defaultAccessRoleId },
          { principalId: guid(0xa0000), principalType: 'Group', appRoleId: roleId },
          { principalId: guid(0xd1), principalType: 'ServicePrincipal', appRoleId: roleId },
        ],
      ),
    );
    const { items } = await get(`/servicePrincipals/${servicePrincipalId}/appRoleAssignedTo`);
    expect(items.map((item) => [item['principalType'], item['appRoleId']])).toEqual([
      ['User', roleId],
      ['User', defaultAccessRoleId],
      ['Group', roleId],
      ['ServicePrincipal', roleId],
    ]);
    expect(items[0]).toMatchObject({
      principalId: guid(1),
      principalDisplayName: 'User 1',
      resourceId: servicePrincipalId,
      resourceDisplayName: 'Dropbox Business',
      deletedDateTime: null,
    });
    expect(new Set(items.map(({ id }) => id)).size).toBe(4);
  });

  test('come in pages of 100, or of up to 999', async () => {
    const { emulator, get, drain } = createProbe();
    const people = range(1, 1100);
    emulator.directory.load(
      tenant(
        people.map((number) => user(number)),
        [],
        people.map((number) => ({
          principalId: guid(number),
          principalType: 'User',
          appRoleId: roleId,
        })),
      ),
    );
    expect((await get(assigned)).items).toHaveLength(100);
    const round = await drain(`${assigned}?$top=999`);
    expect(round.pages.map(({ items }) => items.length)).toEqual([999, 101]);
    expect(new Set(round.items.map((item) => item['principalId'])).size).toBe(1100);
  });

  test('come and go, and go with somebody who is deleted for good', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([user(1), user(2)]));
    emulator.directory.apply([
      { op: 'assign', principalId: guid(1) },
      { op: 'assign', principalId: guid(2) },
    ]);
    expect((await get(assigned)).items).toMatchObject([
      { principalId: guid(1), appRoleId: roleId },
      { principalId: guid(2), appRoleId: roleId },
    ]);
    emulator.directory.apply([
      { op: 'unassign', principalId: guid(1) },
      { op: 'hardDeleteUser', id: guid(2) },
    ]);
    expect((await get(assigned)).items).toEqual([]);
  });

  test('of somebody soft-deleted are not listed, or are by setting, and come back with a restore', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([user(1)]));
    emulator.directory.apply([
      { op: 'assign', principalId: guid(1) },
      { op: 'deleteUser', id: guid(1) },
    ]);
    expect((await get(assigned)).items).toEqual([]);
    emulator.settings.change({ listAssignmentsOfDeleted: true });
    expect((await get(assigned)).items).toHaveLength(1);
    emulator.settings.change({ listAssignmentsOfDeleted: false });
    emulator.directory.apply([{ op: 'restoreUser', id: guid(1) }]);
    expect((await get(assigned)).items).toHaveLength(1);
  });
});
