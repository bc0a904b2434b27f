/** A value of a Graph property as JSON gives it. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** A user as Graph shows it: the selected properties by Graph's own names. A property that was never set is absent. */
export interface EntraUser {
  readonly id: string;
  readonly attributes: { readonly [name: string]: JsonValue };
}

/** The enterprise application whose assignments decide who is in scope. */
export interface EntraApp {
  /** Object id of the service principal. */
  readonly id: string;
  readonly displayName: string;
  /** Roles that may be given to users and groups; those for applications are left out. */
  readonly roles: readonly AppRole[];
}

export interface AppRole {
  readonly id: string;
  readonly value: string | null;
  readonly displayName: string;
  readonly isEnabled: boolean;
}

/** One app role held by one principal. A principal may hold several. */
export interface Assignment {
  readonly principalId: string;
  readonly principalKind: 'user' | 'group' | 'servicePrincipal';
  readonly principalName: string;
  readonly roleId: string;
}

/** What the users stream says about one user. `soft` is restorable for 30 days, `hard` is final. */
export type UserChange =
  | { readonly kind: 'present'; readonly user: EntraUser }
  | { readonly kind: 'removed'; readonly id: string; readonly reason: 'soft' | 'hard' };

/** What the groups stream says about one group: its name, and the edges that came or went (a slice of them, in order). */
export type GroupChange =
  | {
      readonly kind: 'present';
      readonly id: string;
      /** Absent where this item does not carry the property. */
      readonly displayName?: string | null;
      readonly edges: readonly EdgeChange[];
    }
  | { readonly kind: 'removed'; readonly id: string; readonly reason: 'soft' | 'hard' };

export interface EdgeChange {
  readonly memberId: string;
  readonly memberKind: 'user' | 'group' | 'other';
  readonly present: boolean;
}

/** One page of a Graph stream. `link` is the whole URL to call next: `next` while the round goes on, `delta` at its end. */
export interface StreamPage<T> {
  readonly items: readonly T[];
  readonly next: { readonly kind: 'next' | 'delta'; readonly link: string };
}

/** One page of an ordinary Graph list; `nextLink` is absent on the last one. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly nextLink?: string;
}

export interface EntraGroup {
  readonly id: string;
  readonly displayName: string | null;
}

/** What is asked about one person before access is taken away. */
export interface WitnessQuestion {
  readonly userId: string;
  /** Groups of which it is asked whether the person is in them, directly or through others; any number, also none. */
  readonly groupIds: readonly string[];
}

/** What Entra says about one person, asked by id: another index than the streams and lists. */
export type WitnessAnswer =
  | {
      readonly kind: 'answered';
      /** Undefined where Entra knows nobody of this id, or only a deleted one. */
      readonly user: EntraUser | undefined;
      /** Those of the groups asked about that the person is in, directly or through others. */
      readonly memberOf: readonly string[];
    }
  | { readonly kind: 'failed'; readonly error: Error };

/** The first member page of a group, or why it could not be read; each part of a `$batch` stands for itself. */
export type MembersAnswer =
  | { readonly kind: 'page'; readonly page: ListPage<EntraUser> }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly error: Error };
