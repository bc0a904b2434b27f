import type { z } from 'zod';
import type { Answer } from '../model/target.ts';

/** One route of the team API: where it is, what it does to the team, and what its answer looks like. */
export interface Route<T> {
  /** Below `/2/`: `team/members/list_v2`. */
  readonly path: string;
  /** A read may be repeated; a write whose answer is lost must be read back. `invite` is a write that may take long. */
  readonly effect: 'read' | 'write' | 'invite';
  readonly answer: z.ZodType<T>;
}

/** Calls a route with its argument (null for none): the answer, or the refusal that a 409 names. Everything else is thrown. */
export type CallRoute = <T>(route: Route<T>, argument: unknown) => Promise<Answer<T>>;

/** A route whose answer is typed by its schema. */
export function defineRoute<T>(
  path: string,
  effect: Route<T>['effect'],
  answer: z.ZodType<T>,
): Route<T> {
  return { path, effect, answer };
}

/** The value of an answer that no documented refusal can take the place of; throws a plain Error, an answer we do not know. */
export function requireDone<T>(route: Route<T>, answer: Answer<T>): T {
  if (answer.kind === 'done') return answer.value;
  throw new Error(`cannot call ${route.path}: Dropbox refuses with ${answer.refusal.tag}`);
}
