import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { WireRequest } from '../sandbox/wire/types.ts';

export interface LoopbackServer extends AsyncDisposable {
  readonly url: string;
  /** Everything that arrived, in order. */
  readonly requests: readonly WireRequest[];
}

export type Handler = (request: WireRequest, response: ServerResponse) => void;

/** An HTTP server on a free port of 127.0.0.1 that answers by `handle`; it goes away at the end of an `await using`. */
export async function startLoopbackServer(handle: Handler): Promise<LoopbackServer> {
  const requests: WireRequest[] = [];
  const server = createServer((incoming, response) => {
    const answer = async (): Promise<void> => {
      const request = await readRequest(incoming);
      requests.push(request);
      handle(request, response);
    };
    void answer();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** Answers with these, one request after the other, the last one for good. */
export function answerInTurn(...handlers: readonly Handler[]): Handler {
  let turn = 0;
  return (request, response) => {
    const handler = handlers[Math.min(turn, handlers.length - 1)];
    turn += 1;
    handler?.(request, response);
  };
}

export function reply(
  status: number,
  body: string,
  headers: { readonly [name: string]: string } = {},
): Handler {
  return (_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

export const resetConnection: Handler = (_request, response) => {
  response.socket?.resetAndDestroy();
};

async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const chunks: string[] = [];
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) chunks.push(String(chunk));
  const headers = Object.entries(incoming.headers).map(
    ([name, value]) => [name, String(value)] as const,
  );
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    headers: Object.fromEntries(headers),
    body: chunks.join(''),
  };
}
