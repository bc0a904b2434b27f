import type { DocumentStatus, Management } from '../dropbox/team-types.ts';
import type { PersonReason } from './person-rules.ts';
import type { Exclusion } from './who-is-in-scope.ts';

/** What the team should be once all that Entra gives has arrived. Nothing is taken away. */
export interface ExpectedTeam {
  /** Everybody on the team, strangers too; people who were removed before are left out. */
  readonly members: readonly ExpectedMember[];
  /** All groups but those that Dropbox itself keeps. */
  readonly groups: readonly ExpectedGroup[];
  readonly skipped: readonly SkippedPerson[];
  readonly skippedGroups: readonly SkippedGroup[];
  readonly excluded: readonly Exclusion[];
  /** How many people and groups are in scope, skipped ones included. */
  readonly inScope: { readonly people: number; readonly groups: number };
}

export interface ExpectedMember {
  /** Lower-case. */
  readonly email: string;
  readonly externalId?: string;
  readonly givenName: string;
  readonly surname: string;
  readonly status: DocumentStatus;
  /** `linked` bore our external id before; `stranger` is everybody who is not provisioned. */
  readonly origin: 'invited' | 'adopted' | 'linked' | 'stranger';
  /** True where the member was there and something about it must change. */
  readonly changes: boolean;
}

export interface ExpectedGroup {
  readonly name: string;
  readonly externalId?: string;
  readonly management: Management;
  readonly origin: 'created' | 'adopted' | 'linked' | 'stranger';
  /** True where the group was there and its name or external id must change. */
  readonly changes: boolean;
  readonly members: readonly ExpectedEdge[];
}

export interface ExpectedEdge {
  readonly email: string;
  readonly accessType: 'member' | 'owner';
  readonly origin: 'before' | 'added';
}

export interface SkippedPerson {
  readonly id: string;
  readonly reason: PersonReason;
}

export interface SkippedGroup {
  readonly id: string;
  readonly reason: 'groupNameTaken' | 'duplicateGroupName' | 'groupNameMissing';
}
