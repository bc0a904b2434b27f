import type { Directory, DirectoryGroup, DirectoryUser } from './directory-types.ts';
import { isPresentAt, readAt, type GroupObject, type Tenant, type UserObject } from './tenant.ts';

/** The truth as of now, in the shape that loads it again. What was deleted for good is not in it. */
export function showDirectory(tenant: Tenant): Directory {
  const app = readAt(tenant.app, Infinity);
  if (app === undefined) throw new Error('cannot show the directory: it has no application');
  return {
    tenantId: tenant.tenantId,
    users: [...tenant.users.values()].flatMap(showUser),
    groups: [...tenant.groups.values()].flatMap(showGroup),
    app,
    assignments: tenant.assignments
      .filter(({ toggles }) => isPresentAt(toggles, Infinity))
      .map(({ principalId, principalType, appRoleId }) => ({
        principalId,
        principalType,
        appRoleId,
      })),
  };
}

function showUser({ id, history }: UserObject): readonly DirectoryUser[] {
  const value = readAt(history, Infinity);
  if (value === undefined || value.state === 'hard') return [];
  return [{ id, ...value.properties, ...(value.state === 'soft' ? { deleted: 'soft' } : {}) }];
}

function showGroup({ id, history, edges }: GroupObject): readonly DirectoryGroup[] {
  const value = readAt(history, Infinity);
  if (value === undefined || value.state === 'hard') return [];
  const { displayName } = value.properties;
  const members = edges
    .filter(({ toggles }) => isPresentAt(toggles, Infinity))
    .map(({ memberId, kind }) => ({ id: memberId, kind }));
  const name = typeof displayName === 'string' ? displayName : null;
  const deleted = value.state === 'soft' ? { deleted: 'soft' as const } : {};
  return [{ id, ...value.properties, displayName: name, members, ...deleted }];
}
