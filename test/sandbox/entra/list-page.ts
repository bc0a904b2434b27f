import type { GraphAnswer, GraphCall, Item } from './graph-call.ts';
import { GraphRefusal, refuseExpiredPage } from './graph-refusal.ts';
import { readTop } from './graph-request.ts';
import type { ListPosition } from './link-tokens.ts';
import { blankObject } from './selection.ts';
import type { Area } from './visibility.ts';

/** An ordinary list of Graph. */
export interface ListSource<T> {
  readonly area: Area;
  /** True where the list is computed as a whole and must stay as it was on the first page. */
  readonly isPinned?: boolean;
  /** All that may be in it, in an order that never changes; `show` decides who is in it at that version. */
  readCandidates(version: number): readonly T[];
  show(candidate: T, version: number): Item | undefined;
  /** The part of the context after `$metadata#`. */
  readonly context: string;
}

/** One page of a list: 100 items, or `$top` up to 999, and an absolute link where there are more. */
export function answerList<T>(call: GraphCall, source: ListSource<T>): GraphAnswer {
  const top = readTop(call.request, call.settings.topOverMaximum);
  const position = readPosition(call, call.readVersion(source.area));
  const version = source.isPinned === true ? position.version : call.readVersion(source.area);
  const candidates = source.readCandidates(version);
  const asked = takePage(source, candidates, { start: position.index, top, version });
  const page = call.specials.has('lostPage')
    ? takePage(source, candidates, { start: asked.end, top, version })
    : asked;
  const isEmpty = call.specials.has('emptyPage');
  const shown = (isEmpty ? [] : page.items)
    .filter((_, index) => !call.specials.has('dropItems') || index % 2 === 1)
    .map((item) => (call.specials.has('blankUsers') ? blankObject(item) : item));
  const { base, options } = call.request;
  const isCounted = options.get('$count') === 'true' && !options.has('$skiptoken');
  const isLast = isEmpty || call.specials.has('lostRest');
  const nextLink = isLast ? undefined : buildNextLink(call, { ...position, version }, page);
  return {
    status: 200,
    body: {
      '@odata.context': `${base}/$metadata#${source.context}`,
      ...(isCounted
        ? { '@odata.count': isLast ? shown.length : countAll(source, candidates, version) }
        : {}),
      ...(nextLink === undefined ? {} : { '@odata.nextLink': nextLink }),
      value: shown,
    },
  };
}

interface Page {
  readonly items: readonly Item[];
  /** Where the next page starts; undefined where there is none. */
  readonly next: number | undefined;
  readonly end: number;
}

function takePage<T>(
  source: ListSource<T>,
  candidates: readonly T[],
  {
    start,
    top,
    version,
  }: { readonly start: number; readonly top: number; readonly version: number },
): Page {
  const items: Item[] = [];
  for (let index = start; index < candidates.length; index += 1) {
    const candidate = candidates[index];
    const item = candidate === undefined ? undefined : source.show(candidate, version);
    if (item === undefined) continue;
    if (items.length === top) return { items, next: index, end: index };
    items.push(item);
  }
  return { items, next: undefined, end: candidates.length };
}

function countAll<T>(source: ListSource<T>, candidates: readonly T[], version: number): number {
  return candidates.filter((candidate) => source.show(candidate, version) !== undefined).length;
}

function readPosition({ request, graph, specials }: GraphCall, version: number): ListPosition {
  const text = request.options.get('$skiptoken');
  if (text === undefined) {
    return { kind: 'list', path: request.path, index: 0, version, isStuck: false };
  }
  const { token, isExpired } = graph.tokens.read(text);
  if (token.kind !== 'list' || token.path !== request.path) {
    throw new GraphRefusal(400, 'BadRequest', 'Badly formed token.');
  }
  if (isExpired || specials.has('expiredPage')) throw refuseExpiredPage();
  return { ...token };
}

/** The other options stay in the link; a request header does not. */
function buildNextLink(call: GraphCall, position: ListPosition, page: Page): string | undefined {
  const { request, specials, graph } = call;
  const isStuck = position.isStuck || specials.has('selfLink');
  const index = isStuck || specials.has('repeatPage') ? position.index : page.next;
  if (index === undefined) return undefined;
  const own = isStuck && position.isStuck ? request.options.get('$skiptoken') : undefined;
  const token = own ?? graph.tokens.write({ ...position, index, isStuck });
  const kept = [...request.options].filter(([name]) => name !== '$skiptoken');
  const options = kept.map(([name, value]) => `${name}=${encodeURIComponent(value)}&`).join('');
  return `${request.base}${encodeURI(request.path)}?${options}$skiptoken=${token}`;
}
