import type { JsonValue } from '../../../shared/model/source.ts';
import type { DirectoryApp, DirectoryAssignment, MemberKind } from './directory-types.ts';

/**
 * The directory as the emulator keeps it: every object and every link remembers all its versions, so that it can be read as it was after
 * any change. A version is the number of changes since the tenant was loaded; 0 is the tenant as loaded.
 */
export interface Tenant {
  tenantId: string;
  /** Grows with each load: links of an older tenant are worth nothing. */
  epoch: number;
  users: Map<string, UserObject>;
  groups: Map<string, GroupObject>;
  app: Version<DirectoryApp>[];
  assignments: AssignmentLink[];
  /** The change that led to version n stands at n - 1. */
  log: LogEntry[];
  /** Groups that have or had this member. */
  groupsByMember: Map<string, Set<string>>;
}

export interface Version<T> {
  readonly version: number;
  readonly value: T;
}

export type Properties = { readonly [name: string]: JsonValue };

/** `soft` is in the deleted items, `hard` is gone for good. */
export interface ObjectValue {
  readonly state: 'live' | 'soft' | 'hard';
  /** Without `id`. */
  readonly properties: Properties;
}

export interface UserObject {
  readonly id: string;
  readonly history: Version<ObjectValue>[];
}

export interface GroupObject {
  readonly id: string;
  readonly history: Version<ObjectValue>[];
  /** In the order in which they first came; an edge that goes stays here. */
  readonly edges: Edge[];
  readonly edgeByMember: Map<string, Edge>;
}

export interface Edge {
  readonly memberId: string;
  readonly kind: MemberKind;
  /** The versions at which it came, went, came, …. */
  readonly toggles: number[];
}

export interface AssignmentLink extends DirectoryAssignment {
  readonly id: string;
  createdAt: number;
  readonly toggles: number[];
}

interface LogEntry {
  readonly at: number;
  /** In [0, 1): how far this change is towards the slowest. */
  readonly jitter: number;
  readonly subject: LogSubject;
}

export type LogSubject =
  /** Created, deleted or restored. */
  | { readonly kind: 'object'; readonly of: 'user' | 'group'; readonly id: string }
  | {
      readonly kind: 'properties';
      readonly of: 'user' | 'group';
      readonly id: string;
      readonly names: readonly string[];
    }
  /** `isPurge`: the edge went because its member was deleted for good. */
  | {
      readonly kind: 'edge';
      readonly of: 'group';
      readonly id: string;
      readonly memberId: string;
      readonly isPurge: boolean;
    }
  | { readonly kind: 'other' };

/** A tenant with nobody in it, and an application without roles. */
export function createTenant(): Tenant {
  return {
    tenantId: '00000000-0000-4000-8000-000000000000',
    epoch: 0,
    users: new Map(),
    groups: new Map(),
    app: [
      {
        version: 0,
        value: {
          id: '00000000-0000-4000-8000-000000000001',
          appId: '00000000-0000-4000-8000-000000000002',
          displayName: 'Dropbox Business',
          appRoles: [],
        },
      },
    ],
    assignments: [],
    log: [],
    groupsByMember: new Map(),
  };
}

/** The value that held after change number `version`; undefined before the first. */
export function readAt<T>(history: readonly Version<T>[], version: number): T | undefined {
  return history.findLast((entry) => entry.version <= version)?.value;
}

/** Whether a link was there after change number `version`. */
export function isPresentAt(toggles: readonly number[], version: number): boolean {
  let isPresent = false;
  for (const toggle of toggles) {
    if (toggle > version) break;
    isPresent = !isPresent;
  }
  return isPresent;
}

/** The properties of an object that is neither deleted nor unknown at that version. */
export function readLive(
  object: UserObject | GroupObject | undefined,
  version: number,
): Properties | undefined {
  const value = object === undefined ? undefined : readAt(object.history, version);
  return value?.state === 'live' ? value.properties : undefined;
}

/** The state of an object at that version; undefined where it was unknown then. */
export function readState(
  object: UserObject | GroupObject | undefined,
  version: number,
): ObjectValue['state'] | undefined {
  return object === undefined ? undefined : readAt(object.history, version)?.state;
}
