import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ScriptedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Breaks the connection off: before the answer, or in the middle of its body. */
  readonly breaks?: 'before' | 'within';
  /** Never ends the body. */
  readonly stalls?: boolean;
}

export interface ScriptedServer extends AsyncDisposable {
  /** A connection string of storage whose tables and queues are this server. */
  readonly connectionString: string;
  /** Method, path and query of each request so far. */
  readonly requests: readonly string[];
}

/** A service on loopback that gives these answers one after the other, and the last one for ever. */
export async function startScriptedServer(
  answers: readonly ScriptedAnswer[],
): Promise<ScriptedServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)] ?? { status: 500 };
    requests.push(`${request.method} ${request.url}`);
    request.resume();
    if (answer.breaks === 'before') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    if (answer.breaks === 'within' || answer.stalls === true) {
      response.write('{"value":[', () => {
        if (answer.breaks === 'within') request.socket.destroy();
      });
      return;
    }
    response.end(answer.body ?? '');
  });
  const port = await new Promise<number>((listening) => {
    server.listen(0, '127.0.0.1', () => listening(toPort(server.address())));
  });
  return {
    connectionString: [
      'DefaultEndpointsProtocol=http',
      'AccountName=account',
      `AccountKey=${Buffer.from('no secret').toString('base64')}`,
      `TableEndpoint=http://127.0.0.1:${port}/account`,
      `QueueEndpoint=http://127.0.0.1:${port}/account`,
    ].join(';'),
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function toPort(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
