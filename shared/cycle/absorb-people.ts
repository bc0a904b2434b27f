import { CredentialError } from '../model/errors.ts';
import type { EntraUser } from '../model/source.ts';
import type { UserRow, UserSource } from '../model/user-row.ts';
import { desireUser } from '../plan/desire-user.ts';
import { loadUsers } from '../rows/users.ts';
import { settleAddressClaims } from './address-claims.ts';
import type { CycleDeps } from './deps.ts';
import { savePeople, type ChangedPerson } from './save-people.ts';

/** What one page says about one person. What is absent stays as it was. */
export interface PersonFact {
  readonly user?: EntraUser;
  /** From a list, which may lag behind the users stream: it fills in what nobody has read in this epoch, and overrules nothing. */
  readonly isListed?: boolean;
  /** Of the streams, when this was told. */
  readonly epoch?: string;
  readonly deleted?: UserSource['deleted'];
  /** Enabled roles held directly: all of them. */
  readonly roles?: readonly string[];
  readonly joins?: readonly string[];
  readonly leaves?: readonly string[];
  /** Why what this page does not show is no proof of an absence; null where it is one. */
  readonly doubt?: string | null;
}

export interface Absorbed {
  /** Rows whose desired state moved. */
  readonly changed: number;
  readonly scheduled: number;
  /** In scope, but their attributes have not been read in this epoch. */
  readonly unknown: readonly string[];
  /** Shown without what every user has: a permission is missing. */
  readonly unreadable: number;
}

const nothingAbsorbed: Absorbed = { changed: 0, scheduled: 0, unknown: [], unreadable: 0 };

/**
 * Takes a page of facts into the rows: source, then desired, then `pending` or `held`. The same page taken in again changes nothing and
 * schedules whoever is not yet as desired, so that a crash between two of these steps loses nobody. People nobody has assigned are left
 * out: their changes cost one look each and no row; only a soft deletion is kept, because a return is to be noticed. `loaded` are the rows of
 * these people where they are at hand.
 */
export async function absorbPeople(
  deps: CycleDeps,
  facts: ReadonlyMap<string, PersonFact>,
  loaded?: readonly UserRow[],
): Promise<Absorbed> {
  if (facts.size === 0) return nothingAbsorbed;
  const rows = loaded ?? (await loadUsers(deps.tables, [...facts.keys()]));
  const met: { readonly row: UserRow; readonly source: UserSource }[] = [];
  let unreadable = 0;
  for (const row of rows) {
    const fact = facts.get(row.id);
    if (fact === undefined || row.isUnreadable === true) continue;
    if (row.etag === undefined && !isWorthARow(fact)) continue;
    if (fact.user !== undefined && !isReadable(fact.user)) unreadable += 1;
    met.push({ row, source: applyFact(row.source, fact) });
  }
  refuseBlankPage(facts, unreadable);
  const { rivalsOf, others, commit } = await settleAddressClaims(deps, met);
  const now = deps.clock.now();
  const toChange = ({ row, source }: (typeof met)[number]): ChangedPerson => ({
    row,
    source,
    desired: desireUser(row.id, source, row.desired, {
      now,
      rivals: rivalsOf(row, source),
      policy: deps.cycle.leaving,
      ...doubtOf(facts.get(row.id)),
    }),
  });
  // Rivals first, the claims that fall second, the page's own rows last: until its own row is written, a repeated page sees it all again.
  const rivals = await savePeople(deps, others.map(toChange));
  await commit();
  const own = await savePeople(deps, met.map(toChange));
  const unknown = met
    .filter(({ row, source }) => isInScope(source) && isUnread(source, facts.get(row.id)))
    .map(({ row }) => row.id);
  return {
    changed: rivals.changed + own.changed,
    scheduled: rivals.scheduled + own.scheduled,
    unknown,
    unreadable,
  };
}

function doubtOf(fact: PersonFact | undefined): Pick<PersonFact, 'doubt'> {
  return fact?.doubt === undefined ? {} : { doubt: fact.doubt };
}

/** One blank user may be an oddity; a whole page of them is a permission we do not have. */
function refuseBlankPage(facts: ReadonlyMap<string, PersonFact>, unreadable: number): void {
  const shown = [...facts.values()].filter(({ user }) => user !== undefined);
  if (unreadable < 3 || shown.some(({ user }) => user !== undefined && isReadable(user))) return;
  const message = `Graph shows ${unreadable} users without userPrincipalName and accountEnabled; grant the permission and wait until it is in force`;
  throw new CredentialError(message, 'entra', 'User.Read.All');
}

/** Never read, or read in an epoch whose end nobody told of: what has changed between is not known. */
function isUnread(source: UserSource, fact: PersonFact | undefined): boolean {
  return source.attributes === null || source.epoch !== (fact?.epoch ?? source.epoch);
}

function isInScope(source: UserSource): boolean {
  return source.deleted === 'no' && source.roles.length + source.groups.length > 0;
}

function isWorthARow(fact: PersonFact): boolean {
  const bringsIntoScope = (fact.roles?.length ?? 0) > 0 || (fact.joins?.length ?? 0) > 0;
  return bringsIntoScope || fact.deleted === 'soft';
}

/** Without User.Read.All Graph shows users with null properties: that is no change of anything. */
function isReadable(user: EntraUser): boolean {
  const { accountEnabled, userPrincipalName } = user.attributes;
  return typeof accountEnabled === 'boolean' && typeof userPrincipalName === 'string';
}

function applyFact(source: UserSource, fact: PersonFact): UserSource {
  const { epoch = source.epoch } = fact;
  const attributes = newAttributes(source, fact);
  const isRead = attributes !== undefined;
  return {
    attributes: attributes ?? source.attributes,
    epoch: isRead || fact.deleted !== undefined ? epoch : source.epoch,
    // Whoever is listed is there, unless the users stream has said otherwise since it began.
    deleted: fact.deleted ?? (isRead && source.epoch !== epoch ? 'no' : source.deleted),
    groups: applyMoves(source.groups, fact),
    roles: fact.roles === undefined ? source.roles : [...fact.roles].toSorted(),
  };
}

/** What is shown of a person, where that is readable and news; a list tells nothing new of somebody the stream has told of. */
function newAttributes(
  source: UserSource,
  { user, isListed, epoch = source.epoch }: PersonFact,
): EntraUser['attributes'] | undefined {
  if (user === undefined || !isReadable(user)) return undefined;
  const isOld = source.attributes === null || source.epoch !== epoch;
  return isListed !== true || isOld ? user.attributes : undefined;
}

function applyMoves(groups: readonly string[], { joins = [], leaves = [] }: PersonFact): string[] {
  const gone = new Set(leaves);
  return [...new Set([...groups, ...joins])].filter((group) => !gone.has(group)).toSorted();
}
