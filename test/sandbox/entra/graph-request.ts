import type { WireRequest } from '../wire/types.ts';
import { GraphRefusal, refuseUnmodelled } from './graph-refusal.ts';

/** A request as Graph's routes look at it. */
export interface GraphRequest {
  readonly method: string;
  /** Decoded, without origin and version: `/groups/{id}/members`. */
  readonly path: string;
  /** The query options by name, `$` included. */
  readonly options: ReadonlyMap<string, string>;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  /** Where links of an answer point to: scheme, host and `/v1.0`. */
  readonly base: string;
}

const version = '/v1.0';

/** Reads path and options; undefined where the path is not below `/v1.0`. */
export function parseGraphRequest(request: WireRequest, origin: string): GraphRequest | undefined {
  const [encoded = '', ...rest] = request.url.split('?');
  if (!encoded.startsWith(`${version}/`)) return undefined;
  const { host } = request.headers;
  return {
    method: request.method,
    path: decodePath(encoded.slice(version.length)),
    options: parseOptions(rest.join('?')),
    headers: request.headers,
    body: request.body,
    base: `${host === undefined ? origin : `http://${host}`}${version}`,
  };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

function parseOptions(query: string): ReadonlyMap<string, string> {
  return new Map(new URLSearchParams(query));
}

/** Refuses options that the route does not have in this emulator, by name. */
export function requireKnownOptions(request: GraphRequest, known: readonly string[]): void {
  for (const name of request.options.keys()) {
    if (!known.includes(name)) throw refuseUnmodelled(`${name} on ${request.path}`);
  }
}

const maximumTop = 999;

/** The page size asked for, 1 to 999; 100 where nothing is said. */
export function readTop(request: GraphRequest, overMaximum: 'refuse' | 'clamp'): number {
  const text = request.options.get('$top');
  if (text === undefined) return 100;
  const top = Number(text);
  if (!Number.isInteger(top) || top < 1 || (top > maximumTop && overMaximum === 'refuse')) {
    throw new GraphRefusal(
      400,
      'Request_UnsupportedQuery',
      `Invalid page size specified: '${text}'. Must be between 1 and ${maximumTop} inclusive.`,
    );
  }
  return Math.min(top, maximumTop);
}

/** Whether header and option ask for the advanced query index. */
export function isAdvancedQuery({ headers, options }: GraphRequest): boolean {
  return (
    headers['consistencylevel']?.toLowerCase() === 'eventual' &&
    options.get('$count')?.toLowerCase() === 'true'
  );
}
