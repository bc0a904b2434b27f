import type { DropboxSettings } from './settings.ts';

/** The limit of calls per time, where the settings give one. */
export interface RateLimiter {
  /** Counts a call, refused ones too, and returns how many seconds it has to wait; 0 lets it through. */
  strike(): number;
}

/** One limiter for all routes, over a sliding window. */
export function createRateLimiter(now: () => number, settings: () => DropboxSettings): RateLimiter {
  let times: number[] = [];
  return {
    strike: () => {
      const { rateLimitCalls, rateLimitWindowSeconds } = settings();
      if (rateLimitCalls === 0) return 0;
      const since = now() - rateLimitWindowSeconds * 1000;
      times = times.filter((time) => time > since);
      times.push(now());
      if (times.length <= rateLimitCalls) return 0;
      const freed = times[times.length - rateLimitCalls] ?? now();
      return Math.max(1, Math.ceil((freed - since) / 1000));
    },
  };
}
