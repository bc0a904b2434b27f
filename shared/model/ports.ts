import type {
  Assignment,
  EntraApp,
  EntraGroup,
  EntraUser,
  GroupChange,
  ListPage,
  MembersAnswer,
  StreamPage,
  UserChange,
  WitnessAnswer,
  WitnessQuestion,
} from './source.ts';
import type {
  Answer,
  GroupChanges,
  GroupSelector,
  InviteAnswer,
  MemberChanges,
  MemberSelector,
  NewMember,
  RemoveAnswer,
  TeamGroup,
  TeamMember,
  TeamPage,
} from './target.ts';

/** Time, so that a test can own it. `now` is milliseconds since 1970. */
export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** Randomness, so that a run can be replayed from a seed. */
export interface Random {
  /** A new unguessable token: letters, digits and dashes. */
  token(): string;
  /** In [0, 1). */
  fraction(): number;
}

export type LogFields = { readonly [name: string]: string | number | boolean | undefined };

/** Telemetry: an event has a stable name and dimensions; never secrets, names or addresses. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export type Cell = string | number | boolean;
export type Columns = { readonly [name: string]: Cell };

export interface Row {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly etag: string;
  readonly columns: Columns;
}

export type TableAction =
  | { readonly kind: 'insert'; readonly rowKey: string; readonly columns: Columns }
  | { readonly kind: 'upsert'; readonly rowKey: string; readonly columns: Columns }
  | {
      readonly kind: 'merge';
      readonly rowKey: string;
      readonly columns: Columns;
      readonly etag: string;
    }
  | { readonly kind: 'delete'; readonly rowKey: string; readonly etag: string };

export interface TablePage {
  readonly rows: readonly Row[];
  /** Present while there may be more; a page may be empty and not the last. */
  readonly continuation?: string;
}

export interface PageRequest {
  /** Row keys from here on, inclusive. */
  readonly from?: string;
  /** Row keys before this one, exclusive. */
  readonly before?: string;
  /** At most 1,000, which is the default. */
  readonly limit?: number;
  readonly continuation?: string;
}

/**
 * Table Storage as the engine sees it. `insert` fails where the row exists, `upsert` merges without a look at what is there, `merge`
 * and `delete` want the ETag that was read (`*` for any). All actions of one call are one transaction: at most 100, one partition,
 * each row once, all or nothing. A row that is not as expected throws StorageConflictError; a service that does not answer, TransientError.
 */
export interface TableStore {
  get(table: string, partitionKey: string, rowKey: string): Promise<Row | undefined>;
  page(table: string, partitionKey: string, request: PageRequest): Promise<TablePage>;
  /** Returns the new ETag of each action's row, in order ('' for a delete). */
  write(
    table: string,
    partitionKey: string,
    actions: readonly TableAction[],
  ): Promise<readonly string[]>;
}

/** The doorbell: a message says which slot to look at, and its token; never what to do. */
export interface Doorbell {
  ring(message: { readonly slot: number; readonly token: string }, delayMs: number): Promise<void>;
}

/** Entra, read only. Every call may throw TransientError (Graph did not answer in time) or CredentialError (a permission is missing). */
export interface EntraReader {
  readApp(): Promise<EntraApp>;
  readAssignments(nextLink?: string): Promise<ListPage<Assignment>>;
  /** The link for "from now on" of the tenant's users or groups, with the properties the mapping needs. */
  readLatestLink(stream: 'users' | 'groups'): Promise<string>;
  /** May throw StreamResetError or PageExpiredError. */
  readUserChanges(link: string): Promise<StreamPage<UserChange>>;
  /** May throw StreamResetError or PageExpiredError. */
  readGroupChanges(link: string): Promise<StreamPage<GroupChange>>;
  /** First page of the direct user members of up to 20 groups, in one HTTP request. */
  readFirstMembers(groupIds: readonly string[]): Promise<ReadonlyMap<string, MembersAnswer>>;
  readMoreMembers(nextLink: string): Promise<ListPage<EntraUser>>;
  /** Users and groups by id, 15 to a part and 20 parts to a request. Unknown and soft-deleted ids are missing from the answer. */
  readByIds(ids: {
    readonly userIds: readonly string[];
    readonly groupIds: readonly string[];
  }): Promise<{ readonly users: readonly EntraUser[]; readonly groups: readonly EntraGroup[] }>;
  /**
   * Asks about each person by id, 20 parts to a request: their own record, and for each 20 groups which of them they are in. One answer
   * per user id; each stands for itself. Throws ThrottledError where a part was throttled.
   */
  readWitness(questions: readonly WitnessQuestion[]): Promise<ReadonlyMap<string, WitnessAnswer>>;
}

