import { z } from 'zod';

import type { JsonValue } from '../../../shared/model/source.ts';
import type { DirectoryApp } from './directory-types.ts';
import { indexEdge } from './load-tenant.ts';
import { createTenant, type GroupObject, type LogSubject, type Tenant } from './tenant.ts';

const json: z.ZodType<JsonValue> = z.json();
const history = z.array(
  z.object({
    version: z.number(),
    value: z.object({
      state: z.enum(['live', 'soft', 'hard']),
      properties: z.record(z.string(), json),
    }),
  }),
);
const edges = z.array(
  z.object({
    memberId: z.string(),
    kind: z.enum(['user', 'group', 'device', 'servicePrincipal']),
    toggles: z.array(z.number()),
  }),
);
const app: z.ZodType<DirectoryApp> = z.object({
  id: z.string(),
  appId: z.string(),
  displayName: z.string(),
  appRoles: z.array(
    z.object({
      id: z.string(),
      displayName: z.string(),
      value: z.exactOptional(z.string().nullable()),
      description: z.exactOptional(z.string()),
      isEnabled: z.exactOptional(z.boolean()),
      allowedMemberTypes: z.exactOptional(z.array(z.enum(['User', 'Application']))),
    }),
  ),
});
const of = z.enum(['user', 'group']);
const subject: z.ZodType<LogSubject> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('object'), of, id: z.string() }),
  z.object({ kind: z.literal('properties'), of, id: z.string(), names: z.array(z.string()) }),
  z.object({
    kind: z.literal('edge'),
    of: z.literal('group'),
    id: z.string(),
    memberId: z.string(),
    isPurge: z.boolean(),
  }),
  z.object({ kind: z.literal('other') }),
]);

const tenantSchema = z.object({
  tenantId: z.string(),
  epoch: z.number(),
  users: z.array(z.object({ id: z.string(), history })),
  groups: z.array(z.object({ id: z.string(), history, edges })),
  app: z.array(z.object({ version: z.number(), value: app })),
  assignments: z.array(
    z.object({
      id: z.string(),
      principalId: z.string(),
      principalType: z.enum(['User', 'Group', 'ServicePrincipal']),
      appRoleId: z.string(),
      createdAt: z.number(),
      toggles: z.array(z.number()),
    }),
  ),
  log: z.array(z.object({ at: z.number(), jitter: z.number(), subject })),
});

/** The tenant with all its versions, as JSON. */
export function saveTenant(tenant: Tenant): unknown {
  return {
    tenantId: tenant.tenantId,
    epoch: tenant.epoch,
    users: [...tenant.users.values()],
    groups: [...tenant.groups.values()].map(({ id, history: versions, edges: links }) => ({
      id,
      history: versions,
      edges: links,
    })),
    app: tenant.app,
    assignments: tenant.assignments,
    log: tenant.log,
  };
}

/** Replaces the tenant by a saved one; throws where it is damaged. */
export function restoreTenant(tenant: Tenant, saved: unknown): void {
  const parsed = tenantSchema.parse(saved);
  const restored: Tenant = {
    ...createTenant(),
    ...parsed,
    users: new Map(parsed.users.map((user) => [user.id, user])),
    groups: new Map(
      parsed.groups.map((group): [string, GroupObject] => [
        group.id,
        { ...group, edgeByMember: new Map(group.edges.map((edge) => [edge.memberId, edge])) },
      ]),
    ),
  };
  for (const group of restored.groups.values()) {
    for (const { memberId } of group.edges) indexEdge(restored, group.id, memberId);
  }
  Object.assign(tenant, restored);
}
