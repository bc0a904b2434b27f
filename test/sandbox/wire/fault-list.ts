import { z } from 'zod';

import type { Fault, WireRequest } from './types.ts';

export interface FaultList {
  add(fault: Fault): void;
  clear(): void;
  readAll(): readonly (Fault & { readonly matched: number; readonly struck: number })[];
  /** Counts the request against every fault of its route and object and returns those that strike it, in the order they were added. */
  strike(route: string, request: Pick<WireRequest, 'url' | 'body'>): readonly Fault[];
}

const count = z.int().min(1);

/** A fault as the control API takes it; unknown fields are refused by name. */
export const faultSchema: z.ZodType<Fault> = z
  .strictObject({
    route: z.string().min(1),
    only: z.exactOptional(z.string().min(1)),
    nth: z.exactOptional(count),
    every: z.exactOptional(count),
    times: z.exactOptional(count),
    when: z.enum(['before', 'after']),
    // oxlint-disable-next-line unicorn/no-thenable -- the contract's word; an object is no thenable
    then: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('status'),
        status: z.int().min(200).max(599),
        retryAfter: z.exactOptional(z.string()),
        body: z.exactOptional(z.enum(['json', 'text', 'html', 'empty'])),
      }),
      z.strictObject({ kind: z.literal('reset') }),
      z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0) }),
      z.strictObject({ kind: z.literal('special'), name: z.string().min(1) }),
    ]),
  })
  .refine((fault) => fault.nth === undefined || fault.every === undefined, {
    error: 'nth and every exclude each other',
    path: ['every'],
  });

/**
 * The faults of one emulator. Without `nth` and `every` the first request is struck; without `times` a fault with `nth` strikes once and one
 * with `every` for ever.
 */
export function createFaultList(): FaultList {
  let entries: { readonly fault: Fault; matched: number; struck: number }[] = [];
  return {
    add: (fault) => {
      entries.push({ fault, matched: 0, struck: 0 });
    },
    clear: () => {
      entries = [];
    },
    readAll: () => entries.map(({ fault, matched, struck }) => ({ ...fault, matched, struck })),
    strike: (route, request) => {
      const striking: Fault[] = [];
      for (const entry of entries) {
        if (!matchesRoute(entry.fault.route, route) || !concerns(entry.fault, request)) continue;
        entry.matched += 1;
        if (!strikesNow(entry.fault, entry)) continue;
        entry.struck += 1;
        striking.push(entry.fault);
      }
      return striking;
    },
  };
}

function matchesRoute(pattern: string, route: string): boolean {
  return pattern.endsWith('*') ? route.startsWith(pattern.slice(0, -1)) : pattern === route;
}

function concerns({ only }: Fault, { url, body }: Pick<WireRequest, 'url' | 'body'>): boolean {
  if (only === undefined) return true;
  const text = only.toLowerCase();
  return url.toLowerCase().includes(text) || body.toLowerCase().includes(text);
}

function strikesNow(fault: Fault, entry: { matched: number; struck: number }): boolean {
  if (fault.every !== undefined) {
    return entry.matched % fault.every === 0 && entry.struck < (fault.times ?? Infinity);
  }
  return entry.matched >= (fault.nth ?? 1) && entry.struck < (fault.times ?? 1);
}

/** How the request log names a fault. */
export function describeFault({ when, then }: Fault): string {
  if (then.kind === 'special') return then.name;
  if (then.kind === 'delay') return `delay ${then.ms}`;
  return then.kind === 'status' ? `${when} status ${then.status}` : `${when} reset`;
}

/** A fault from where it strikes and what it does then; `when` is `before` if left out. */
export function buildFault(
  place: Omit<Fault, 'then' | 'when'> & Partial<Pick<Fault, 'when'>>,
  effect: Fault['then'],
): Fault {
  // oxlint-disable-next-line unicorn/no-thenable -- the contract's word; an object is no thenable
  return { when: 'before', ...place, then: effect };
}
