import { z } from 'zod';

import { CredentialError, ThrottledError, TransientError } from '../model/errors.ts';
import type { JsonValue } from '../model/source.ts';
import type { Asked, GraphAnswer } from './graph-errors.ts';
import type { GraphSession, Question } from './graph-session.ts';
import { readAnswer } from './read-answer.ts';
import type { AnswerDeps } from './read-answer.ts';

/** As many parts as one `$batch` takes: https://learn.microsoft.com/graph/json-batching */
export const maxBatchParts = 20;

/** One question inside a batch. `url` begins with a slash and has neither host nor version. */
export interface BatchPart<T> extends Asked {
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  /** Makes it a POST. */
  readonly body?: { readonly [name: string]: JsonValue };
  readonly schema: z.ZodType<T>;
}

export type PartResult<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: Error };

export interface BatchDeps extends AnswerDeps {
  readonly session: GraphSession;
}

const batchTimeoutMs = 60_000;

const batchSchema = z.object({
  responses: z.array(
    z.object({
      id: z.string(),
      status: z.number().int(),
      headers: z.record(z.string(), z.coerce.string()).nullish(),
      body: z.unknown().optional(), // a part that is throttled may come without one
    }),
  ),
});

/**
 * Asks at most 20 questions in one request and returns a result for each, in order. Parts that fail in passing (429, 5xx, no answer, an
 * answer that is not understood) are asked again in a new batch after the longest `Retry-After`, by the same rules as any read. Throws
 * CredentialError where one part is refused, and what a read throws where no batch came back at all.
 */
export async function readBatch<T>(
  parts: readonly BatchPart<T>[],
  deps: BatchDeps,
): Promise<readonly PartResult<T>[]> {
  if (parts.length > maxBatchParts) throw new Error(`a batch takes at most ${maxBatchParts} parts`);
  const results = new Map<number, PartResult<T>>();
  const openNumbers = () => [...parts.keys()].filter((index) => !isSettled(results.get(index)));
  try {
    await deps.session.retry(async (leftMs) => {
      const open = openNumbers();
      // What a part said before the last try has been waited for.
      for (const index of open) results.delete(index);
      for (const [index, result] of await askParts(parts, open, { deps, leftMs })) {
        results.set(index, result);
      }
      throwWhereOpen(open.flatMap((index) => findTransient(results.get(index))));
    });
  } catch (error) {
    if (!(error instanceof TransientError) || results.size === 0) throw error;
    for (const index of openNumbers()) results.set(index, fail(results.get(index), error));
  }
  return parts.map((_, index) => results.get(index) ?? { kind: 'failed', error: noAnswer(index) });
}

interface Attempt {
  readonly deps: BatchDeps;
  readonly leftMs: number;
}

async function askParts<T>(
  parts: readonly BatchPart<T>[],
  open: readonly number[],
  { deps, leftMs }: Attempt,
): Promise<ReadonlyMap<number, PartResult<T>>> {
  const question = buildQuestion(parts, open);
  const { responses } = await deps.session.ask(question, batchSchema, leftMs);
  const answers = new Map<string, GraphAnswer>(
    responses.map(({ id, status, headers, body }) => [
      id,
      { status, headers: toLowerCaseNames(headers ?? {}), body },
    ]),
  );
  return new Map(
    open.map((index) => {
      const part = parts[index];
      const answer = answers.get(String(index));
      if (part === undefined || answer === undefined) {
        return [index, { kind: 'failed', error: noAnswer(index) }];
      }
      return [index, readPart(answer, part, deps)];
    }),
  );
}

function buildQuestion<T>(parts: readonly BatchPart<T>[], open: readonly number[]): Question {
  const requests = open.flatMap((index) => {
    const part = parts[index];
    return part === undefined ? [] : [buildRequest(String(index), part)];
  });
  return {
    subject: `a batch of ${requests.length}`,
    target: { kind: 'path', path: '/$batch', query: {} },
    body: { requests },
    timeoutMs: batchTimeoutMs,
  };
}

function buildRequest<T>(id: string, { url, body, headers: own }: BatchPart<T>) {
  const headers = { 'x-ms-throttle-priority': 'low', ...own };
  if (body === undefined) return { id, method: 'GET', url, headers };
  // Without the header a part's body is refused: https://learn.microsoft.com/graph/json-batching
  const typed = { ...headers, 'Content-Type': 'application/json' };
  return { id, method: 'POST', url, headers: typed, body };
}

function readPart<T>(answer: GraphAnswer, part: BatchPart<T>, deps: BatchDeps): PartResult<T> {
  try {
    return { kind: 'value', value: readAnswer(answer, part.schema, part, deps) };
  } catch (error) {
    // A refusal concerns every part: nothing else of this batch is worth having.
    if (error instanceof CredentialError || !(error instanceof Error)) throw error;
    return { kind: 'failed', error };
  }
}

function isSettled<T>(result: PartResult<T> | undefined): boolean {
  if (result === undefined) return false;
  return result.kind === 'value' || !(result.error instanceof TransientError);
}

function findTransient<T>(result: PartResult<T> | undefined): readonly TransientError[] {
  if (result?.kind !== 'failed' || !(result.error instanceof TransientError)) return [];
  return [result.error];
}

/** One throttled part is a throttled app; the longest wait is the one that lets all open parts through. */
function throwWhereOpen(errors: readonly TransientError[]): void {
  const [first] = errors;
  if (first === undefined) return;
  const waitMs = Math.max(...errors.map((error) => error.retryAfterMs));
  const throttled = errors.find((error) => error instanceof ThrottledError);
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more parts of a batch)`;
  if (throttled !== undefined) throw new ThrottledError(`${throttled.message}${more}`, waitMs);
  throw new TransientError(`${first.message}${more}`, waitMs);
}

/** The longest wait that throttled parts ask for; undefined where none was throttled. */
export function findThrottled(results: readonly PartResult<unknown>[]): ThrottledError | undefined {
  return results
    .flatMap((result) =>
      result.kind === 'failed' && result.error instanceof ThrottledError ? [result.error] : [],
    )
    .toSorted((one, other) => other.retryAfterMs - one.retryAfterMs)[0];
}

/** The part's own error, with a wait where it named none; the batch's where the part has none. */
function fail<T>(last: PartResult<T> | undefined, final: TransientError): PartResult<T> {
  const [own] = findTransient(last);
  if (own === undefined) return { kind: 'failed', error: final };
  if (own.retryAfterMs > 0) return { kind: 'failed', error: own };
  const Kind = own instanceof ThrottledError ? ThrottledError : TransientError;
  return {
    kind: 'failed',
    error: new Kind(own.message, final.retryAfterMs, { cause: own }),
  };
}

/** Of all failures the one with the longest wait, or one that no waiting mends: whoever comes back after it is too soon for no part. */
export function findWorstFailure(results: readonly PartResult<unknown>[]): Error | undefined {
  const errors = results.flatMap((result) => (result.kind === 'failed' ? [result.error] : []));
  return errors.toSorted((one, other) => waitOf(other) - waitOf(one))[0];
}

function waitOf(error: Error): number {
  return error instanceof TransientError ? error.retryAfterMs : Number.MAX_SAFE_INTEGER;
}

function noAnswer(index: number): TransientError {
  return new TransientError(`cannot read part ${index} of a batch: Graph left it out`, 0);
}

function toLowerCaseNames(headers: { readonly [name: string]: string }): {
  readonly [name: string]: string;
} {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
