import { z } from 'zod';

import { parseHttpRoute, type HttpRoute } from './http-route.ts';
import type { LoadedFunction } from './load-app.ts';

export interface HttpFunction {
  readonly target: LoadedFunction;
  readonly route: HttpRoute;
  readonly methods: readonly string[];
  readonly authLevel: 'anonymous' | 'function' | 'admin';
}

const triggerSchema = z.object({
  route: z.string().optional(),
  methods: z.array(z.string()).default(['GET', 'POST']),
  authLevel: z.preprocess(
    (value) => (typeof value === 'string' ? value.toLowerCase() : value),
    z.enum(['anonymous', 'function', 'admin']),
  ),
});

/** What the router needs of a function with an HTTP trigger; its name is its route where it names none. Throws on a route not understood. */
export function toHttpFunction(target: LoadedFunction, routePrefix: string): HttpFunction {
  const trigger = triggerSchema.parse(target.trigger);
  const route = `${routePrefix}/${trigger.route ?? target.name}`.replace(/^\//, '');
  if (/^admin(\/|$)/i.test(route)) throw new Error(`the route "${route}" is reserved`);
  return {
    target,
    route: parseHttpRoute(route),
    methods: trigger.methods.map((method) => method.toUpperCase()),
    authLevel: trigger.authLevel,
  };
}

export interface RoutedFunction {
  readonly found: HttpFunction;
  readonly params: { readonly [name: string]: string };
}

/** The function that answers, the most specific route first. A route whose method does not fit is as good as none: 404, as in the real host. */
export function findHttpFunction(
  functions: readonly HttpFunction[],
  method: string,
  path: string,
): RoutedFunction | undefined {
  const candidates = functions
    .filter((one) => one.methods.includes(method))
    .toSorted((left, right) => (left.route.order < right.route.order ? -1 : 1));
  for (const found of candidates) {
    const params = found.route.match(path.replace(/^\//, ''));
    if (params !== undefined) return { found, params };
  }
  return undefined;
}