/** The Dropbox team, read. Every call may throw TransientError, ThrottledError or CredentialError. */
export interface TeamReader {
  /** One page of at most 300 members; without a cursor, the first. Throws CursorExpiredError where Dropbox forgot the cursor. */
  readMembers(cursor?: string): Promise<TeamPage<TeamMember>>;
  readGroups(cursor?: string): Promise<TeamPage<TeamGroup>>;
  /** One answer per selector, in order; undefined where Dropbox knows nobody. At most 100. */
  readMembersInfo(
    selectors: readonly MemberSelector[],
  ): Promise<readonly (TeamMember | undefined)[]>;
  /** One answer per selector, in order; undefined where there is none. All of one kind, at most 100. */
  readGroupsInfo(selectors: readonly GroupSelector[]): Promise<readonly (TeamGroup | undefined)[]>;
  /** Member ids of one group, a page. Refused where the group is gone or is not ours to see. */
  readGroupMembers(groupId: string, cursor?: string): Promise<Answer<TeamPage<string>>>;
  readInviteJob(jobId: string): Promise<InviteAnswer | { readonly kind: 'running' }>;
  /** What became of a removal that Dropbox turned into a job. */
  readRemoveJob(jobId: string): Promise<{ readonly kind: 'running' | 'complete' | 'failed' }>;
  /** Who authorised us; the cheapest question that proves that the credentials work. */
  readAuthorisingAdmin(): Promise<Answer<TeamMember>>;
  /** The team's id and licences. */
  readTeam(): Promise<TeamInfo>;
}

export interface TeamInfo {
  readonly teamId: string;
  readonly name: string;
  readonly licences: number;
  readonly provisioned: number;
}

/**
 * The Dropbox team, written. None of these is repeated by the adapter. Each may throw ThrottledError or TransientError (certainly nothing
 * happened), LostAnswerError (it may have happened), CredentialError, or BadRequestError (the whole call was malformed).
 */
export interface TeamWriter {
  inviteMembers(members: readonly NewMember[]): Promise<InviteAnswer>;
  updateMember(memberId: string, changes: MemberChanges): Promise<Answer<TeamMember>>;
  /** Dropbox wipes devices unless told not to, so it is always told. */
  suspendMember(memberId: string, options: RemovalOptions): Promise<Answer<null>>;
  unsuspendMember(memberId: string): Promise<Answer<null>>;
  removeMember(memberId: string, options: RemovalOptions): Promise<RemoveAnswer>;
  /** Brings a removed member back, within seven days. */
  recoverMember(memberId: string): Promise<Answer<null>>;
  createGroup(group: {
    readonly name: string;
    readonly externalId: string;
  }): Promise<Answer<TeamGroup>>;
  updateGroup(groupId: string, changes: GroupChanges): Promise<Answer<TeamGroup>>;
  /** Fails as a whole where one member cannot be added. At most 100 by our own choice. */
  addGroupMembers(groupId: string, memberIds: readonly string[]): Promise<Answer<null>>;
  /** Fails as a whole where one of them is not in the group. At most 100 by our own choice. */
  removeGroupMembers(groupId: string, memberIds: readonly string[]): Promise<Answer<null>>;
  /** The group is gone at once; Dropbox revokes its access to folders afterwards. */
  deleteGroup(groupId: string): Promise<Answer<null>>;
}

/** What becomes of a member's devices. */
export interface RemovalOptions {
  readonly wipeData: boolean;
}

/** Where the Dropbox refresh token lives. Never Table Storage, a queue message, a log or a URL. */
export interface TokenStore {
  loadRefreshToken(): Promise<string | undefined>;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string;
  /** The whole exchange, body included. */
  readonly timeoutMs: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** One HTTP exchange, never repeated here. Throws HttpFailureError where no whole answer came (refused, reset, time-out, too large). */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;
