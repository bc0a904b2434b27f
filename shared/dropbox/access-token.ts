import { z } from 'zod';
import { parseRetryAfter } from '../http/retry-after.ts';
import {
  CredentialError,
  HttpFailureError,
  ThrottledError,
  TransientError,
} from '../model/errors.ts';
import type { Clock, HttpResponse, Log, Send, TokenStore } from '../model/ports.ts';
import { parseJson } from './parse-json.ts';
import { redact } from './redact.ts';

const tokenTimeoutMs = 10_000;
const longestMarginMs = 5 * 60_000;
const retryAfterMs = 5_000;

export interface AccessTokenOptions {
  readonly tokenUrl: string;
  readonly appKey: string;
  readonly appSecret: string;
  readonly tokens: TokenStore;
  readonly send: Send;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AccessToken {
  /** A token with time left: at least five minutes, or half its life where it is a short one. */
  get(): Promise<string>;
  /** Says that Dropbox refused this token: the next `get` takes the refresh token from the store again. */
  forget(refused: string): void;
}

interface Grant {
  readonly token: string;
  readonly freshUntil: number;
  readonly expiresAt: number;
}

/**
 * The access token of the team link, got by the refresh grant; callers that come at the same time share one request. Throws
 * CredentialError where nobody has authorised yet or Dropbox refuses the grant, TransientError or ThrottledError where its token
 * endpoint does not answer: nothing has happened then.
 */
export function createAccessToken(options: AccessTokenOptions): AccessToken {
  let current: Grant | undefined;
  let pending: Promise<Grant> | undefined;

  const refresh = async (): Promise<Grant> => {
    pending ??= requestGrant(options).finally(() => {
      pending = undefined;
    });
    return await pending;
  };

  return {
    async get() {
      if (current !== undefined && options.clock.now() < current.freshUntil) return current.token;
      const previous = current;
      try {
        current = await refresh();
      } catch (error) {
        const isUsable = previous !== undefined && options.clock.now() < previous.expiresAt;
        if (isUsable && previous === current && error instanceof TransientError) {
          return previous.token;
        }
        throw error;
      }
      return current.token;
    },
    forget(refused) {
      if (current?.token === refused) current = undefined;
    },
  };
}

async function requestGrant(options: AccessTokenOptions): Promise<Grant> {
  const refreshToken = await options.tokens.loadRefreshToken();
  if (refreshToken === undefined || refreshToken === '') {
    throw new CredentialError(
      'cannot call Dropbox: not authorised yet; a team admin has to authorise the app first',
      'dropbox',
    );
  }
  const startedAt = options.clock.now();
  const response = await askForToken(options, refreshToken);
  options.log.info('dropboxToken', {
    status: response.status,
    durationMs: options.clock.now() - startedAt,
    requestId: response.headers['x-dropbox-request-id'],
  });
  if (response.status !== 200) throw toTokenError(response, options, refreshToken);
  return toGrant(response.body, startedAt);
}

/** Everything goes into the body: a URL is kept in the logs of every proxy on the way. */
async function askForToken(
  options: AccessTokenOptions,
  refreshToken: string,
): Promise<HttpResponse> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: options.appKey,
    client_secret: options.appSecret,
  });
  try {
    return await options.send({
      method: 'POST',
      url: options.tokenUrl,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      timeoutMs: tokenTimeoutMs,
    });
  } catch (error) {
    if (!(error instanceof HttpFailureError)) throw error;
    throw new TransientError(`cannot refresh the Dropbox token: ${error.message}`, retryAfterMs, {
      cause: error,
    });
  }
}

const grantSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
});

/** Counts from before the request: the token is never held for younger than it is. */
function toGrant(body: string, startedAt: number): Grant {
  const parsed = grantSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    throw new TransientError(
      'cannot refresh the Dropbox token: the answer is not a token',
      retryAfterMs,
    );
  }
  const lifeMs = parsed.data.expires_in * 1000;
  return {
    token: parsed.data.access_token,
    freshUntil: startedAt + lifeMs - Math.min(longestMarginMs, lifeMs / 2),
    expiresAt: startedAt + lifeMs,
  };
}

const oauthErrorSchema = z.object({
  error: z.string(),
  error_description: z.string().optional(),
});

/** RFC 6749, 5.2 names the codes; Dropbox sends them with 400, older code saw 401. */
function toTokenError(
  response: HttpResponse,
  options: AccessTokenOptions,
  refreshToken: string,
): Error {
  const { status } = response;
  const waitMs = parseRetryAfter(response.headers['retry-after'], options.clock.now());
  const message = `cannot refresh the Dropbox token: HTTP ${status}`;
  if (status === 429) return new ThrottledError(message, waitMs || retryAfterMs);
  if (status < 400 || status >= 500 || status === 408) {
    return new TransientError(message, waitMs || retryAfterMs);
  }
  const parsed = oauthErrorSchema.safeParse(parseJson(response.body));
  if (!parsed.success) return new CredentialError(message, 'dropbox');
  const secrets = [refreshToken, options.appSecret];
  const code = redact(parsed.data.error, secrets);
  const description = redact(parsed.data.error_description ?? '', secrets);
  return new CredentialError(`${message}, ${code}: ${description}`, 'dropbox');
}
