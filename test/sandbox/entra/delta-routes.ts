import { blankObject, parseSelect, type Selection } from './selection.ts';
import { showDeltaItem } from './delta-item.ts';
import { readRoundPage, startRound, type RoundPage, type RoundParts } from './delta-round.ts';
import type { Watch } from './segment.ts';
import {
  holdsPermission,
  readHiddenMembers,
  readMembers,
  readUsers,
  type GraphAnswer,
  type GraphCall,
  type GraphRoute,
} from './graph-call.ts';
import { GraphRefusal, refuseExpiredPage, refuseQuery } from './graph-refusal.ts';
import { requireKnownOptions } from './graph-request.ts';
import { parseIdFilter } from './id-filter.ts';
import type { DeltaPosition, LinkToken, PagePosition } from './link-tokens.ts';

/** The two streams. Query options go on the first request only and live in the token from then on. */
export const deltaRoutes: readonly GraphRoute[] = [
  {
    method: 'GET',
    pattern: '/users/delta',
    permissions: [readUsers],
    cost: { units: 2, writes: 0 },
    answer: (call) => answerDelta(call, 'users'),
  },
  {
    method: 'GET',
    pattern: '/groups/delta',
    permissions: [readMembers],
    cost: { units: 1, writes: 0 },
    answer: (call) => answerDelta(call, 'groups'),
  },
];

type Stream = Watch['stream'];

function answerDelta(call: GraphCall, stream: Stream): GraphAnswer {
  const { options } = call.request;
  for (const name of ['$expand', '$orderby']) {
    if (options.has(name)) throw refuseQuery(`${name} is not supported on ${stream}/delta.`);
  }
  requireKnownOptions(call.request, ['$select', '$filter', '$top', '$deltatoken', '$skiptoken']);
  const text = options.get('$skiptoken') ?? options.get('$deltatoken') ?? '';
  if (text === '') return answerPage(call, startAnew(call, stream));
  if (text === 'latest' && options.has('$deltatoken')) return answerLatest(call, stream);
  const others = [...options.keys()].filter((name) => name !== '$top');
  if (others.length > 1) {
    throw refuseQuery('Query options cannot be changed once a token is given.');
  }
  return answerPage(call, resume(call, stream, text));
}

function parseWatch({ request, settings }: GraphCall, stream: Stream): Watch {
  const type = stream === 'users' ? 'user' : 'group';
  const filter = request.options.get('$filter');
  return {
    stream,
    select: parseSelect(request.options.get('$select'), {
      types: [type],
      permissions: settings.permissions,
      isDelta: true,
    }),
    ids: filter === undefined ? null : parseIdFilter(filter, { form: 'eq', maximum: 50 }),
  };
}

function startAnew(call: GraphCall, stream: Stream): PagePosition {
  const watch = parseWatch(call, stream);
  return startRound(watch, null, call.readVersion('directory'), drawSeed(call));
}

function drawSeed(call: GraphCall): number {
  return call.graph.random.below(2 ** 31);
}

function answerLatest(call: GraphCall, stream: Stream): GraphAnswer {
  const watch = parseWatch(call, stream);
  const version = call.readVersion('directory');
  return buildAnswer(call, watch, [], { kind: 'delta', ...watch, version });
}

function resume(call: GraphCall, stream: Stream, text: string): PagePosition {
  const { token, isExpired } = call.graph.tokens.read(text);
  if (token.kind === 'list' || token.stream !== stream) {
    throw new GraphRefusal(400, 'BadRequest', 'Badly formed token.');
  }
  const isStruck = token.kind === 'page' && call.specials.has('expiredPage');
  if (isExpired || isStruck) throw refuseExpired(call, token);
  if (token.kind === 'page') return { ...token };
  return startRound(token, token.version, call.readVersion('directory'), drawSeed(call));
}

