import { z } from 'zod';

import type {
  AppRole,
  Assignment,
  EdgeChange,
  EntraApp,
  EntraGroup,
  EntraUser,
  GroupChange,
  JsonValue,
  ListPage,
  StreamPage,
  UserChange,
} from '../model/source.ts';

const id = z.string().min(1);

/** `changed` is the restorable deletion: https://learn.microsoft.com/graph/delta-query-overview */
const removed = z.object({ reason: z.enum(['changed', 'deleted']) });

const toReason = (mark: z.infer<typeof removed>) =>
  mark.reason === 'changed' ? ('soft' as const) : ('hard' as const);

/** A user with exactly the properties in `names`. Annotations, and what Graph adds of its own, are left out. */
export function createUserSchema(names: readonly string[]): z.ZodType<EntraUser> {
  return userItem.transform((item) => toUser(item, names));
}

/** One item of the users stream. */
export function createUserChangeSchema(names: readonly string[]): z.ZodType<UserChange> {
  return userItem.extend({ '@removed': removed.optional() }).transform((item): UserChange => {
    const mark = item['@removed'];
    return mark === undefined
      ? { kind: 'present', user: toUser(item, names) }
      : { kind: 'removed', id: item.id, reason: toReason(mark) };
  });
}

/** Parsed JSON holds nothing but JSON. Looking at it again (`z.json()`) costs more than all other checks together. */
const jsonValue = z.custom<JsonValue>((value) => value !== undefined);

const userItem = z.object({ id }).catchall(jsonValue);

function toUser(
  item: { readonly id: string; readonly [name: string]: JsonValue | undefined },
  names: readonly string[],
): EntraUser {
  const attributes: { [name: string]: JsonValue } = {};
  for (const name of names) {
    const value = Object.hasOwn(item, name) ? item[name] : undefined;
    if (value !== undefined) attributes[name] = value;
  }
  return { id: item.id, attributes };
}

/** An edge's type must be there: without it a person who left could pass for a device. */
const edge = z
  .object({ id, '@odata.type': z.string(), '@removed': z.looseObject({}).optional() })
  .transform((item): EdgeChange => ({
    memberId: item.id,
    memberKind: toMemberKind(item['@odata.type']),
    present: item['@removed'] === undefined,
  }));

function toMemberKind(type: string): EdgeChange['memberKind'] {
  if (type === '#microsoft.graph.user') return 'user';
  return type === '#microsoft.graph.group' ? 'group' : 'other';
}

/** One item of the groups stream. */
export const groupChangeSchema: z.ZodType<GroupChange> = z
  .object({
    id,
    displayName: z.string().nullable().optional(),
    'members@delta': z.array(edge).optional(),
    '@removed': removed.optional(),
  })
  .transform((item): GroupChange => {
    const mark = item['@removed'];
    if (mark !== undefined) return { kind: 'removed', id: item.id, reason: toReason(mark) };
    return {
      kind: 'present',
      id: item.id,
      ...(item.displayName === undefined ? {} : { displayName: item.displayName }),
      edges: item['members@delta'] ?? [],
    };
  });

export const groupSchema: z.ZodType<EntraGroup> = z
  .object({ id, displayName: z.string().nullish() })
  .transform((item) => ({ id: item.id, displayName: item.displayName ?? null }));

const roleSchema = z.object({
  id,
  value: z.string().nullish(),
  displayName: z.string().nullish(),
  isEnabled: z.boolean(),
  allowedMemberTypes: z.array(z.string()),
});

export const appSchema: z.ZodType<EntraApp> = z
  .object({ id, displayName: z.string().nullish(), appRoles: z.array(roleSchema) })
  .transform((app) => ({
    id: app.id,
    displayName: app.displayName ?? '',
    // `User` stands for users and groups.
    roles: app.appRoles.filter((role) => role.allowedMemberTypes.includes('User')).map(toRole),
  }));

function toRole(role: z.infer<typeof roleSchema>): AppRole {
  return {
    id: role.id,
    value: role.value ?? null,
    displayName: role.displayName ?? '',
    isEnabled: role.isEnabled,
  };
}

const principalKinds = {
  User: 'user',
  Group: 'group',
  ServicePrincipal: 'servicePrincipal',
} as const;

export const assignmentSchema: z.ZodType<Assignment> = z
  .object({
    principalId: id,
    principalType: z.enum(['User', 'Group', 'ServicePrincipal']),
    principalDisplayName: z.string().nullish(),
    appRoleId: id,
  })
  .transform((item) => ({
    principalId: item.principalId,
    principalKind: principalKinds[item.principalType],
    principalName: item.principalDisplayName ?? '',
    roleId: item.appRoleId,
  }));

type IsUsable = (link: string) => boolean;

/** A page of an ordinary list. A nextLink that is not usable makes the whole page invalid. */
export function createListSchema<T>(
  item: z.ZodType<T>,
  isUsable: IsUsable,
): z.ZodType<ListPage<T>> {
  return z
    .object({ value: z.array(item), '@odata.nextLink': z.string().refine(isUsable).optional() })
    .transform((page) => {
      const nextLink = page['@odata.nextLink'];
      return { items: page.value, ...(nextLink === undefined ? {} : { nextLink }) };
    });
}

/** A page of a stream: exactly one of nextLink and deltaLink, else it is not known whether the round is over. */
export function createStreamSchema<T>(
  item: z.ZodType<T>,
  isUsable: IsUsable,
): z.ZodType<StreamPage<T>> {
  const link = z.string().refine(isUsable).optional();
  return z
    .object({ value: z.array(item), '@odata.nextLink': link, '@odata.deltaLink': link })
    .transform((page, context): StreamPage<T> => {
      const { '@odata.nextLink': next, '@odata.deltaLink': delta } = page;
      if (next !== undefined && delta === undefined) {
        return { items: page.value, next: { kind: 'next', link: next } };
      }
      if (delta !== undefined && next === undefined) {
        return { items: page.value, next: { kind: 'delta', link: delta } };
      }
      context.addIssue({ code: 'custom', message: 'neither or both of nextLink and deltaLink' });
      return z.NEVER;
    });
}
