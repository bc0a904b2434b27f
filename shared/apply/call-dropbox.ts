import {
  BadRequestError,
  CredentialError,
  LostAnswerError,
  ThrottledError,
  TransientError,
} from '../model/errors.ts';
import type { ApplyDeps } from './deps.ts';
import type { Turn } from './turn.ts';

/** What came of a call to Dropbox, in the terms of what to do next. */
export type Called<T> =
  | { readonly kind: 'answered'; readonly value: T }
  /** Not made, or certainly without effect: the same again, not before this time. */
  | { readonly kind: 'later'; readonly due: number }
  /** It may have taken effect: read back. */
  | { readonly kind: 'lost'; readonly due: number }
  /** The call as a whole was malformed. */
  | { readonly kind: 'malformed'; readonly detail: string };

/** A lost answer is looked for after so long: lists and look-ups of Dropbox may lag a little behind its writes. */
const lookAgainMs = 2_000;

/** A service that did not answer is not asked again at once, even if it named no time. */
const atLeastMs = 2_000;

/**
 * Makes one call, if the turn allows it, and sorts what comes of it. An error nobody knows is treated like a lost answer. `atOnce`: rather
 * later than after a wait.
 */
export async function callDropbox<T>(
  turn: Turn,
  deps: ApplyDeps,
  call: () => Promise<T>,
  options: { readonly atOnce: boolean } = { atOnce: false },
): Promise<Called<T>> {
  if (!(await turn.mayCall(options))) return { kind: 'later', due: deps.clock.now() };
  try {
    return { kind: 'answered', value: await call() };
  } catch (error) {
    return await sortFailure(error, deps);
  }
}

async function sortFailure(error: unknown, deps: ApplyDeps): Promise<Called<never>> {
  if (error instanceof ThrottledError) {
    await deps.brake.throttle(error.retryAfterMs);
    const { notBefore } = await deps.brake.look();
    return { kind: 'later', due: notBefore };
  }
  if (error instanceof TransientError) {
    const waitMs = Math.max(error.retryAfterMs, atLeastMs) * (1 + deps.random.fraction() / 10);
    return { kind: 'later', due: Math.ceil(deps.clock.now() + waitMs) };
  }
  if (error instanceof BadRequestError) return { kind: 'malformed', detail: error.message };
  if (error instanceof CredentialError) {
    deps.log.error('credentialRefused', { service: error.service, missing: error.missing });
    const code = error.missing === undefined ? 'credentialRefused' : 'scopeMissing';
    await deps.brake.quarantine({ code, detail: error.message });
    return { kind: 'later', due: deps.clock.now() };
  }
  if (!(error instanceof LostAnswerError)) {
    deps.log.error('unknownError', { message: error instanceof Error ? error.message : 'thrown' });
  }
  return { kind: 'lost', due: deps.clock.now() + lookAgainMs };
}
