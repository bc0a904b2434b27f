/** Thrown where nothing happened and the same thing may be tried again, no sooner than `retryAfterMs` from now. */
export class TransientError extends Error {
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransientError';
    this.retryAfterMs = retryAfterMs;
  }
}

/** Thrown where a 429 answered: a TransientError that concerns every caller of that service, not just this one. */
export class ThrottledError extends TransientError {
  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, retryAfterMs, options);
    this.name = 'ThrottledError';
  }
}

/** Thrown where a write may have taken effect although no answer said so. Read back before repeating it. */
export class LostAnswerError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LostAnswerError';
  }
}

/** Thrown where a service refuses our credentials, a permission or a scope: provisioning goes into quarantine. */
export class CredentialError extends Error {
  /** Which side refused, and the permission or scope that is missing where the service names it. */
  readonly service: 'entra' | 'dropbox';
  readonly missing: string | undefined;
  constructor(
    message: string,
    service: 'entra' | 'dropbox',
    missing?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CredentialError';
    this.service = service;
    this.missing = missing;
  }
}

/** Thrown where a service says that the request itself is malformed (HTTP 400): repeating it cannot help. */
export class BadRequestError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BadRequestError';
  }
}

/** Thrown where settings or provisioning.json are wrong: `issues` names each place and its remedy. The app does not start. */
export class ConfigError extends Error {
  readonly issues: readonly string[];
  constructor(issues: readonly string[]) {
    super(`The configuration has ${issues.length} problem(s):\n${issues.join('\n')}`);
    this.name = 'ConfigError';
    this.issues = issues;
  }
}

/** Thrown where a row was not as the writer had read it (Table Storage 404, 409 or 412): read again, or give up one's place. */
export class StorageConflictError extends Error {
  readonly reason: 'missing' | 'exists' | 'changed';
  constructor(message: string, reason: 'missing' | 'exists' | 'changed', options?: ErrorOptions) {
    super(message, options);
    this.name = 'StorageConflictError';
    this.reason = reason;
  }
}

/** Thrown where Graph no longer knows a stream's position (410 Gone, syncStateNotFound, resyncRequired): read everything again. */
export class StreamResetError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StreamResetError';
  }
}

/** Thrown where Dropbox no longer knows a listing's cursor (invalid_cursor): list from the start. */
export class CursorExpiredError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CursorExpiredError';
  }
}

/** Thrown by the one place that sends HTTP where no whole answer came: refused, reset, timed out or too large. */
export class HttpFailureError extends Error {
  /** True where the request certainly never reached the service (connection refused, name unknown). */
  readonly neverSent: boolean;
  constructor(message: string, neverSent: boolean, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HttpFailureError';
    this.neverSent = neverSent;
  }
}

/** Thrown where Graph no longer knows a page of a round (Directory_ExpiredPageToken): start the round again from its delta link. */
export class PageExpiredError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PageExpiredError';
  }
}
