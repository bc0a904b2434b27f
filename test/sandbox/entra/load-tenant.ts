import { DirectoryInputError } from './directory-input-error.ts';
import type {
  Directory,
  DirectoryGroup,
  DirectoryMember,
  DirectoryUser,
} from './directory-types.ts';
import { createTenant, type GroupObject, type Properties, type Tenant } from './tenant.ts';

/** Replaces what the tenant holds; version 0 is then this directory. Throws DirectoryInputError and changes nothing where it cannot be. */
export function loadTenant(tenant: Tenant, directory: Directory, now: number): void {
  const loaded: Tenant = {
    ...createTenant(),
    tenantId: directory.tenantId,
    epoch: tenant.epoch + 1,
    app: [{ version: 0, value: directory.app }],
  };
  for (const [index, user] of directory.users.entries()) {
    refuseKnown(loaded, user.id, `users.${index}.id`);
    loaded.users.set(user.id, {
      id: user.id,
      history: [{ version: 0, value: { state: user.deleted ?? 'live', ...readUser(user) } }],
    });
  }
  for (const [index, group] of directory.groups.entries()) {
    refuseKnown(loaded, group.id, `groups.${index}.id`);
    loaded.groups.set(group.id, createGroup(group, 0));
  }
  for (const [index, group] of directory.groups.entries()) {
    for (const [place, member] of group.members.entries()) {
      linkLoaded(loaded, group.id, member, `groups.${index}.members.${place}`);
    }
  }
  for (const [index, assignment] of directory.assignments.entries()) {
    const { principalType, principalId } = assignment;
    const holders = { User: loaded.users, Group: loaded.groups, ServicePrincipal: undefined };
    if (holders[principalType]?.has(principalId) === false) {
      throw new DirectoryInputError(
        `assignments.${index}.principalId`,
        `no ${principalType} ${principalId}`,
      );
    }
    loaded.assignments.push({
      ...assignment,
      id: buildAssignmentId(loaded.assignments.length, loaded.epoch),
      createdAt: now,
      toggles: [0],
    });
  }
  Object.assign(tenant, loaded);
}

function linkLoaded(tenant: Tenant, groupId: string, member: DirectoryMember, place: string): void {
  const group = tenant.groups.get(groupId);
  const holders = {
    user: tenant.users,
    group: tenant.groups,
    device: undefined,
    servicePrincipal: undefined,
  };
  if (holders[member.kind]?.has(member.id) === false) {
    throw new DirectoryInputError(`${place}.id`, `no ${member.kind} ${member.id}`);
  }
  if (group === undefined || group.edgeByMember.has(member.id)) {
    throw new DirectoryInputError(`${place}.id`, `${member.id} is a member already`);
  }
  const edge = { memberId: member.id, kind: member.kind, toggles: [0] };
  group.edges.push(edge);
  group.edgeByMember.set(member.id, edge);
  indexEdge(tenant, groupId, member.id);
}

/** Remembers that the group has or had this member. */
export function indexEdge(tenant: Tenant, groupId: string, memberId: string): void {
  const groupIds = tenant.groupsByMember.get(memberId);
  if (groupIds === undefined) tenant.groupsByMember.set(memberId, new Set([groupId]));
  else groupIds.add(groupId);
}

/** A group object without its members. */
export function createGroup(group: DirectoryGroup, version: number): GroupObject {
  const { id, members: _, deleted = 'live', ...others } = group;
  const properties: { [name: string]: Properties[string] } = {};
  for (const [name, value] of Object.entries(others)) {
    if (isJson(value)) properties[name] = value;
  }
  return {
    id,
    history: [{ version, value: { state: deleted, properties } }],
    edges: [],
    edgeByMember: new Map(),
  };
}

/** The properties of a user without its id and its place in the directory. */
export function readUser(user: DirectoryUser): { readonly properties: Properties } {
  const { id: _, deleted: _deleted, ...others } = user;
  const properties: { [name: string]: Properties[string] } = {};
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined) properties[name] = value;
  }
  return { properties };
}

/** The rest of a group is JSON by its schema; only its type also allows a list of members. */
function isJson(value: DirectoryGroup[string]): value is Properties[string] {
  return value !== undefined;
}

/** An object id may stand for one object only, users and groups together. */
export function refuseKnown(tenant: Tenant, id: string, place: string): void {
  if (tenant.users.has(id) || tenant.groups.has(id)) {
    throw new DirectoryInputError(place, `${id} is taken`);
  }
}

/** Assignments have a string as id, not a GUID. */
export function buildAssignmentId(index: number, epoch: number): string {
  return Buffer.from(`assignment-${epoch}-${index}`).toString('base64url');
}
