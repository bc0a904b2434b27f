import { GraphClientError } from '@microsoft/microsoft-graph-client';
import type { Context, Middleware, MiddlewareOptions } from '@microsoft/microsoft-graph-client';

import { TransientError } from '../model/errors.ts';
import type { HttpResponse, Random, Send } from '../model/ports.ts';
import { isOwnLink } from './graph-link.ts';
import type { GraphRoot } from './graph-link.ts';

export interface GraphCredential {
  getToken(): Promise<string>;
}

export interface ChainOptions {
  readonly root: GraphRoot;
  readonly credential: GraphCredential;
  readonly send: Send;
  readonly random: Random;
}

/** What one call tells the chain; a class because the client finds it by its constructor. */
export class CallOptions implements MiddlewareOptions {
  readonly timeoutMs: number;
  /** A whole nextLink or deltaLink to call, byte by byte, instead of the URL that the client has put together. */
  readonly link: string | undefined;
  constructor(timeoutMs: number, link?: string) {
    this.timeoutMs = timeoutMs;
    this.link = link;
  }
}

/**
 * The whole chain of the client: authentication, then Send. The client's own handlers are left out: its authentication takes the token
 * off for hosts that it does not know, its retries cut a long `Retry-After` short, its redirects would take the request elsewhere.
 */
export function createGraphChain(options: ChainOptions): Middleware[] {
  const terminal = createTerminal(options);
  return [createAuthentication(options, terminal), terminal];
}

function createAuthentication({ root, credential }: ChainOptions, next: Middleware): Middleware {
  return {
    execute: async (context) => {
      try {
        const url = readCallOptions(context).link ?? readUrl(context);
        if (!isOwnLink(url, root)) {
          throw new Error(
            `cannot follow a link: it does not lead to ${root.origin}${root.pathPrefix}`,
          );
        }
        context.request = url;
        const headers = readHeaders(context);
        const authorization = `Bearer ${await credential.getToken()}`;
        context.options = { ...context.options, headers: { ...headers, authorization } };
        await next.execute(context);
      } catch (error) {
        throw wrapFailure(error);
      }
    },
    // The client links the chain, but the next one is known already.
    setNext: () => undefined,
  };
}

function createTerminal({ send, random }: ChainOptions): Middleware {
  return {
    execute: async (context) => {
      const body = context.options?.body;
      const answer = await send({
        method: context.options?.method === 'POST' ? 'POST' : 'GET',
        url: readUrl(context),
        headers: { ...readHeaders(context), 'client-request-id': random.token() },
        ...(typeof body === 'string' ? { body } : {}),
        timeoutMs: readCallOptions(context).timeoutMs,
      });
      context.response = toResponse(answer);
    },
  };
}

/** The client turns every error of the chain into its own and forgets the class; only its own class passes unchanged. */
function wrapFailure(error: unknown): GraphClientError {
  const wrapped = new GraphClientError('the exchange failed');
  wrapped.customError = error;
  return wrapped;
}

/** What really failed in the chain. */
export function unwrapFailure(error: unknown): unknown {
  if (!(error instanceof GraphClientError) || error.customError === undefined) return error;
  const failure: unknown = error.customError;
  return failure;
}

function toResponse({ status, headers, body }: HttpResponse): Response {
  try {
    return new Response(body === '' ? null : body, { status, headers: { ...headers } });
  } catch {
    throw new TransientError(`cannot use an answer with status ${status}`, 0);
  }
}

function readCallOptions(context: Context): CallOptions {
  const options = context.middlewareControl?.getMiddlewareOptions(CallOptions);
  if (options instanceof CallOptions) return options;
  throw new Error('a call of the Graph client came without its options');
}

function readUrl(context: Context): string {
  return typeof context.request === 'string' ? context.request : context.request.url;
}

/** Names in lower case. The client gives a plain object; `new Headers` would quote a malformed value, maybe a token, in its error. */
function readHeaders(context: Context): { readonly [name: string]: string } {
  const headers = context.options?.headers ?? {};
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}
