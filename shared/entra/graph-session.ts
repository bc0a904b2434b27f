import { Client, ResponseType } from '@microsoft/microsoft-graph-client';
import type { GraphRequest } from '@microsoft/microsoft-graph-client';
import type { z } from 'zod';

import { withRetry } from '../http/retry.ts';
import { HttpFailureError, TransientError } from '../model/errors.ts';
import type { Clock, Log, Random, Send } from '../model/ports.ts';
import type { JsonValue } from '../model/source.ts';
import type { Asked, GraphAnswer } from './graph-errors.ts';
import type { GraphRoot } from './graph-link.ts';
import { CallOptions, createGraphChain, unwrapFailure } from './graph-middleware.ts';
import type { GraphCredential } from './graph-middleware.ts';
import { readAnswer } from './read-answer.ts';

/** One question to Graph: a path below the version with a query whose values are encoded already, or a whole link. */
export interface Question extends Asked {
  readonly target: PathTarget | { readonly kind: 'link'; readonly link: string };
  readonly headers?: { readonly [name: string]: string };
  /** Makes it a POST. */
  readonly body?: { readonly [name: string]: JsonValue };
  /** Of one attempt; 30 seconds where absent. */
  readonly timeoutMs?: number;
}

interface PathTarget {
  readonly kind: 'path';
  readonly path: string;
  readonly query: { readonly [name: string]: string };
}

export interface GraphSession {
  /** One exchange and its content, within `leftMs`. Throws what `readAnswer` says, or HttpFailureError. */
  ask<T>(question: Question, schema: z.ZodType<T>, leftMs: number): Promise<T>;
  /** Repeats what failed in passing: three attempts within 90 seconds, waits included. */
  retry<T>(attempt: (leftMs: number) => Promise<T>): Promise<T>;
  /** Both together. */
  read<T>(question: Question, schema: z.ZodType<T>): Promise<T>;
}

export interface SessionOptions {
  readonly root: GraphRoot;
  readonly credential: GraphCredential;
  readonly send: Send;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const attemptTimeoutMs = 30_000;
const readDeadlineMs = 90_000;
const maxAttempts = 3;

/** Graph's client over Send, with one retry layer for everything that is read. */
export function createGraphSession(options: SessionOptions): GraphSession {
  const { root, clock, random, log } = options;
  const client = Client.initWithMiddleware({
    baseUrl: root.url,
    middleware: createGraphChain(options),
  });
  const session: GraphSession = {
    ask: async (question, schema, leftMs) => {
      const timeoutMs = Math.max(1, Math.min(question.timeoutMs ?? attemptTimeoutMs, leftMs));
      const answer = await exchange(client, question, { timeoutMs, log });
      return readAnswer(answer, schema, question, options);
    },
    retry: (attempt) =>
      withRetry(attempt, { clock, random, tries: maxAttempts, deadlineMs: readDeadlineMs }),
    read: (question, schema) => session.retry((leftMs) => session.ask(question, schema, leftMs)),
  };
  return session;
}

interface Attempt {
  readonly timeoutMs: number;
  readonly log: Log;
}

async function exchange(
  client: Client,
  question: Question,
  { timeoutMs, log }: Attempt,
): Promise<GraphAnswer> {
  try {
    const request = prepare(client, question, timeoutMs);
    const response: unknown = await (question.body === undefined
      ? request.get()
      : request.post(question.body));
    if (!(response instanceof Response)) throw new TransientError('there was no answer', 0);
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: parseJson(await response.text()),
    };
  } catch (error) {
    const failure = unwrapFailure(error);
    if (failure instanceof HttpFailureError || failure instanceof TransientError) {
      log.warn('entra.unusable', { subject: question.subject, reason: failure.message });
    }
    throw failure;
  }
}

/** The raw response, because the client's own reading loses the headers of an error without JSON, and with them `Retry-After`. */
function prepare(client: Client, question: Question, timeoutMs: number): GraphRequest {
  const { target, headers = {} } = question;
  // A link never goes through `api()`, which takes http links for paths and puts the query in another order.
  const call =
    target.kind === 'link'
      ? { path: '/', query: {}, options: new CallOptions(timeoutMs, target.link) }
      : { ...target, options: new CallOptions(timeoutMs) };
  return (
    client
      .api(call.path)
      .query({ ...call.query })
      // Work in the background gives way to people: https://learn.microsoft.com/graph/throttling
      .headers({ accept: 'application/json', 'x-ms-throttle-priority': 'low', ...headers })
      .responseType(ResponseType.RAW)
      .middlewareOptions([call.options])
  );
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // Empty, cut off, or the HTML page of a proxy: the status says the rest.
    return undefined;
  }
}
