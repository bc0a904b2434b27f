import type { HttpHandler } from '@azure/functions';
import { buildHealth } from '../shared/admin/health.ts';
import type { Dependencies } from './dependencies.ts';

/** How the job is. 200 while it works, 503 where somebody has to do something. Says nothing secret. */
export function healthHttp(deps: Dependencies): HttpHandler {
  return (_request, context) =>
    deps.log.within(context, async () => {
      const health = await buildHealth(deps);
      return {
        status: health.status === 'unhealthy' ? 503 : 200,
        headers: { 'cache-control': 'no-store' },
        jsonBody: health,
      };
    });
}

/** The answer of an app that cannot start: every problem by name and remedy. */
export function brokenHealthHttp(problems: readonly string[]): HttpHandler {
  return () => ({
    status: 503,
    headers: { 'cache-control': 'no-store' },
    jsonBody: { status: 'unhealthy', problems },
  });
}
