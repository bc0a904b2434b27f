import type { Counts } from '../sandbox/start/control-client.ts';

/**
 * Calls that the floor speaks of. Requests for an access token go to the authorisation server and do not count against the limits of the
 * API, and the floor has no term for them; looks at a job under way depend on how long Dropbox takes. Both are left out.
 */
export function countApiCalls({ byRoute }: Counts): number {
  return Object.entries(byRoute)
    .filter(([route]) => !route.startsWith('/oauth2/') && !route.includes('/job_status/'))
    .reduce((sum, [, calls]) => sum + calls, 0);
}

/** The most calls a load may make: a tenth more than the floor, or two. */
export function boundOf(floor: number): number {
  return floor + Math.max(floor / 10, 2);
}

/** What came between two readings of one emulator's counts; routes that were not called are left out. */
export function countsBetween(before: Counts, after: Counts): Counts {
  const byRoute = Object.entries(after.byRoute).flatMap(([route, calls]) => {
    const more = calls - (before.byRoute[route] ?? 0);
    return more === 0 ? [] : [[route, more] as const];
  });
  return {
    byRoute: Object.fromEntries(byRoute),
    requests: after.requests - before.requests,
    batchParts: after.batchParts - before.batchParts,
  };
}
