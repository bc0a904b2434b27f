import { createHmac } from 'node:crypto';

/** The little of Blob Storage that timers need: texts, and leases of 15 seconds. */
export interface BlobStore {
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
  /** The id of a new lease; undefined where somebody else holds it. Creates the blob where it is missing. */
  acquireLease(name: string): Promise<string | undefined>;
  /** False where the lease is lost. */
  renewLease(name: string, leaseId: string): Promise<boolean>;
  releaseLease(name: string, leaseId: string): Promise<void>;
}

export interface BlobStoreOptions {
  readonly accountName: string;
  readonly accountKey: string;
  readonly endpoint: string;
  readonly container: string;
  readonly now: () => number;
}

/** The shortest lease there is. */
const leaseSeconds = 15;

interface Call {
  readonly method: 'GET' | 'PUT';
  readonly query?: { readonly [name: string]: string };
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
  /** Statuses that are an answer; any other throws. */
  readonly expected: readonly number[];
}

/**
 * A client of one container, signed with the account's key; the SDK for blobs is no dependency of this project.
 * https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
 */
export function createBlobStore(options: BlobStoreOptions): BlobStore {
  const call = async (name: string, request: Call): Promise<Response> => {
    const answer = await send(options, name, request);
    if (answer.status !== 404 || request.method !== 'PUT')
      return await check(answer, name, request);
    // Only a missing container answers 404 to a write.
    await answer.arrayBuffer();
    const made = { method: 'PUT', query: { restype: 'container' }, expected: [201, 409] } as const;
    await check(await send(options, '', made), '', made);
    return await check(await send(options, name, request), name, request);
  };
  const put = async (name: string, text: string, ifMissing: boolean): Promise<void> => {
    const condition = ifMissing ? { 'if-none-match': '*' } : {};
    await call(name, {
      method: 'PUT',
      headers: { 'x-ms-blob-type': 'BlockBlob', ...condition },
      body: text,
      expected: [201, ...(ifMissing ? [409, 412] : [])],
    });
  };
  const lease = async (
    name: string,
    action: string,
    headers: { readonly [name: string]: string },
  ): Promise<Response> =>
    await call(name, {
      method: 'PUT',
      query: { comp: 'lease' },
      headers: { 'x-ms-lease-action': action, ...headers },
      expected: [200, 201, 409, 412],
    });
  return {
    read: async (name) => {
      const answer = await call(name, { method: 'GET', expected: [200, 404] });
      const text = await answer.text();
      return answer.status === 404 ? undefined : text;
    },
    write: async (name, text) => {
      await put(name, text, false);
    },
    acquireLease: async (name) => {
      await put(name, '', true);
      const answer = await lease(name, 'acquire', { 'x-ms-lease-duration': String(leaseSeconds) });
      return answer.headers.get('x-ms-lease-id') ?? undefined;
    },
    renewLease: async (name, leaseId) =>
      (await lease(name, 'renew', { 'x-ms-lease-id': leaseId })).status === 200,
    releaseLease: async (name, leaseId) => {
      await lease(name, 'release', { 'x-ms-lease-id': leaseId });
    },
  };
}

async function send(options: BlobStoreOptions, name: string, call: Call): Promise<Response> {
  const file = name === '' ? '' : `/${name}`;
  const url = new URL(`${options.endpoint}/${options.container}${file}`);
  for (const [key, value] of Object.entries(call.query ?? {})) url.searchParams.set(key, value);
  const headers: Record<string, string> = {
    ...call.headers,
    'x-ms-date': new Date(options.now()).toUTCString(),
    'x-ms-version': '2023-11-03',
  };
  const length = Buffer.byteLength(call.body ?? '');
  // Set for an empty body too, where fetch would add one of its own that is not signed.
  if (call.method === 'PUT') headers['content-type'] = 'text/plain; charset=utf-8';
  headers['authorization'] = sign(options, { call, url, headers, length });
  return await fetch(url, {
    method: call.method,
    headers,
    ...(call.method === 'PUT' ? { body: call.body ?? '' } : {}),
    signal: AbortSignal.timeout(10_000),
  });
}

interface Signable {
  readonly call: Call;
  readonly url: URL;
  readonly headers: { readonly [name: string]: string };
  readonly length: number;
}

function sign(options: BlobStoreOptions, { call, url, headers, length }: Signable): string {
  const extensions = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-ms-'))
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`);
  const query = [...url.searchParams]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `\n${name}:${value}`);
  const text = [
    call.method,
    '', // content encoding
    '', // content language
    length === 0 ? '' : String(length),
    '', // content MD5
    headers['content-type'] ?? '',
    '', // date: x-ms-date counts
    '', // if-modified-since
    '', // if-match
    headers['if-none-match'] ?? '',
    '', // if-unmodified-since
    '', // range
    `${extensions.join('')}/${options.accountName}${url.pathname}${query.join('')}`,
  ].join('\n');
  const key = Buffer.from(options.accountKey, 'base64');
  const signature = createHmac('sha256', key).update(text, 'utf8').digest('base64');
  return `SharedKey ${options.accountName}:${signature}`;
}

async function check(answer: Response, name: string, call: Call): Promise<Response> {
  if (call.expected.includes(answer.status)) return answer;
  const code = answer.headers.get('x-ms-error-code') ?? '';
  await answer.arrayBuffer();
  throw new Error(`cannot ${call.method} blob ${name}: HTTP ${answer.status} ${code}`);
}
