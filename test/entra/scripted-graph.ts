import { z } from 'zod';

import { HttpFailureError } from '../../shared/model/errors.ts';
import type { EntraReader, HttpRequest, HttpResponse } from '../../shared/model/ports.ts';
import { createEntraReader } from '../../shared/entra/entra-reader.ts';
import { createMemoryLog } from '../memory/memory-log.ts';
import type { MemoryLog } from '../memory/memory-log.ts';
import { createSeededRandom } from '../memory/seeded-random.ts';
import { createVirtualClock } from '../memory/virtual-clock.ts';
import type { VirtualClock } from '../memory/virtual-clock.ts';

/** One answer, or what becomes of the connection. A function sees the request, so that it can answer the parts of a batch. */
export type Step = HttpResponse | HttpFailureError | ((request: HttpRequest) => HttpResponse);

export interface ScriptedGraph {
  readonly reader: EntraReader;
  /** Everything that was sent, oldest first. */
  readonly requests: readonly HttpRequest[];
  readonly clock: VirtualClock;
  readonly log: MemoryLog;
}

export const appId = '5a4f1d0e-0000-4000-8000-000000000001';

/** A reader whose requests are answered by the script, step by step; the last step answers for ever. Waiting takes no time. */
export function createScriptedGraph(
  script: readonly Step[],
  options: { readonly baseUrl?: string; readonly attributes?: readonly string[] } = {},
): ScriptedGraph {
  const requests: HttpRequest[] = [];
  const clock = createVirtualClock({ skipSleeps: true });
  const log = createMemoryLog();
  const reader = createEntraReader({
    baseUrl: options.baseUrl ?? 'https://graph.microsoft.com',
    appId,
    attributes: options.attributes ?? ['mail'],
    credential: { getToken: async () => `token-${requests.length + 1}` },
    send: async (request) => {
      requests.push(request);
      const step = script[Math.min(requests.length, script.length) - 1];
      if (step === undefined) throw new Error('the script is empty');
      if (step instanceof HttpFailureError) throw step;
      return typeof step === 'function' ? step(request) : step;
    },
    clock,
    random: createSeededRandom(1),
    log,
  });
  return { reader, requests, clock, log };
}

export function json(
  body: unknown,
  status = 200,
  headers: { readonly [name: string]: string } = {},
): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

/** Graph's own shape of an error. */
export function failure(
  status: number,
  code: string,
  headers: { readonly [name: string]: string } = {},
): HttpResponse {
  const error = { code, message: `said ${code}`, innerError: { 'request-id': 'inner' } };
  return json({ error }, status, { 'request-id': 'r-1', ...headers });
}

/** What a promise was rejected with; fails where it was not. */
export async function catchError(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('the read did not fail');
}

export interface SentPart {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: unknown;
}

const batchSchema = z.object({
  requests: z.array(
    z.object({
      id: z.string(),
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.unknown().optional(),
    }),
  ),
});

/** The parts of a batch that was sent. */
export function readParts(request: HttpRequest | undefined): readonly SentPart[] {
  return batchSchema.parse(JSON.parse(request?.body ?? '')).requests;
}

export interface PartAnswer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: unknown;
}

/** Answers each part of a batch, in the opposite order; leaves out those for which there is no answer. */
export function batch(answerPart: (part: SentPart) => PartAnswer | undefined): Step {
  return (request) => {
    const responses = readParts(request).flatMap((part) => {
      const answer = answerPart(part);
      return answer === undefined ? [] : [{ id: part.id, ...answer }];
    });
    return json({ responses: responses.toReversed() });
  };
}
