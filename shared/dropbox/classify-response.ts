import { z } from 'zod';
import { parseRetryAfter } from '../http/retry-after.ts';
import {
  BadRequestError,
  CredentialError,
  LostAnswerError,
  ThrottledError,
  TransientError,
} from '../model/errors.ts';
import type { HttpResponse } from '../model/ports.ts';
import type { Answer } from '../model/target.ts';
import { parseJson } from './parse-json.ts';
import { redact } from './redact.ts';
import { toRefusal } from './refusal.ts';
import type { Route } from './route.ts';

/**
 * What a response means: the parsed answer of a 200, or the refusal of a 409. Everything else is thrown as the model's error for it:
 * 400 and other 4xx BadRequestError, 401 and 403 CredentialError, 429 ThrottledError. An answer that says nothing for certain (5xx,
 * a redirect, HTML, an unexpected shape) is TransientError with `retryAfterMs` 0 unless asked for a time, or LostAnswerError for a write.
 * Decided by status and tag; only 400 has nothing but a text.
 */
export function classifyResponse<T>(
  response: HttpResponse,
  route: Route<T>,
  nowMs: number,
): Answer<T> {
  const { status } = response;
  if (status === 200) return { kind: 'done', value: parseAnswer(response, route) };
  if (status === 409) return parseRefusal(response, route);
  throw toFailure(response, route, nowMs);
}

function toFailure(response: HttpResponse, route: Route<unknown>, nowMs: number): Error {
  const { status } = response;
  if (status === 429) return toThrottled(response, route, nowMs);
  if (status === 400) return toBadRequest(response, route);
  if (status === 401 || status === 403) return toCredential(response, route);
  // 408 comes from a gateway that waited for the end of the request: who knows how much of it went on.
  if (status > 400 && status < 500 && status !== 408) {
    return new BadRequestError(`cannot call ${route.path}: HTTP ${status}`);
  }
  const waitMs = parseRetryAfter(response.headers['retry-after'], nowMs) ?? 0;
  return toUnclear(route, `HTTP ${status}`, waitMs);
}

/** The error for "it may or may not have happened": of no consequence for a read, to be read back for a write. */
export function toUnclear(
  route: Pick<Route<unknown>, 'path' | 'effect'>,
  reason: string,
  waitMs: number,
  cause?: unknown,
): TransientError | LostAnswerError {
  const message = `cannot call ${route.path}: ${reason}`;
  return route.effect === 'read'
    ? new TransientError(message, waitMs, { cause })
    : new LostAnswerError(message, { cause });
}

/** Whether Dropbox refused the call because the access token is past its time. */
export function isExpiredToken(response: HttpResponse): boolean {
  return response.status === 401 && readErrorTag(response) === 'expired_access_token';
}

function parseAnswer<T>(response: HttpResponse, route: Route<T>): T {
  const parsed = route.answer.safeParse(parseJson(response.body));
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues
    .slice(0, 3)
    .map((issue) => issue.path.join('.') || 'all of it');
  throw toUnclear(route, `an answer of a shape we do not know (${places.join(', ')})`, 0);
}

function parseRefusal(
  response: HttpResponse,
  route: Route<unknown>,
): { readonly kind: 'refused'; readonly refusal: NonNullable<ReturnType<typeof toRefusal>> } {
  const refusal = toRefusal(parseJson(response.body));
  if (refusal === undefined) throw toUnclear(route, 'a refusal (409) without a tag', 0);
  return { kind: 'refused', refusal };
}

const rateLimitSchema = z.object({
  error: z.object({ reason: z.unknown(), retry_after: z.number().positive().default(1) }),
});

/** Header, else the body's `retry_after` (its default is 1 s), else the 5 s that Dropbox's own SDK for Python waits. */
function toThrottled(response: HttpResponse, route: Route<unknown>, nowMs: number): ThrottledError {
  const asked = parseRetryAfter(response.headers['retry-after'], nowMs);
  const body = rateLimitSchema.safeParse(parseJson(response.body));
  const fromBody = body.success ? Math.ceil(body.data.error.retry_after * 1000) : 5_000;
  return new ThrottledError(`cannot call ${route.path}: HTTP 429`, asked || fromBody);
}

const scopeName = /\b[a-z_]+\.(?:read|write|delete|list|modify|member)\b/;

/**
 * A 400 has nothing but a text. It usually is about the request body and says so. Where it is not and names a scope (one that is not
 * enabled on the app) or the token (one of a person instead of a team), no call of ours will succeed.
 */
function toBadRequest(response: HttpResponse, route: Route<unknown>): Error {
  const message = `cannot call ${route.path}: HTTP 400, ${redact(response.body)}`;
  const text = response.body.slice(0, 2000);
  if (text.includes('request body')) return new BadRequestError(message);
  const scope = /\bscopes?\b/i.test(text) ? scopeName.exec(text)?.[0] : undefined;
  if (scope !== undefined) return new CredentialError(message, 'dropbox', scope);
  if (/access token|authorization/i.test(text)) return new CredentialError(message, 'dropbox');
  return new BadRequestError(message);
}

const authErrorSchema = z.object({
  error: z.looseObject({ '.tag': z.string(), required_scope: z.string().optional() }),
});

function toCredential(response: HttpResponse, route: Route<unknown>): CredentialError {
  const parsed = authErrorSchema.safeParse(parseJson(response.body));
  const tag = toRefusal(parseJson(response.body))?.tag ?? 'no reason named';
  const missing = parsed.success ? parsed.data.error.required_scope : undefined;
  const scope = missing === undefined ? '' : ` ${missing}`;
  const message = `cannot call ${route.path}: HTTP ${response.status}, ${redact(tag)}${scope}`;
  return new CredentialError(message, 'dropbox', missing);
}

function readErrorTag(response: HttpResponse): string | undefined {
  const parsed = authErrorSchema.safeParse(parseJson(response.body));
  return parsed.success ? parsed.data.error['.tag'] : undefined;
}
