import type { WireResponse } from './types.ts';

/** A JSON answer with its content type; no body at all where `body` is undefined. */
export function buildJsonResponse(status: number, body: unknown): WireResponse {
  return body === undefined
    ? { status, headers: {}, body: '' }
    : { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
