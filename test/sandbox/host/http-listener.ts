import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { timingSafeEqual } from 'node:crypto';

import { serveAdmin, type AdminOptions } from './admin-api.ts';
import type { FunctionRunner } from './function-runner.ts';
import type { HostLog } from './host-log.ts';
import { readBody, toHttpInput, writeHttpOutput } from './http-exchange.ts';
import { findHttpFunction, type HttpFunction } from './http-functions.ts';

export interface HttpListenerOptions {
  readonly port: number;
  readonly functions: () => readonly HttpFunction[];
  readonly runner: () => FunctionRunner | undefined;
  readonly admin: AdminOptions;
  /** What functions of the levels `function` and `admin` want in `x-functions-key`; without one, nobody may call them. */
  readonly masterKey?: string;
  readonly log: HostLog;
}

export interface HttpListener {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  readonly port: number;
  /** Takes no new connection. */
  refuse(): void;
  /** Breaks what is still open. */
  close(): Promise<void>;
}

/** Serves HTTP functions and the host's own routes on 127.0.0.1; port 0 takes a free one. Rejects where the port is taken. */
export async function startHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const server = createServer((incoming, outgoing) => {
    serve(options, incoming, outgoing).catch((error: unknown) => {
      options.log.write(
        'error',
        'Host.Http',
        `cannot answer ${incoming.method ?? ''}: ${String(error)}`,
      );
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const port = readPort(server);
  const closed = new Promise<void>((resolve) => {
    server.once('close', resolve);
  });
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    refuse: () => {
      server.close();
      server.closeIdleConnections();
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function readPort(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('cannot read the port');
  return address.port;
}

async function serve(
  options: HttpListenerOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const url = readUrl(incoming);
  if (url === undefined) answer(outgoing, 400);
  else if (/^\/admin(\/|$)/i.test(url.pathname)) {
    // Like the Core Tools, without a key set nothing is asked for: the listener is on loopback alone.
    const isKnown = options.masterKey === undefined || hasKey(incoming, url, options.masterKey);
    if (!isLoopback(incoming)) answer(outgoing, 403);
    else if (isKnown) await serveAdmin(options.admin, url.pathname, incoming, outgoing);
    else answer(outgoing, 401);
  } else await serveFunction(options, url, incoming, outgoing);
}

async function serveFunction(
  options: HttpListenerOptions,
  url: URL,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const runner = options.runner();
  if (options.admin.state() !== 'Running' || runner === undefined) {
    answer(outgoing, 503, 'Function host is not running.');
    return;
  }
  const routed = findHttpFunction(options.functions(), incoming.method ?? 'GET', url.pathname);
  if (routed === undefined) {
    answer(outgoing, 404);
    return;
  }
  const isOpen = routed.found.authLevel === 'anonymous';
  if (!isOpen && !hasKey(incoming, url, options.masterKey)) {
    answer(outgoing, 401);
    return;
  }
  const body = await readBody(incoming);
  if (body === undefined) {
    answer(outgoing, 413);
    return;
  }
  const result = await runner.run(routed.found.target, {
    data: toHttpInput(incoming, url, routed.params, body),
    reason: 'This function was programmatically called via the host APIs.',
  });
  if (result.kind === 'succeeded') writeHttpOutput(outgoing, result.returnValue);
  else if (result.kind === 'failed') outgoing.writeHead(500).end();
  // The real host restarts its worker now, and the call never gets an answer.
  else outgoing.destroy();
}

function answer(outgoing: ServerResponse, status: number, text = ''): void {
  outgoing.writeHead(status, { 'content-type': 'text/plain' }).end(text);
}

function readUrl(incoming: IncomingMessage): URL | undefined {
  const host = incoming.headers.host ?? '127.0.0.1';
  const target = incoming.url ?? '/';
  return URL.parse(target.startsWith('/') ? `http://${host}${target}` : target) ?? undefined;
}

function isLoopback(incoming: IncomingMessage): boolean {
  const address = incoming.socket.remoteAddress ?? '';
  return address === '127.0.0.1' || address === '::1' || address === '::ffff:127.0.0.1';
}

function hasKey(incoming: IncomingMessage, url: URL, key: string | undefined): boolean {
  const header = incoming.headers['x-functions-key'];
  const given = typeof header === 'string' ? header : url.searchParams.get('code');
  if (key === undefined || given === null) return false;
  const [left, right] = [Buffer.from(given), Buffer.from(key)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
