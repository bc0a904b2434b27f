import { expect, test } from 'vitest';
import type { AppRole, Assignment } from '../../shared/model/source.ts';
import { buildScope, defaultAccess } from '../../shared/plan/scope.ts';

const user: AppRole = { id: 'r-user', value: 'User', displayName: 'User', isEnabled: true };
const admin: AppRole = { id: 'r-admin', value: 'Admin', displayName: 'Admin', isEnabled: true };
const retired: AppRole = { id: 'r-old', value: 'Old', displayName: 'Old', isEnabled: false };

function scopeOf(
  roles: readonly AppRole[],
  assignments: readonly (readonly [string, Assignment['principalKind'], string])[],
): ReturnType<typeof buildScope> {
  return buildScope(
    { id: 'app', displayName: 'Dropbox', roles },
    assignments.map(([principalId, principalKind, roleId]) => ({
      principalId,
      principalKind,
      roleId,
      principalName: principalId,
    })),
  );
}

test('users and groups with an enabled role are in scope, each with all their roles, sorted and once', () => {
  const scope = scopeOf(
    [user, admin],
    [
      ['ada', 'user', 'r-user'],
      ['ada', 'user', 'r-admin'],
      ['ada', 'user', 'r-user'],
      ['design', 'group', 'r-user'],
    ],
  );
  expect([...scope.users]).toEqual([['ada', ['r-admin', 'r-user']]]);
  expect([...scope.groups]).toEqual([['design', ['r-user']]]);
  expect(scope.excluded).toEqual({});
});

test('an assignment that gives nobody access is counted under its reason', () => {
  const scope = scopeOf(
    [user, retired],
    [
      ['ada', 'user', defaultAccess],
      ['bob', 'user', 'r-old'],
      ['cleo', 'group', 'r-old'],
      ['dan', 'user', 'r-never-heard-of'],
      ['robot', 'servicePrincipal', 'r-user'],
    ],
  );
  expect(scope.users.size + scope.groups.size).toBe(0);
  expect(scope.excluded).toEqual({
    defaultAccess: 1,
    disabledRole: 2,
    unknownRole: 1,
    servicePrincipal: 1,
  });
});

test('Default Access counts in an app that declares no roles', () => {
  const scope = scopeOf([], [['ada', 'user', defaultAccess]]);
  expect([...scope.users.keys()]).toEqual(['ada']);
  expect(scope.excluded).toEqual({});
});

test('one excluded role takes nothing from another that counts', () => {
  const scope = scopeOf(
    [user, retired],
    [
      ['ada', 'user', 'r-old'],
      ['ada', 'user', 'r-user'],
    ],
  );
  expect([...scope.users]).toEqual([['ada', ['r-user']]]);
});
