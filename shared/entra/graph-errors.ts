import { z } from 'zod';

import { parseRetryAfter } from '../http/retry-after.ts';
import {
  BadRequestError,
  CredentialError,
  PageExpiredError,
  StreamResetError,
  ThrottledError,
  TransientError,
} from '../model/errors.ts';

/** An answer of Graph, or of one part of a batch. `body` is undefined where it was empty or no JSON; header names are lower-case. */
export interface GraphAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: unknown;
}

/** What was asked, for messages, and the application permission that the question needs. */
export interface Asked {
  readonly subject: string;
  readonly permission?: string;
  /** What some objects want besides, and which: a clause for the message of a refusal. */
  readonly alsoNeeded?: string;
}

/**
 * What an answer other than 200 means. Codes are compared without case, and those of inner errors count too, as Graph asks for
 * (https://learn.microsoft.com/graph/errors).
 */
export function toGraphError(answer: GraphAnswer, asked: Asked, nowMs: number): Error {
  const { status } = answer;
  const { code, codes } = readErrorBody(answer.body);
  const requestId = answer.headers['request-id'] ?? 'unknown';
  const text = `cannot read ${asked.subject}: Graph answered ${status} (${code}, request-id ${requestId})`;
  if (status === 429) return new ThrottledError(text, readWaitMs(answer, nowMs));
  if (status < 400 || status >= 500 || status === 408) {
    return new TransientError(text, readWaitMs(answer, nowMs));
  }
  return toLostPlaceError(status, codes, text) ?? toRefusal(answer, asked, text);
}

/** Thrown where Graph does not know what was asked for (404). Stays inside this folder: each reader says what it means. */
export class NotFoundError extends Error {
  /** True where Graph's own error code says so, not only the status, which whatever stands between us and Graph may send too. */
  readonly isNamed: boolean;
  constructor(message: string, isNamed: boolean) {
    super(message);
    this.name = 'NotFoundError';
    this.isNamed = isNamed;
  }
}

/** Graph has forgotten where a reader was. These codes come with more than one status. */
function toLostPlaceError(status: number, codes: readonly string[], text: string) {
  if (status === 410 || codes.includes('syncstatenotfound') || codes.includes('resyncrequired')) {
    return new StreamResetError(text);
  }
  return codes.includes('directory_expiredpagetoken') ? new PageExpiredError(text) : undefined;
}

function toRefusal(answer: GraphAnswer, asked: Asked, text: string): Error {
  const { codes, message } = readErrorBody(answer.body);
  switch (answer.status) {
    case 401:
      return new CredentialError(`${text}: the app's token is not accepted`, 'entra');
    case 403:
      return codes.includes('authorization_requestdenied')
        ? toMissingPermission(asked, text)
        : new CredentialError(`${text}: access is refused`, 'entra');
    case 404:
      return new NotFoundError(
        text,
        codes.some((code) => code.endsWith('notfound')),
      );
    case 400:
      // The message names the property or the clause that Graph does not take.
      return new BadRequestError(`${text}: ${message.slice(0, 300)}`);
    default:
      return new Error(text);
  }
}

function toMissingPermission(asked: Asked, text: string): CredentialError {
  const named =
    asked.permission === undefined
      ? 'an application permission'
      : `the application permission ${asked.permission}`;
  // https://learn.microsoft.com/azure/app-service/overview-managed-identity: tokens are cached for about a day.
  const also = asked.alsoNeeded === undefined ? '' : ` (or ${asked.alsoNeeded})`;
  const hint = `${named}${also} is missing, or was granted to a managed identity less than a day ago and is not in its token yet`;
  return new CredentialError(`${text}: ${hint}`, 'entra', asked.permission);
}

function readWaitMs(answer: GraphAnswer, nowMs: number): number {
  return parseRetryAfter(answer.headers['retry-after'], nowMs) ?? 0;
}

const innerSchema = z.looseObject({ code: z.string() }).nullish().catch(undefined);
const errorSchema = z.looseObject({
  error: z.looseObject({
    code: z.string().nullish(),
    message: z.string().nullish(),
    innerError: innerSchema,
    innererror: innerSchema,
  }),
});

const noCode = 'no error code';

interface ErrorBody {
  /** As Graph writes it, for messages. */
  readonly code: string;
  /** That of the inner error too, in lower case. */
  readonly codes: readonly string[];
  readonly message: string;
}

function readErrorBody(body: unknown): ErrorBody {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return { code: noCode, codes: [], message: 'no explanation' };
  const { code, message, innerError, innererror } = parsed.data.error;
  const codes = [code, innerError?.code, innererror?.code]
    .filter((each) => typeof each === 'string')
    .map((each) => each.toLowerCase());
  return { code: code ?? noCode, codes, message: message ?? 'no explanation' };
}
