import type { RequestContext, Rules } from '../wire/rules.ts';
import type { SettingsStore } from '../wire/settings.ts';
import type { WireRequest, WireResponse } from '../wire/types.ts';
import { applicationRoutes } from './application-routes.ts';
import { batchRoute } from './batch-route.ts';
import { deltaRoutes } from './delta-routes.ts';
import type { EntraSettings } from './entra-settings.ts';
import {
  holdsPermission,
  type Graph,
  type GraphAnswer,
  type GraphCall,
  type GraphRoute,
} from './graph-call.ts';
import { GraphRefusal, refusePermission } from './graph-refusal.ts';
import { parseGraphRequest, type GraphRequest } from './graph-request.ts';
import { memberRoutes } from './member-routes.ts';
import { objectRoutes } from './object-routes.ts';
import type { Cost, Throttle } from './throttle.ts';
import { witnessRoutes } from './witness-routes.ts';
import { buildError, buildHeaders, readErrorCode } from './graph-response.ts';

interface GraphRuleParts {
  readonly graph: Graph;
  readonly throttle: Throttle;
  readonly settings: SettingsStore<EntraSettings>;
}

/** Streams first: `/users/delta` is no user. */
const routes = [
  ...deltaRoutes,
  ...applicationRoutes,
  ...memberRoutes,
  ...witnessRoutes,
  ...objectRoutes,
  batchRoute,
].map((route) => ({ ...route, matcher: buildMatcher(route.pattern) }));

/** Graph's own part of the rules: token, throttling, permissions, then the route. */
export function createGraphRules(
  parts: GraphRuleParts,
): Pick<Rules, 'route' | 'respond' | 'failure'> {
  return {
    route: (request) => matchRoute(request, parts.settings.read())?.route.pattern,
    respond: (request, context) => {
      const match = matchRoute(request, parts.settings.read());
      if (match === undefined) throw new Error(`cannot answer ${request.url}: no such route`);
      return { response: answerSafely(parts, match, context), wrote: false };
    },
    failure: (status, request) => {
      const headers = buildHeaders(parts.graph, request.headers);
      const throttled = { 'x-ms-throttle-information': 'ResourceUnitLimitExceeded' };
      const message = 'The request could not be served.';
      return {
        headers: status === 429 ? { ...headers, ...throttled } : headers,
        body: buildError(
          { code: readErrorCode(status), message },
          headers,
          parts.graph.clock.now(),
        ),
      };
    },
  };
}

interface Match {
  readonly route: GraphRoute;
  readonly request: GraphRequest;
  readonly params: readonly string[];
}

function matchRoute(request: WireRequest, settings: EntraSettings): Match | undefined {
  const parsed = parseGraphRequest(request, settings.origin);
  if (parsed === undefined) return undefined;
  for (const route of routes) {
    if (route.method !== parsed.method) continue;
    const found = route.matcher.exec(parsed.path);
    if (found === null) continue;
    return { route, request: parsed, params: found.slice(1).map((value) => value.toLowerCase()) };
  }
  return undefined;
}

function buildMatcher(pattern: string): RegExp {
  const literals = pattern.split(/\{\w+\}/u);
  const escaped = literals.map((text) => text.replaceAll(/[$()./]/gu, String.raw`\$&`));
  return new RegExp(`^${escaped.join("([^/']+)")}$`, 'u');
}

function answerSafely(parts: GraphRuleParts, match: Match, context: RequestContext): WireResponse {
  const headers = buildHeaders(parts.graph, match.request.headers);
  try {
    return answerRoute(parts, match, context, headers);
  } catch (error) {
    if (!(error instanceof GraphRefusal)) throw error;
    return {
      status: error.status,
      headers: { ...headers, ...error.headers },
      body: buildError(error, headers, parts.graph.clock.now()),
    };
  }
}

function answerRoute(
  parts: GraphRuleParts,
  match: Match,
  context: RequestContext,
  headers: WireResponse['headers'],
): WireResponse {
  const { graph, throttle } = parts;
  const settings = parts.settings.read();
  requireToken(graph, settings, match.request);
  const cost = readCost(match, settings);
  requireCapacity(throttle, cost, match.request);
  const answer = answerCharged(
    () => askRoute(parts, match, context),
    (status) => {
      if (settings.chargeRefusals || !freeStatuses.includes(status)) throttle.charge(cost);
    },
  );
  return {
    status: answer.status,
    headers: { ...headers, ...answer.headers, ...buildUsage(cost, settings, throttle) },
    body: JSON.stringify(answer.body),
  };
}

