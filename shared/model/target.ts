/** A member's status as Dropbox says it; `unknown` is any tag that did not exist when this was written. */
export type MemberStatus = 'active' | 'invited' | 'suspended' | 'removed' | 'unknown';

/** A member of the Dropbox team. E-mail addresses are lower-case. Strings that Dropbox leaves out are absent. */
export interface TeamMember {
  readonly memberId: string;
  readonly email: string;
  readonly externalId?: string;
  readonly givenName: string;
  readonly surname: string;
  readonly status: MemberStatus;
  /** Only for `removed`: whether members/recover can bring the person back. */
  readonly isRecoverable?: boolean;
  /** Ids of the team groups this member is in; absent where the route does not say. */
  readonly groupIds?: readonly string[];
}

export type GroupManagement = 'company' | 'user' | 'system' | 'unknown';

export interface TeamGroup {
  readonly groupId: string;
  readonly name: string;
  readonly externalId?: string;
  readonly management: GroupManagement;
}

/** What `members/add_v2` is asked for, one person. The address, names and external id have been checked before. */
export interface NewMember {
  readonly email: string;
  readonly givenName: string;
  readonly surname: string;
  readonly externalId: string;
}

/** Why Dropbox refused one object: the tag of its answer, word for word (`last_admin`, `user_on_another_team`, …). */
export interface Refusal {
  readonly tag: string;
  /** Ids the answer names as the offenders (`members_not_in_team`, `users_not_found`). */
  readonly offenders?: readonly string[];
}

/** The answer to a write about one object: what it is now, or a refusal. Everything else is thrown. */
export type Answer<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** One row of an invitation's answer, by the e-mail address it was about (lower-case). */
export type InviteRow =
  | { readonly kind: 'done'; readonly email: string; readonly member: TeamMember }
  | { readonly kind: 'refused'; readonly email: string; readonly refusal: Refusal };

/** The answer to `members/add_v2` or to a look at its job. `failed` means: outcome unknown, read back. */
export type InviteAnswer =
  | { readonly kind: 'complete'; readonly rows: readonly InviteRow[] }
  | { readonly kind: 'job'; readonly jobId: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** The answer to `members/remove`: done, refused, or a job whose end is asked for later. */
export type RemoveAnswer = Answer<null> | { readonly kind: 'job'; readonly jobId: string };

/** How a member is named to Dropbox in a question. */
export type MemberSelector =
  | { readonly kind: 'memberId'; readonly memberId: string }
  | { readonly kind: 'externalId'; readonly externalId: string }
  | { readonly kind: 'email'; readonly email: string };

export type GroupSelector =
  | { readonly kind: 'groupId'; readonly groupId: string }
  | { readonly kind: 'externalId'; readonly externalId: string };

/** One page of a Dropbox listing. Go on with `cursor` while `hasMore`. */
export interface TeamPage<T> {
  readonly items: readonly T[];
  readonly cursor: string;
  readonly hasMore: boolean;
}

/** What of a member changes; what is absent stays. */
export interface MemberChanges {
  readonly email?: string;
  readonly givenName?: string;
  readonly surname?: string;
  readonly externalId?: string;
}

export interface GroupChanges {
  readonly name?: string;
  readonly externalId?: string;
}
