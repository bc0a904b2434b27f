import { HttpFailureError } from '../model/errors.ts';
import type { HttpRequest, Send } from '../model/ports.ts';
import { isNeverSent, readField } from './never-sent.ts';

const maxResponseBytes = 64 * 1024 * 1024;

/**
 * The built-in fetch as a Send: one exchange, never repeated, redirects handed back instead of followed, a body above the limit (64 MB,
 * counted after decompression) refused. Throws HttpFailureError where no whole answer came; its message names the origin only, since
 * paths and queries may hold addresses or tokens.
 */
export function createFetchSend(options: { readonly maxBytes?: number } = {}): Send {
  const maxBytes = options.maxBytes ?? maxResponseBytes;
  return async (request) => {
    const prepared = prepareRequest(request);
    try {
      const response = await fetch(prepared);
      const body = await readBody(response, maxBytes);
      return { status: response.status, headers: Object.fromEntries(response.headers), body };
    } catch (error) {
      if (error instanceof HttpFailureError) throw error;
      throw toHttpFailure(error, request);
    }
  };
}

/** A malformed request is a bug, not a failure of the network. No cause: fetch quotes the header value, which may be a token. */
function prepareRequest(request: HttpRequest): Request {
  try {
    return new Request(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(request.timeoutMs),
    });
  } catch {
    throw new Error('cannot send an HTTP request: its URL, a header or its body is malformed');
  }
}

async function readBody(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the stream, and with it the connection.
    if (bytes > maxBytes)
      throw new HttpFailureError(`an answer is larger than ${maxBytes} bytes`, false);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function toHttpFailure(error: unknown, request: HttpRequest): HttpFailureError {
  const { origin } = new URL(request.url);
  if (error instanceof Error && error.name === 'TimeoutError') {
    const message = `cannot reach ${origin}: no whole answer within ${request.timeoutMs} ms`;
    return new HttpFailureError(message, false, { cause: error });
  }
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const reason = readField(cause, 'code') ?? readField(cause, 'message') ?? 'the connection broke';
  return new HttpFailureError(`cannot reach ${origin}: ${reason}`, isNeverSent(cause), {
    cause: error,
  });
}
