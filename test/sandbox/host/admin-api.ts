import type { IncomingMessage, ServerResponse } from 'node:http';

import { z } from 'zod';

import { readBody } from './http-exchange.ts';

export type HostState = 'Running' | 'Stopping' | 'Error';

export interface AdminOptions {
  readonly state: () => HostState;
  readonly functionNames: () => readonly string[];
  /** Starts a function by hand and returns at once; false where there is none of that name, or it cannot be started so. */
  readonly fire: (name: string, input: string | undefined) => boolean;
}

const bodySchema = z.object({ input: z.string().optional() });

/** Answers `GET /admin/host/status` and `POST /admin/functions/NAME`; the caller has checked the key and that it comes from this machine. */
export async function serveAdmin(
  options: AdminOptions,
  path: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const answer = (status: number, body?: unknown): void => {
    outgoing.writeHead(status, { 'content-type': 'application/json' });
    outgoing.end(body === undefined ? '' : `${JSON.stringify(body)}\n`);
  };
  if (path === '/admin/host/status' && incoming.method === 'GET') {
    answer(200, readStatus(options));
    return;
  }
  const name = /^\/admin\/functions\/([^/]+)$/.exec(path)?.[1];
  if (name === undefined || incoming.method !== 'POST') {
    answer(404);
    return;
  }
  const input = parseInput(await readBody(incoming));
  if (input.kind === 'wrong') answer(400, { error: 'the body must be {} or {"input": "text"}' });
  else answer(options.fire(decodeURIComponent(name), input.text) ? 202 : 404);
}

function readStatus(options: AdminOptions): object {
  return {
    state: options.state(),
    functions: options.functionNames(),
    rssMb: megabytes(process.memoryUsage.rss()),
    peakRssMb: megabytes(process.resourceUsage().maxRSS * 1024),
    pid: process.pid,
  };
}

/** With one decimal. */
function megabytes(bytes: number): number {
  return Math.round(bytes / 104_857.6) / 10;
}

function parseInput(
  body: Buffer | undefined,
): { kind: 'input'; text: string | undefined } | { kind: 'wrong' } {
  try {
    const parsed = bodySchema.parse(JSON.parse(body?.toString('utf8') || '{}'));
    return { kind: 'input', text: parsed.input };
  } catch {
    return { kind: 'wrong' };
  }
}
