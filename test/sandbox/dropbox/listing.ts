import type { AuthorizedCall } from './call.ts';
import { readCursor, writeCursor, type Cursor } from './cursor.ts';

export interface ListingQuery {
  /** Which list: a cursor is good for one only. */
  readonly listing: string;
  readonly limit: number;
  /** What was asked for, to be asked again with the next page. */
  readonly query: unknown;
}

export interface ListingPage {
  readonly ids: readonly string[];
  readonly cursor: string;
  readonly hasMore: boolean;
}

/** A cursor of that listing that is still good; undefined calls for `invalid_cursor`. */
export function resumeListing(
  call: AuthorizedCall,
  listing: string,
  text: string,
): Cursor | undefined {
  const { settings, now, team, specials } = call;
  const cursor = readCursor(text);
  const isOld =
    settings.cursorLifetimeMs > 0 && now > (cursor?.issuedAt ?? 0) + settings.cursorLifetimeMs;
  const isOurs = cursor?.listing === listing && cursor.generation === team.readGeneration();
  return isOurs && !isOld && !specials.has('invalidCursor') ? cursor : undefined;
}

/** One page out of `ids`, the whole list as it is now. Positions move with the list, as the settings say. */
export function cutPage(
  call: AuthorizedCall,
  { listing, limit, query }: ListingQuery,
  list: { readonly ids: readonly string[]; readonly cursor: Cursor | undefined },
): ListingPage {
  const { ids, cursor } = list;
  const page = (cursor?.page ?? 0) + 1;
  const length = readLength(call, page, limit);
  const asked = findStart(call, ids, cursor);
  const start = call.specials.has('lostPage') ? asked + length : asked;
  const isEmpty = hasAny(call, ['emptyPage', 'emptyList']);
  const items = isEmpty ? [] : ids.slice(start, start + length);
  const position = call.specials.has('sameCursor')
    ? { offset: asked, lastId: cursor?.lastId }
    : { offset: start + items.length, lastId: items.at(-1) ?? cursor?.lastId };
  const next: Cursor = {
    listing,
    generation: call.team.readGeneration(),
    issuedAt: call.now,
    page,
    query,
    ...position,
  };
  const hasMore = tellsMore(call, start + items.length < ids.length);
  return { ids: items, cursor: writeCursor(next), hasMore };
}

function tellsMore(call: AuthorizedCall, hasMore: boolean): boolean {
  if (hasAny(call, ['endEarly', 'emptyList'])) return false;
  return hasMore || hasAny(call, ['emptyPage', 'sameCursor']);
}

function hasAny({ specials }: AuthorizedCall, names: readonly string[]): boolean {
  return names.some((name) => specials.has(name));
}

/** Now and then a page holds fewer than were asked for, although it is not the last. */
function readLength({ settings }: AuthorizedCall, page: number, limit: number): number {
  const isShort = settings.shortPageEvery > 0 && page % settings.shortPageEvery === 0;
  return isShort ? Math.max(1, Math.floor(limit / 2)) : limit;
}

function findStart(
  { settings }: AuthorizedCall,
  ids: readonly string[],
  cursor: Cursor | undefined,
): number {
  if (cursor === undefined) return 0;
  if (settings.listPositions === 'offset' || cursor.lastId === undefined) return cursor.offset;
  const last = ids.indexOf(cursor.lastId);
  return last === -1 ? cursor.offset : last + 1;
}
