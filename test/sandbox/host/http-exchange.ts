import type { IncomingMessage, ServerResponse } from 'node:http';

import { z } from 'zod';

import type { TypedData } from './functions-core.ts';

/** The host's own limit on a request's body, in bytes. */
const largestBody = 104_857_600;

/** The body whole, or undefined where it is larger than the host takes. Rejects where the caller breaks off. */
export async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.byteLength;
    if (size > largestBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A request as the model takes it. Repeated headers and query parameters are joined by commas, as the real host does. */
export function toHttpInput(
  incoming: IncomingMessage,
  url: URL,
  params: { readonly [name: string]: string },
  body: Buffer,
): TypedData {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const query = new Map<string, string>();
  for (const name of url.searchParams.keys()) {
    query.set(name, url.searchParams.getAll(name).join(','));
  }
  return {
    http: {
      method: incoming.method ?? 'GET',
      url: url.href,
      nullableHeaders: toNullable(headers),
      nullableQuery: toNullable(query),
      nullableParams: toNullable(new Map(Object.entries(params))),
      ...(body.byteLength === 0 ? {} : { body: { bytes: body } }),
    },
  };
}

function toNullable(values: ReadonlyMap<string, string>): object {
  return Object.fromEntries([...values].map(([name, value]) => [name, { value }]));
}

const nullable = <T extends z.ZodType>(inner: T) => z.object({ value: inner }).nullish();

const cookieSchema = z.object({
  name: z.string(),
  value: z.string(),
  domain: nullable(z.string()),
  path: nullable(z.string()),
  expires: nullable(z.object({ seconds: z.number() })),
  secure: nullable(z.boolean()),
  httpOnly: nullable(z.boolean()),
  maxAge: nullable(z.number()),
  sameSite: z.enum(['none', 'lax', 'strict', 'explicitNone']).nullish(),
});

const answerSchema = z.object({
  http: z.object({
    statusCode: z.string(),
    headers: z.record(z.string(), z.string()),
    cookies: z.array(cookieSchema),
    body: z.object({ bytes: z.instanceof(Uint8Array) }),
  }),
});

/** Writes what a function answered; nothing at all is 204. */
export function writeHttpOutput(outgoing: ServerResponse, returnValue: unknown): void {
  if (returnValue === undefined || returnValue === null) {
    outgoing.writeHead(204).end();
    return;
  }
  const { http } = answerSchema.parse(returnValue);
  outgoing.statusCode = Number(http.statusCode);
  for (const [name, value] of Object.entries(http.headers)) {
    if (!isHopByHop(name)) outgoing.setHeader(name, value);
  }
  if (http.cookies.length > 0) outgoing.setHeader('set-cookie', http.cookies.map(toSetCookie));
  const hasBody = ![204, 304].includes(outgoing.statusCode);
  if (hasBody) outgoing.setHeader('content-length', http.body.bytes.byteLength);
  outgoing.end(hasBody ? http.body.bytes : undefined);
}

/** They concern one connection, and this server sets its own. */
function isHopByHop(name: string): boolean {
  return ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'content-length'].includes(
    name.toLowerCase(),
  );
}

const sameSiteText = { none: undefined, lax: 'Lax', strict: 'Strict', explicitNone: 'None' };

function toSetCookie(cookie: z.infer<typeof cookieSchema>): string {
  const { domain, expires, httpOnly, maxAge, path, secure } = cookie;
  const attributes: readonly (readonly [string, string | number | boolean | undefined])[] = [
    ['Max-Age', maxAge?.value],
    ['Domain', domain?.value],
    ['Path', path?.value],
    ['Expires', expires ? new Date(expires.value.seconds * 1000).toUTCString() : undefined],
    ['HttpOnly', httpOnly?.value],
    ['Secure', secure?.value],
    ['SameSite', sameSiteText[cookie.sameSite ?? 'none']],
  ];
  const parts = attributes.flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [name] : [`${name}=${value}`];
  });
  return [`${cookie.name}=${encodeURIComponent(cookie.value)}`, ...parts].join('; ');
}