/** Malformed and forbidden requests were seen to cost nothing. */
const freeStatuses = [400, 403];

function answerCharged(ask: () => GraphAnswer, charge: (status: number) => void): GraphAnswer {
  try {
    const answer = ask();
    charge(answer.status);
    return answer;
  } catch (error) {
    if (error instanceof GraphRefusal) charge(error.status);
    throw error;
  }
}

function askRoute(parts: GraphRuleParts, match: Match, context: RequestContext): GraphAnswer {
  for (const names of match.route.permissions) {
    if (!holdsPermission(parts.settings.read(), names)) throw refusePermission();
  }
  return match.route.answer(buildCall(parts, match, context));
}

/** The literal token of the sandbox, while it has not expired. */
function requireToken(graph: Graph, settings: EntraSettings, { headers }: GraphRequest): void {
  const given = /^Bearer (.*)$/u.exec(headers['authorization'] ?? '')?.[1];
  if (given === undefined || given === '') throw refuseToken('Access token is empty.');
  if (given !== settings.accessToken) throw refuseToken('Access token validation failure.');
  const expiresAt = settings.accessTokenExpiresAt ?? Infinity;
  if (graph.clock.now() >= expiresAt) {
    throw refuseToken('Lifetime validation failed, the token is expired.');
  }
}

function refuseToken(message: string): GraphRefusal {
  return new GraphRefusal(401, 'InvalidAuthenticationToken', message, {
    'www-authenticate': 'Bearer realm="", error="invalid_token"',
  });
}

/** Resource units: the base cost, less for `$select` and for a small `$top`, never below 1. A token stands for its own `$select`. */
function readCost({ route, request }: Match, settings: EntraSettings): Cost {
  const { options } = request;
  if (route.pattern === batchRoute.pattern) return route.cost;
  const isSelected =
    options.has('$select') || options.has('$deltatoken') || options.has('$skiptoken');
  if (route.pattern === '/directoryObjects/getByIds') {
    return { ...route.cost, units: options.has('$select') ? 2 : route.cost.units };
  }
  const base = route.pattern === '/users/delta' ? settings.usersDeltaUnits : route.cost.units;
  const top = Number(options.get('$top') ?? 100);
  return { ...route.cost, units: Math.max(1, base - (isSelected ? 1 : 0) - (top < 20 ? 1 : 0)) };
}

function requireCapacity(throttle: Throttle, cost: Cost, { headers }: GraphRequest): void {
  if (cost.units === 0) return;
  const isLow = headers['x-ms-throttle-priority']?.toLowerCase() === 'low';
  const refusal = throttle.refuse(cost, isLow);
  if (refusal === undefined) return;
  throw new GraphRefusal(429, 'TooManyRequests', 'Too many requests.', {
    'retry-after': String(refusal.retryAfterSeconds),
    'x-ms-throttle-scope': refusal.scope,
    'x-ms-throttle-information': refusal.information,
  });
}

function buildCall(parts: GraphRuleParts, match: Match, context: RequestContext): GraphCall {
  const { graph } = parts;
  const replica = graph.visibility.pickReplica();
  return {
    graph,
    settings: parts.settings.read(),
    request: match.request,
    params: match.params,
    specials: context.specials,
    readVersion: (area) =>
      context.specials.has('staleReplica')
        ? graph.visibility.readStaleVersion(area)
        : graph.visibility.readVersion(area, replica),
    handlePart: (request) => {
      if (context.partOf === undefined) return context.handlePart(request);
      throw new GraphRefusal(400, 'BadRequest', 'A batch inside a batch.');
    },
  };
}

function buildUsage(
  cost: Cost,
  settings: EntraSettings,
  throttle: Throttle,
): WireResponse['headers'] {
  if (cost.units === 0) return {};
  const usage = throttle.readUsage();
  const isHigh = settings.throttlePercentageHeader && usage >= 0.8;
  return {
    'x-ms-resource-unit': String(cost.units),
    ...(isHigh ? { 'x-ms-throttle-limit-percentage': usage.toFixed(2) } : {}),
  };
}
