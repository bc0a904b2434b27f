import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import type { WireRequest, WireResult } from './types.ts';

export interface Listening {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  readonly port: number;
  /** Breaks open connections and resolves when the port is free. */
  close(): Promise<void>;
}

interface Handler {
  handle(request: WireRequest): Promise<WireResult>;
}

/** Serves an emulator on 127.0.0.1; port 0 takes a free one. Sleeps the reported delay before the answer or the broken connection. */
export async function listen(
  emulator: Handler,
  options: { readonly port: number },
): Promise<Listening> {
  const stopped = new AbortController();
  const server = createServer((incoming, outgoing) => {
    serve(emulator, incoming, outgoing, stopped.signal).catch((error: unknown) => {
      if (stopped.signal.aborted || outgoing.destroyed) return;
      console.error(error);
      outgoing.writeHead(500, { 'content-type': 'text/plain' }).end('the emulator failed');
    });
  });
  // Longer than a client keeps an idle connection, so that none is reset by surprise.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = readAddress(server.address());
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        stopped.abort();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function readAddress(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('cannot read the port');
  return address;
}

async function serve(
  emulator: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) if (chunk instanceof Uint8Array) chunks.push(chunk);
  const result = await emulator.handle({
    method: incoming.method ?? 'GET',
    url: incoming.url ?? '/',
    headers: readHeaders(incoming),
    body: Buffer.concat(chunks).toString('utf8'),
  });
  if (result.delayMs > 0) await wait(result.delayMs, undefined, { signal });
  if (outgoing.destroyed) return;
  if (result.kind === 'reset') {
    incoming.socket.resetAndDestroy();
    return;
  }
  const { status, headers, body } = result.response;
  const bytes = Buffer.from(body, 'utf8');
  outgoing.writeHead(status, { ...headers, 'content-length': bytes.byteLength });
  outgoing.end(bytes);
}

function readHeaders(incoming: IncomingMessage): { readonly [name: string]: string } {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return headers;
}
