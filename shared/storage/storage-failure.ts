import { StorageConflictError, TransientError } from '../model/errors.ts';

/** How long to leave storage alone when it does not say so itself. Its SDK has been patient before. */
const RETRY_AFTER_MS = 5000;

/** What the SDKs throw, as far as we look at it. */
interface Failure {
  readonly name: string;
  readonly status: number | undefined;
  /** The service's own word (`EntityAlreadyExists`), or the system's (`ECONNRESET`). */
  readonly code: string | undefined;
  readonly retryAfterMs: number;
}

/** Who asked for what, for the message: no keys, as they may be addresses. */
export interface StorageSubject {
  /** For example `write Users`. */
  readonly doing: string;
  /** The role that the app's identity needs for it. */
  readonly role: string;
}

/**
 * Turns what an Azure SDK threw into our own errors. TransientError: no answer in time, throttled, a server error; after a write it may
 * have happened all the same. StorageConflictError: the row is not as expected. Anything else is an Error that says what to mend.
 * Codes: https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes
 */
export function toStorageError(error: unknown, subject: StorageSubject): Error {
  const failure = parseFailure(error);
  // Not from a service: a bug, or a check of ours that says all there is to say.
  if (error instanceof Error && failure.status === undefined && !wireErrors.has(failure.name)) {
    return error;
  }
  const said = [failure.status, failure.code].filter((part) => part !== undefined).join(' ');
  const message = `cannot ${subject.doing}: ${said === '' ? failure.name : said}`;
  if (isTransient(failure)) {
    return new TransientError(message, failure.retryAfterMs, { cause: error });
  }
  if (failure.status === 401 || failure.status === 403) {
    const advice = `the app's identity needs the role ${subject.role}`;
    return new Error(`${message}; ${advice}`, { cause: error });
  }
  const reason = toConflict(failure);
  return reason === undefined
    ? new Error(message, { cause: error })
    : new StorageConflictError(message, reason, { cause: error });
}

/** The names of errors that may come without an answer: of the SDKs, and of our own limit of time. */
const wireErrors = new Set(['RestError', 'AbortError', 'TimeoutError']);

/** Whether the service says that this does not exist; false where it is the table or queue itself that is missing. */
export function isMissing(error: unknown): boolean {
  return toConflict(parseFailure(error)) === 'missing';
}

function toConflict({ status, code }: Failure): StorageConflictError['reason'] | undefined {
  if (status === 404) {
    return code === 'TableNotFound' || code === 'QueueNotFound' ? undefined : 'missing';
  }
  if (status === 409) return code === 'TableBeingDeleted' ? undefined : 'exists';
  return status === 412 ? 'changed' : undefined;
}

function isTransient({ status, code }: Failure): boolean {
  // An answer that broke off in the middle has the status of its first line.
  if (status === undefined || code === 'PARSE_ERROR') return true;
  return status === 408 || status === 429 || status >= 500;
}

function parseFailure(error: unknown): Failure {
  if (!(error instanceof Error)) {
    return { name: 'unknown', status: undefined, code: undefined, retryAfterMs: RETRY_AFTER_MS };
  }
  return {
    name: error.name,
    status: toNumber(property(error, 'statusCode')),
    // Outside a transaction the code stands in the body alone; queues and Key Vault have it in `code` too.
    code: toText(
      property(property(property(error, 'details'), 'odataError'), 'code') ??
        property(error, 'code'),
    ),
    retryAfterMs: parseRetryAfter(error),
  };
}

/** `Retry-After` in whole seconds, as storage sends it if at all. */
function parseRetryAfter(error: Error): number {
  const headers = property(property(error, 'response'), 'headers');
  const value =
    typeof headers === 'object' && headers !== null && 'get' in headers ? headers.get : undefined;
  const text: unknown = typeof value === 'function' ? value.call(headers, 'retry-after') : '';
  const seconds = typeof text === 'string' && /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return Math.max(RETRY_AFTER_MS, 1000 * seconds);
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function toNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
