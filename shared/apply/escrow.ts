import type { ErrorNote } from '../model/row-parts.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Entra gives up an object after 28 days of failures, and so do we. */
const giveUpAfterMs = 28 * dayMs;

/** Refusals that may pass by themselves: the first new try comes at once, with the next cycle. */
const passing = new Set([
  'user_migration_failed',
  'user_creation_failed',
  'internal_error',
  // The one who holds it may be about to give it up.
  'addressHeldByOurs',
  'email_reserved_for_other_user',
  'group_name_already_used',
  'other',
  'unknown',
]);

export interface Escrow {
  readonly attempts: number;
  /** Milliseconds since 1970; 0 when it was given up. */
  readonly nextTry: number;
  readonly error: ErrorNote;
}

/** When an operation that Dropbox refused is tried next: 6 h, 12 h, 24 h, then daily, given up 28 days after the first failure. */
export function planEscrow(
  previous: { readonly attempts: number; readonly error: ErrorNote | null },
  refusal: { readonly code: string; readonly detail: string },
  now: number,
): Escrow {
  const attempts = previous.attempts + 1;
  const since = troubleSince(previous.error, now);
  const error = { ...refusal, at: now, since };
  if (now - since >= giveUpAfterMs) return { attempts, nextTry: 0, error };
  return { attempts, nextTry: now + delayOf(attempts, passing.has(refusal.code)), error };
}

/** Since when a row's present trouble lasts. Who waited for a licence had none of their own. */
export function troubleSince(error: ErrorNote | null, now: number): number {
  return error === null || error.code === 'noLicence' ? now : error.since;
}

function delayOf(attempts: number, isPassing: boolean): number {
  const step = isPassing ? attempts - 1 : attempts;
  if (step === 0) return minuteMs;
  if (step === 1) return 6 * hourMs;
  return step === 2 ? 12 * hourMs : dayMs;
}
