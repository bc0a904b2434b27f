import type { RuleAnswer } from '../wire/rules.ts';
import type { WireRequest, WireResponse } from '../wire/types.ts';
import type { AuthorizedCall, Call, Endpoint, Outcome } from './call.ts';
import type { AccessToken, Grant } from './grants.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { readJson } from './read-argument.ts';
import { hasEnded } from './token-endpoint.ts';
import type { Tagged } from './to-wire.ts';

export interface ApiContext {
  readonly call: Call;
  readonly route: string;
  readonly limiter: RateLimiter;
  readonly headers: { readonly [name: string]: string };
}

/**
 * One call of the API. The order is ours, for Dropbox does not document it: method, token, scope, JSON, argument, rate limit, endpoint.
 */
export function answerApiCall(
  request: WireRequest,
  endpoint: Endpoint,
  context: ApiContext,
): RuleAnswer {
  if (request.method !== 'POST') {
    return badRequest(
      context,
      `Your request's HTTP request method is "${request.method}". This function only accepts the HTTP request methods "POST".`,
    );
  }
  const authorized = authorize(request, context);
  if ('response' in authorized) return authorized;
  const scopeRefusal = refuseScope(endpoint, authorized, context);
  if (scopeRefusal !== undefined) return scopeRefusal;
  const json = readJson(request);
  if (json.kind === 'malformed') return badRequest(context, json.text);
  const prepared = endpoint.prepare(json.value, context.call.settings);
  if (prepared.kind === 'malformed') return badRequest(context, prepared.text);
  const limitRefusal = refuseRate(context);
  if (limitRefusal !== undefined) return limitRefusal;
  const call: AuthorizedCall = { ...context.call, ...authorized };
  const outcome = prepared.value.run(call);
  if (outcome.kind !== 'result') return answerRefusal(context, outcome);
  return answerResult(context, outcome, prepared.value.argument);
}

interface Authorized {
  readonly grant: Grant;
  readonly accessToken: AccessToken;
}

function authorize(request: WireRequest, context: ApiContext): Authorized | RuleAnswer {
  const { now, specials } = context.call;
  const header = request.headers['authorization'];
  const [, token] = /^Bearer ([^\s]+)$/i.exec(header ?? '') ?? [];
  if (token === undefined) return refuseBearer(header, context);
  const authorized = findAuthorized(token, context.call);
  if (authorized === undefined) return refuseAuth(context, { '.tag': 'invalid_access_token' });
  if (authorized.accessToken.expiresAt <= now) {
    return refuseAuth(context, { '.tag': 'expired_access_token' });
  }
  return specials.has('routeAccessDenied')
    ? refuseAuth(context, { '.tag': 'route_access_denied' })
    : authorized;
}

/** The token and what it stands for; undefined where it was never issued or its grant has ended. */
function findAuthorized(token: string, call: Call): Authorized | undefined {
  const accessToken = call.grants.readAccessToken(token);
  if (accessToken === undefined) return undefined;
  const grant = call.grants.readGrant(accessToken.refreshToken);
  if (grant === undefined || grant.isRevoked || hasEnded(grant, call)) return undefined;
  return { grant, accessToken };
}

function refuseBearer(header: string | undefined, context: ApiContext): RuleAnswer {
  if (context.call.settings.noBearerStatus === 401) {
    return refuseAuth(context, { '.tag': 'invalid_access_token' });
  }
  return badRequest(
    context,
    header === undefined
      ? 'Must provide HTTP header "Authorization" or URL parameter "authorization".'
      : 'Invalid authorization value in HTTP header "Authorization": expecting "Bearer <token>".',
  );
}

function refuseAuth(context: ApiContext, error: Tagged): RuleAnswer {
  return answerJson(context, 401, describeError(context, error));
}

/** A scope that the app itself lacks is a malformed request; one that only this token lacks is a matter of authorisation. */
function refuseScope(
  { scope }: Endpoint,
  { grant, accessToken }: Authorized,
  context: ApiContext,
): RuleAnswer | undefined {
  if (scope === undefined) return undefined;
  if (!context.call.settings.appScopes.includes(scope)) {
    return badRequest(
      context,
      `Your app is not permitted to access this endpoint because it does not have the required scope '${scope}'. The owner of the app can enable the scope for the app using the Permissions tab on the App Console.`,
    );
  }
  if (grant.scopes.includes(scope) && accessToken.scopes.includes(scope)) return undefined;
  return refuseAuth(context, { '.tag': 'missing_scope', required_scope: scope });
}

function refuseRate(context: ApiContext): RuleAnswer | undefined {
  const { settings, specials } = context.call;
  if (specials.has('tooManyWriteOperations')) {
    return answerTooMany(context, 'too_many_write_operations', settings.retryAfterSeconds);
  }
  const waitSeconds = context.limiter.strike();
  if (waitSeconds === 0) return undefined;
  if (settings.rateLimitBody === 'json') {
    return answerTooMany(context, 'too_many_requests', waitSeconds);
  }
  const headers = { 'retry-after': String(waitSeconds) };
  return { response: answerText(context, 429, 'too_many_requests', headers), wrote: false };
}

function answerTooMany(context: ApiContext, reason: string, seconds: number): RuleAnswer {
  const answer = answerJson(context, 429, {
    error_summary: `${reason}/${dots(context)}`,
    error: { reason: { '.tag': reason }, retry_after: seconds },
  });
  const headers = { ...answer.response.headers, 'retry-after': String(seconds) };
  return { ...answer, response: { ...answer.response, headers } };
}

function answerRefusal(
  context: ApiContext,
  outcome: Exclude<Outcome, { readonly kind: 'result' }>,
): RuleAnswer {
  const { openTag, settings } = context.call;
  switch (outcome.kind) {
    case 'badRequest':
      return badRequest(context, outcome.text);
    case 'busy':
      return answerTooMany(context, 'too_many_write_operations', settings.retryAfterSeconds);
    case 'error':
      return answerJson(context, 409, describeError(context, openTag(outcome.error)));
  }
}

function answerResult(
  context: ApiContext,
  outcome: Extract<Outcome, { readonly kind: 'result' }>,
  argument: unknown,
): RuleAnswer {
  const { call, route } = context;
  const { changed, jobId } = outcome;
  if (changed !== undefined) {
    call.writes.add({
      sequence: call.sequence,
      at: call.now,
      route,
      argument,
      result: { changed, ...(jobId === undefined ? {} : { jobId }) },
    });
  }
  const wrote = changed !== undefined || jobId !== undefined;
  return { ...answerJson(context, 200, outcome.value), wrote };
}

function badRequest(context: ApiContext, text: string): RuleAnswer {
  const name = context.route.replace(/^\/2\//, '');
  const body = `Error in call to API function "${name}": ${text}`;
  return { response: answerText(context, 400, body), wrote: false };
}

function answerText(
  { headers }: ApiContext,
  status: number,
  body: string,
  more: { readonly [name: string]: string } = {},
): WireResponse {
  return {
    status,
    headers: { ...headers, 'content-type': 'text/plain; charset=utf-8', ...more },
    body,
  };
}

function answerJson({ headers }: ApiContext, status: number, value: unknown): RuleAnswer {
  return {
    response: {
      status,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(value),
    },
    wrote: false,
  };
}

/** The summary ends in any number of dots, so that nobody compares it. */
function describeError(context: ApiContext, error: Tagged) {
  return { error_summary: `${error['.tag']}/${dots(context)}`, error };
}

function dots({ call }: ApiContext): string {
  return '.'.repeat(call.random.below(4));
}
