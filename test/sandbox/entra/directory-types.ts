import type { JsonValue } from '../../../shared/model/source.ts';

/**
 * A whole tenant, as `PUT /_control/directory` takes it and `GET /_control/directory` gives it back. Ids are GUIDs in lower case.
 * One enterprise application is all a tenant of the sandbox has.
 */
export interface Directory {
  readonly tenantId: string;
  readonly users: readonly DirectoryUser[];
  readonly groups: readonly DirectoryGroup[];
  readonly app: DirectoryApp;
  readonly assignments: readonly DirectoryAssignment[];
}

/**
 * A user with its Graph properties by Graph's own names, flat (`userPrincipalName`, `accountEnabled`, `givenName`, …). A property that
 * is not there was never set; `null` says that it was cleared. `deleted: 'soft'` puts the user into the deleted items.
 */
export interface DirectoryUser {
  readonly id: string;
  readonly deleted?: 'soft';
  readonly [property: string]: JsonValue | undefined;
}

/** A group with its Graph properties, flat, and its direct members. A soft-deleted group keeps its members. */
export interface DirectoryGroup {
  readonly id: string;
  readonly displayName: string | null;
  readonly members: readonly DirectoryMember[];
  readonly deleted?: 'soft';
  readonly [property: string]: JsonValue | readonly DirectoryMember[] | undefined;
}

/** What a member of a group may be. Devices and service principals need no object of their own in the directory. */
export type MemberKind = 'user' | 'group' | 'device' | 'servicePrincipal';

export interface DirectoryMember {
  readonly id: string;
  readonly kind: MemberKind;
}

/** The enterprise application: `id` is the object id of the service principal, `appId` the client id. */
export interface DirectoryApp {
  readonly id: string;
  readonly appId: string;
  readonly displayName: string;
  readonly appRoles: readonly DirectoryAppRole[];
}

/** An app role. Left out: `value` is null, `description` is the display name, enabled, and for `User` members. */
export interface DirectoryAppRole {
  readonly id: string;
  readonly displayName: string;
  readonly value?: string | null;
  readonly description?: string;
  readonly isEnabled?: boolean;
  readonly allowedMemberTypes?: readonly ('User' | 'Application')[];
}

/** One app role held by one principal; the zero GUID is Default Access. */
export interface DirectoryAssignment {
  readonly principalId: string;
  readonly principalType: 'User' | 'Group' | 'ServicePrincipal';
  readonly appRoleId: string;
}

/** The `appRoleId` of an assignment without a role. */
export const defaultAccessRoleId = '00000000-0000-0000-0000-000000000000';

type Properties = { readonly [property: string]: JsonValue };

/**
 * One change of the tenant; `POST /_control/changes` takes an array and applies it in order, all or nothing. `set` merges (`null` clears
 * a property). `assign` without a role takes the first enabled app role for users, else Default Access; `unassign` without a role takes
 * all of the principal's away. `addMember` without a kind looks the id up among users and groups.
 */
export type DirectoryChange =
  | { readonly op: 'addUser'; readonly user: DirectoryUser }
  | { readonly op: 'updateUser'; readonly id: string; readonly set: Properties }
  /** Soft: to the deleted items, edges and assignments stay. */
  | { readonly op: 'deleteUser'; readonly id: string }
  | { readonly op: 'hardDeleteUser'; readonly id: string }
  | { readonly op: 'restoreUser'; readonly id: string }
  | { readonly op: 'addGroup'; readonly group: DirectoryGroup }
  | { readonly op: 'updateGroup'; readonly id: string; readonly set: Properties }
  /** A Microsoft 365 group (`groupTypes` has `Unified`) goes to the deleted items, any other group for good unless `soft`. */
  | { readonly op: 'deleteGroup'; readonly id: string; readonly soft?: boolean }
  | { readonly op: 'restoreGroup'; readonly id: string }
  | {
      readonly op: 'addMember';
      readonly groupId: string;
      readonly memberId: string;
      readonly kind?: MemberKind;
    }
  | { readonly op: 'removeMember'; readonly groupId: string; readonly memberId: string }
  | {
      readonly op: 'assign';
      readonly principalId: string;
      readonly appRoleId?: string;
      /** Looked up among users and groups when left out. */
      readonly principalType?: 'User' | 'Group' | 'ServicePrincipal';
    }
  | { readonly op: 'unassign'; readonly principalId: string; readonly appRoleId?: string }
  /** Adds an app role, or changes the one with that id. */
  | {
      readonly op: 'setRole';
      readonly id: string;
      readonly displayName?: string;
      readonly value?: string | null;
      readonly isEnabled?: boolean;
      readonly allowedMemberTypes?: readonly ('User' | 'Application')[];
    };
