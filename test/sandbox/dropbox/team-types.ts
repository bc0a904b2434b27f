/**
 * A whole Dropbox team as the control API takes it (`PUT /_control/team`) and gives it back (`GET /_control/team`).
 * The group of everybody is kept up by the emulator: it is in every answer and need not be loaded.
 */
export interface TeamDocument {
  readonly team: TeamFacts;
  readonly members: readonly TeamDocumentMember[];
  readonly groups: readonly TeamDocumentGroup[];
}

export interface TeamFacts {
  /** `dbtid:…` */
  readonly id: string;
  readonly name: string;
  /** Seats; people who are invited, active or suspended take one. */
  readonly licences: number;
  /** Addresses that Dropbox will not take although nobody on the team has them, and why. */
  readonly takenElsewhere?: readonly AddressTaken[];
}

export interface AddressTaken {
  readonly email: string;
  /** The tag of the row that `members/add_v2` answers with. */
  readonly tag:
    | 'user_on_another_team'
    | 'user_already_paired'
    | 'user_migration_failed'
    | 'user_creation_failed'
    | 'free_team_member_limit_reached'
    | 'other';
}

export type DocumentStatus = 'active' | 'invited' | 'suspended' | 'removed';

export interface TeamDocumentMember {
  /** `dbmid:…`; made up where it is left out. */
  readonly memberId?: string;
  readonly email: string;
  readonly externalId?: string;
  readonly persistentId?: string;
  readonly givenName: string;
  readonly surname: string;
  readonly status: DocumentStatus;
  /** Short for the role of a team admin. */
  readonly isAdmin?: boolean;
  /** At most one role id of the catalogue; wins over `isAdmin`. */
  readonly roles?: readonly string[];
  readonly secondaryEmails?: readonly { readonly email: string; readonly isVerified: boolean }[];
  readonly isDirectoryRestricted?: boolean;
  /** Names or ids of company-managed or user-managed groups in the same document, as an ordinary member. */
  readonly groups?: readonly string[];
  /** Milliseconds since 1970, as are the three below; made up from the clock where they are left out and the status calls for one. */
  readonly invitedAt?: number;
  readonly joinedAt?: number;
  readonly suspendedAt?: number;
  /** Only for `removed`: the seven days in which the person can be recovered begin here. */
  readonly removedAt?: number;
  /** Only for `removed`; true where it is left out and the seven days are not over. */
  readonly isRecoverable?: boolean;
  /** What the last suspension or removal asked for: whether Dropbox erases the devices. Ignored on loading. */
  readonly wipeData?: boolean;
  /** How often Dropbox mailed an invitation to this member. Ignored on loading. */
  readonly invitationsMailed?: number;
}

export type Management = 'company_managed' | 'user_managed' | 'system_managed';

export interface TeamDocumentGroup {
  /** `g:…`; made up where it is left out. */
  readonly groupId?: string;
  readonly name: string;
  readonly externalId?: string;
  readonly management: Management;
  /** The group of everybody has its members left out on loading and listed in the answer. */
  readonly members?: readonly TeamDocumentEdge[];
}

export interface TeamDocumentEdge {
  /** One of the two. Answers carry both. */
  readonly memberId?: string;
  readonly email?: string;
  /** `member` where it is left out. */
  readonly accessType?: 'member' | 'owner';
}

/** Names one member of the team; one of the two. */
export interface MemberName {
  readonly memberId?: string;
  readonly email?: string;
}

/** Names one group of the team; one of the two. */
export interface GroupName {
  readonly groupId?: string;
  readonly name?: string;
}

/** What happens to the team without the app: `POST /_control/changes` takes an array of these and applies them in order. */
export type TeamChange =
  | ({ readonly op: 'acceptInvitation' } & MemberName)
  | { readonly op: 'acceptAll' }
  | ({
      readonly op: 'editMember';
      readonly set: MemberEdit;
    } & MemberName)
  | ({ readonly op: 'suspendMember' } & MemberName)
  | ({ readonly op: 'unsuspendMember' } & MemberName)
  | ({ readonly op: 'removeMember' } & MemberName)
  | ({ readonly op: 'recoverMember' } & MemberName)
  | { readonly op: 'addMember'; readonly member: TeamDocumentMember }
  | { readonly op: 'addGroup'; readonly group: TeamDocumentGroup }
  | ({ readonly op: 'editGroup'; readonly set: GroupEdit } & GroupName)
  | ({ readonly op: 'deleteGroup' } & GroupName)
  | ({
      readonly op: 'addGroupMember';
      readonly member: MemberName;
      readonly accessType?: 'member' | 'owner';
    } & GroupName)
  | ({ readonly op: 'removeGroupMember'; readonly member: MemberName } & GroupName)
  | { readonly op: 'setLicences'; readonly licences: number }
  | { readonly op: 'revokeRefreshToken' }
  | { readonly op: 'expireAccessTokens' }
  | { readonly op: 'removeScope'; readonly scope: string }
  | { readonly op: 'grantScope'; readonly scope: string };

/** What is absent stays; an empty `externalId` or `persistentId` clears it. */
export interface MemberEdit {
  readonly email?: string;
  readonly externalId?: string;
  readonly persistentId?: string;
  readonly givenName?: string;
  readonly surname?: string;
  /** At most one role id; an empty array makes an ordinary member. */
  readonly roles?: readonly string[];
  readonly isAdmin?: boolean;
  readonly isDirectoryRestricted?: boolean;
}

interface GroupEdit {
  readonly name?: string;
  readonly externalId?: string;
  readonly management?: 'company_managed' | 'user_managed';
}

/** One line of `GET /_control/writes?since=N`: a call of the app that changed the team. */
export interface WriteRecord {
  readonly sequence: number;
  /** Milliseconds since 1970 on the emulator's clock. */
  readonly at: number;
  readonly route: string;
  /** The parsed JSON argument of the call. */
  readonly argument: unknown;
  readonly result: WriteResult;
}

/** What came of it: one entry per object that the call changed. */
export interface WriteResult {
  readonly changed: readonly {
    readonly kind: 'member' | 'group';
    readonly id: string;
    readonly email?: string;
    readonly name?: string;
  }[];
  /** Set where the answer was a job id: the effect came with the call or with a later look at the job, as `asyncEffect` says. */
  readonly jobId?: string;
}
