import type { Graph } from './graph-call.ts';

type Headers = { readonly [name: string]: string };

/** The headers that every answer of Graph carries; the client's own request id comes back. */
export function buildHeaders(graph: Pick<Graph, 'random' | 'clock'>, asked: Headers): Headers {
  const hex = graph.random.token().replaceAll('-', '');
  const requestId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5');
  return {
    'content-type':
      'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    'odata-version': '4.0',
    'request-id': requestId,
    'client-request-id': asked['client-request-id'] ?? requestId,
    date: new Date(graph.clock.now()).toUTCString(),
  };
}

/** The body of an error, with the ids of the answer's headers once more. */
export function buildError(
  error: { readonly code: string; readonly message: string },
  headers: Headers,
  now: number,
): string {
  return JSON.stringify({
    error: {
      code: error.code,
      message: error.message,
      innerError: {
        date: new Date(now).toISOString().slice(0, 19),
        'request-id': headers['request-id'],
        'client-request-id': headers['client-request-id'],
      },
    },
  });
}

/** The code that goes with a status when a failure is injected. */
export function readErrorCode(status: number): string {
  const codes: { readonly [status: number]: string } = {
    400: 'BadRequest',
    401: 'InvalidAuthenticationToken',
    403: 'Authorization_RequestDenied',
    404: 'Request_ResourceNotFound',
    410: 'syncStateNotFound',
    429: 'TooManyRequests',
    500: 'InternalServerError',
    502: 'BadGateway',
    503: 'ServiceUnavailable',
    504: 'GatewayTimeout',
  };
  return codes[status] ?? 'UnknownError';
}
