import { z } from 'zod';

import type { JsonValue } from '../../../shared/model/source.ts';
import type {
  Directory,
  DirectoryApp,
  DirectoryChange,
  DirectoryGroup,
  DirectoryUser,
} from './directory-types.ts';

const guid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u, {
  error: 'not a GUID in lower case',
});
const json: z.ZodType<JsonValue> = z.json();
const properties = z.record(z.string(), json).refine((set) => !('id' in set), {
  error: 'an id never changes',
});
const memberKind = z.enum(['user', 'group', 'device', 'servicePrincipal']);
const principalType = z.enum(['User', 'Group', 'ServicePrincipal']);
const member = z.strictObject({ id: guid, kind: memberKind });
const deleted = z.exactOptional(z.literal('soft'));

const user: z.ZodType<DirectoryUser> = z.object({ id: guid, deleted }).catchall(json);

const group: z.ZodType<DirectoryGroup> = z
  .object({ id: guid, displayName: z.string().nullable(), members: z.array(member), deleted })
  .catchall(json);

const roleFields = {
  value: z.exactOptional(z.string().nullable()),
  isEnabled: z.exactOptional(z.boolean()),
  allowedMemberTypes: z.exactOptional(z.array(z.enum(['User', 'Application']))),
};

const app: z.ZodType<DirectoryApp> = z.strictObject({
  id: guid,
  appId: guid,
  displayName: z.string(),
  appRoles: z.array(
    z.strictObject({
      id: guid,
      displayName: z.string(),
      description: z.exactOptional(z.string()),
      ...roleFields,
    }),
  ),
});

/** A whole tenant; unknown fields of its frame, the application and the assignments are refused by name. */
export const directorySchema: z.ZodType<Directory> = z.strictObject({
  tenantId: guid,
  users: z.array(user),
  groups: z.array(group),
  app,
  assignments: z.array(z.strictObject({ principalId: guid, principalType, appRoleId: guid })),
});

const byId = { id: guid };
const edge = { groupId: guid, memberId: guid };
const grant = { principalId: guid, appRoleId: z.exactOptional(guid) };

/** The changes of one call, in order. */
export const changesSchema: z.ZodType<readonly DirectoryChange[]> = z.array(
  z.discriminatedUnion('op', [
    z.strictObject({ op: z.literal('addUser'), user }),
    z.strictObject({ op: z.literal('updateUser'), ...byId, set: properties }),
    z.strictObject({ op: z.literal('deleteUser'), ...byId }),
    z.strictObject({ op: z.literal('hardDeleteUser'), ...byId }),
    z.strictObject({ op: z.literal('restoreUser'), ...byId }),
    z.strictObject({ op: z.literal('addGroup'), group }),
    z.strictObject({ op: z.literal('updateGroup'), ...byId, set: properties }),
    z.strictObject({
      op: z.literal('deleteGroup'),
      ...byId,
      soft: z.exactOptional(z.boolean()),
    }),
    z.strictObject({ op: z.literal('restoreGroup'), ...byId }),
    z.strictObject({ op: z.literal('addMember'), ...edge, kind: z.exactOptional(memberKind) }),
    z.strictObject({ op: z.literal('removeMember'), ...edge }),
    z.strictObject({
      op: z.literal('assign'),
      ...grant,
      principalType: z.exactOptional(principalType),
    }),
    z.strictObject({ op: z.literal('unassign'), ...grant }),
    z.strictObject({
      op: z.literal('setRole'),
      ...byId,
      displayName: z.exactOptional(z.string()),
      ...roleFields,
    }),
  ]),
);
