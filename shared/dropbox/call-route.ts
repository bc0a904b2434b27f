import { withRetry } from '../http/retry.ts';
import { CredentialError, HttpFailureError, TransientError } from '../model/errors.ts';
import type { Clock, HttpResponse, Log, Random, Send } from '../model/ports.ts';
import type { Answer } from '../model/target.ts';
import type { AccessToken } from './access-token.ts';
import { classifyResponse, isExpiredToken, toUnclear } from './classify-response.ts';
import type { CallRoute, Route } from './route.ts';

/** How long one exchange may take, by class of route. */
export interface RouteTimeouts {
  readonly read: number;
  readonly write: number;
  readonly invite: number;
}

export interface CallRouteOptions {
  readonly apiUrl: string;
  readonly accessToken: AccessToken;
  readonly send: Send;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly timeoutsMs: RouteTimeouts;
}

const readTries = 3;
const readDeadlineMs = 30_000;
/** Above this, a wait that a 429 asks for is the caller's, who makes all instances wait. */
const throttleWaitMs = 2_000;
const unreachableRetryMs = 5_000;

/**
 * The one way to call the team API. Reads are repeated (three tries within 30 s), writes never, except that a call refused for an
 * expired access token is made once more with a new one. Every exchange is logged by route, status, duration and Dropbox's request id.
 */
export function createCallRoute(options: CallRouteOptions): CallRoute {
  const policy = {
    clock: options.clock,
    random: options.random,
    tries: readTries,
    deadlineMs: readDeadlineMs,
    throttleWaitMs,
  };
  return async (route, argument) => {
    const timeoutMs = options.timeoutsMs[route.effect];
    const body = JSON.stringify(argument);
    if (route.effect !== 'read') return await exchange({ route, body, timeoutMs }, options);
    return await withRetry(
      (leftMs) => exchange({ route, body, timeoutMs: Math.min(timeoutMs, leftMs) }, options),
      policy,
    );
  };
}

interface Call<T> {
  readonly route: Route<T>;
  readonly body: string;
  readonly timeoutMs: number;
}

async function exchange<T>(call: Call<T>, options: CallRouteOptions): Promise<Answer<T>> {
  const { accessToken, clock } = options;
  let token = await accessToken.get();
  let response = await post(call, token, options);
  if (isExpiredToken(response)) {
    accessToken.forget(token);
    token = await accessToken.get();
    response = await post(call, token, options);
  }
  try {
    return classifyResponse(response, call.route, clock.now());
  } catch (error) {
    // A new authorisation takes effect with the next call, not when the refused token would have expired.
    if (error instanceof CredentialError) accessToken.forget(token);
    throw error;
  }
}

async function post(
  call: Call<unknown>,
  token: string,
  options: CallRouteOptions,
): Promise<HttpResponse> {
  const { route, body, timeoutMs } = call;
  const startedAt = options.clock.now();
  try {
    const response = await options.send({
      method: 'POST',
      url: `${options.apiUrl.replace(/\/+$/, '')}/2/${route.path}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
      timeoutMs: Math.max(1, Math.ceil(timeoutMs)),
    });
    logExchange(call, response, startedAt, options);
    return response;
  } catch (error) {
    if (!(error instanceof HttpFailureError)) throw error;
    logExchange(call, undefined, startedAt, options);
    throw toCallFailure(error, route);
  }
}

/** Nothing of the request or the answer but this: a body holds names and addresses. */
function logExchange(
  call: Call<unknown>,
  response: HttpResponse | undefined,
  startedAt: number,
  { log, clock }: CallRouteOptions,
): void {
  const fields = {
    route: call.route.path,
    status: response?.status ?? 'none',
    durationMs: clock.now() - startedAt,
    requestId: response?.headers['x-dropbox-request-id'],
  };
  if (response?.status === 200) log.info('dropboxCall', fields);
  else log.warn('dropboxCall', fields);
}

/** Without an answer, only a connection that was never made says that nothing happened. */
function toCallFailure(error: HttpFailureError, route: Route<unknown>): Error {
  if (route.effect !== 'read' && error.neverSent) {
    const message = `cannot call ${route.path}: ${error.message}`;
    return new TransientError(message, unreachableRetryMs, { cause: error });
  }
  return toUnclear(route, error.message, 0, error);
}
