import { z } from 'zod';

import type { WireResponse } from '../wire/types.ts';
import type { GraphAnswer, GraphCall, GraphRoute, Item } from './graph-call.ts';
import { GraphRefusal } from './graph-refusal.ts';
import { parseBody } from './json-body.ts';

/** Up to 20 requests in one; each part is logged, charged and throttled on its own. */
export const batchRoute: GraphRoute = {
  method: 'POST',
  pattern: '/$batch',
  permissions: [],
  cost: { units: 0, writes: 0 },
  answer: answerBatch,
};

const partSchema = z.object({
  id: z.string().min(1),
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.json().optional(),
  dependsOn: z.array(z.string()).optional(),
});
const batchSchema = z.object({ requests: z.array(partSchema) });
type Part = z.output<typeof partSchema>;

const maximumParts = 20;

function answerBatch(call: GraphCall): GraphAnswer {
  const { requests } = parseBody(call, batchSchema);
  requireSoundBatch(requests);
  const statuses = new Map<string, number>();
  const responses = requests.map((part): Item => {
    const hasFailed = (part.dependsOn ?? []).some((id) => (statuses.get(id) ?? 0) >= 400);
    const response = hasFailed ? failedDependency : answerPart(call, part);
    statuses.set(part.id, response.status);
    return {
      id: part.id,
      status: response.status,
      headers: capitalise(response.headers),
      ...readPartBody(response),
    };
  });
  const { shuffle } = call.settings;
  return {
    status: 200,
    body: { responses: shuffle ? call.graph.random.shuffle(responses) : responses },
  };
}

function requireSoundBatch(requests: readonly Part[]): void {
  if (requests.length > maximumParts) {
    throw refuseBatch(
      `Number of batch request steps exceeds the maximum value of ${maximumParts}.`,
    );
  }
  const seen = new Set<string>();
  for (const { id, dependsOn = [] } of requests) {
    if (seen.has(id)) throw refuseBatch(`Request Id must be unique: ${id}.`);
    if (!dependsOn.every((other) => seen.has(other))) {
      throw refuseBatch(`Invalid dependsOn of request ${id}.`);
    }
    seen.add(id);
  }
}

function refuseBatch(message: string): GraphRefusal {
  return new GraphRefusal(400, 'BadRequest', message);
}

const failedDependency = buildPartError(424, 'FailedDependency', 'A request it depends on failed.');

function buildPartError(status: number, code: string, message: string): WireResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: { code, message } }),
  };
}

/** A part inherits the token of the batch, and no other header. */
function answerPart(call: GraphCall, part: Part): WireResponse {
  const headers = Object.fromEntries(
    Object.entries(part.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (/^\/?v1\.0\//u.test(part.url) || part.url.includes('://')) {
    return buildPartError(400, 'BadRequest', `Resource not found for the segment: ${part.url}.`);
  }
  if (part.body !== undefined && headers['content-type'] === undefined) {
    return buildPartError(400, 'BadRequest', 'A body needs the header Content-Type.');
  }
  const { authorization, host } = call.request.headers;
  const result = call.handlePart({
    method: part.method,
    url: `/v1.0/${part.url.replace(/^\//u, '')}`,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(host === undefined ? {} : { host }),
      ...headers,
    },
    body: part.body === undefined ? '' : JSON.stringify(part.body),
  });
  // A part that breaks the connection breaks the whole batch's: nobody will see this answer.
  return result.kind === 'answer' ? result.response : buildPartError(500, 'Reset', 'reset');
}

function capitalise(headers: WireResponse['headers']): Item {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.replace(/(^|-)[a-z]/gu, (letter) => letter.toUpperCase()),
      value,
    ]),
  );
}

/** JSON stays JSON, anything else comes in base64. */
function readPartBody({ headers, body }: WireResponse): Item {
  if (body === '') return {};
  const isJson = headers['content-type']?.includes('json') === true;
  return { body: isJson ? z.json().parse(JSON.parse(body)) : Buffer.from(body).toString('base64') };
}