function refuseExpired(
  { settings, request }: GraphCall,
  token: Exclude<LinkToken, { readonly kind: 'list' }>,
): GraphRefusal {
  if (token.kind === 'page') {
    return refuseExpiredPage();
  }
  const message = 'The delta token is no longer known. Read everything again.';
  if (settings.expiredDeltaLink !== 'gone') {
    return new GraphRefusal(settings.expiredDeltaLinkStatus, settings.expiredDeltaLink, message);
  }
  const select =
    settings.resetLocationKeepsSelect && token.select !== null
      ? `$select=${token.select.join(',')}&`
      : '';
  const location = `${request.base}/${token.stream}/delta?${select}$deltatoken=`;
  return new GraphRefusal(410, settings.goneCode, message, { location });
}

function answerPage(call: GraphCall, position: PagePosition): GraphAnswer {
  const parts = buildRoundParts(call);
  const page = disturb(call, position, parts, readRoundPage(position, parts));
  const isMinimal = /(^|[,;\s])return=minimal($|[,;\s])/iu.test(
    call.request.headers['prefer'] ?? '',
  );
  const items = page.units
    .filter((_, index) => !call.specials.has('dropItems') || index % 2 === 1)
    .map((unit) => showDeltaItem(call.graph.tenant, unit, page.segment, isMinimal))
    .map((item) =>
      call.specials.has('blankUsers') && !('@removed' in item) ? blankObject(item) : item,
    );
  const answer = buildAnswer(call, position, items, page.next);
  return isMinimal ? { ...answer, headers: { 'preference-applied': 'return=minimal' } } : answer;
}

function buildRoundParts(call: GraphCall): RoundParts {
  const { settings, graph } = call;
  const asked = /odata\.maxpagesize=(\d+)/iu.exec(call.request.headers['prefer'] ?? '')?.[1];
  const wish = asked === undefined || !settings.honourMaxPageSize ? Infinity : Number(asked);
  return {
    settings,
    visible: call.readVersion('directory'),
    limits: {
      objects: Math.max(1, Math.min(settings.deltaPageObjects, wish)),
      links: settings.deltaPageLinks,
    },
    readUnits: (segment) => graph.readUnits(segment, holdsPermission(settings, readHiddenMembers)),
  };
}

/** What the special faults make of a page. */
function disturb(
  { specials }: GraphCall,
  position: PagePosition,
  parts: RoundParts,
  page: RoundPage,
): RoundPage {
  if (specials.has('emptyPage') || specials.has('lostRest')) {
    const { stream, select, ids } = position;
    const version = Math.max(position.to, parts.visible);
    const units = specials.has('emptyPage') ? [] : page.units;
    return { ...page, units, next: { kind: 'delta', stream, select, ids, version } };
  }
  if (specials.has('lostPage')) {
    return page.next.kind === 'page' ? readRoundPage(page.next, parts) : { ...page, units: [] };
  }
  if (specials.has('repeatPage')) {
    return { ...page, next: { ...position, page: position.page + 1 } };
  }
  return position.isStuck || specials.has('selfLink')
    ? { ...page, next: { ...position, isStuck: true } }
    : page;
}

function buildAnswer(
  call: GraphCall,
  watch: { readonly stream: Stream; readonly select: Selection },
  value: GraphAnswer['body'][string] & readonly GraphAnswer['body'][],
  next: PagePosition | DeltaPosition,
): GraphAnswer {
  const { base } = call.request;
  const isEnd = next.kind === 'delta';
  const token = readOwnToken(call, next) ?? call.graph.tokens.write(next);
  const link = `${base}/${watch.stream}/delta?${isEnd ? '$deltatoken' : '$skiptoken'}=${token}`;
  const selected = watch.select === null ? '' : `(${watch.select.join(',')})`;
  return {
    status: 200,
    body: {
      '@odata.context': `${base}/$metadata#${watch.stream}${selected}`,
      [isEnd ? '@odata.deltaLink' : '@odata.nextLink']: link,
      value,
    },
  };
}

/** A stuck page points at itself, to the letter. */
function readOwnToken(
  { request, graph }: GraphCall,
  next: PagePosition | DeltaPosition,
): string | undefined {
  const own = request.options.get('$skiptoken');
  if (own === undefined || next.kind === 'delta' || !next.isStuck) return undefined;
  const { token } = graph.tokens.read(own);
  return token.kind === 'page' && token.isStuck ? own : undefined;
}
