import type { EntraSettings } from './entra-settings.ts';

/** What a request costs. */
export interface Cost {
  readonly units: number;
  readonly writes: number;
}

interface Throttled {
  readonly retryAfterSeconds: number;
  readonly information: 'ResourceUnitLimitExceeded' | 'WriteLimitExceeded';
  readonly scope: string;
}

export interface Throttle {
  /** Why this request is refused, or undefined. A refused one is counted too, a little. */
  refuse(cost: Cost, isLowPriority: boolean): Throttled | undefined;
  charge(cost: Cost): void;
  /** How much of the resource units is used: 1 is all of them. */
  readUsage(): number;
}

interface ThrottleParts {
  readonly clock: { now(): number };
  readSettings(): EntraSettings;
  readUserCount(): number;
  readTenantId(): string;
}

/** Two token buckets, of resource units and of writes, that fill as time goes by. */
export function createThrottle(parts: ThrottleParts): Throttle {
  const units = createBucket(parts.clock, () => ({
    capacity: parts.readSettings().resourceUnitsPer10s ?? readLimit(parts.readUserCount()),
    windowMs: 10_000,
  }));
  const writes = createBucket(parts.clock, () => ({
    capacity: parts.readSettings().writesPer150s,
    windowMs: 150_000,
  }));
  const scope = (kind: string): string =>
    `Tenant_Application/${kind}/00000000-0000-0000-0000-000000000000/${parts.readTenantId()}`;
  return {
    refuse: (cost, isLowPriority) => {
      const { throttling, lowPriorityReserve, throttledRequestUnits } = parts.readSettings();
      if (!throttling) return undefined;
      const missing = units.missing(cost.units, isLowPriority ? lowPriorityReserve : 0);
      const missingWrites = cost.writes === 0 ? 0 : writes.missing(cost.writes, 0);
      if (missing === 0 && missingWrites === 0) return undefined;
      units.take(throttledRequestUnits);
      return missing > 0
        ? {
            retryAfterSeconds: missing / 1000,
            information: 'ResourceUnitLimitExceeded',
            scope: scope('ReadWrite'),
          }
        : {
            retryAfterSeconds: missingWrites / 1000,
            information: 'WriteLimitExceeded',
            scope: scope('Write'),
          };
    },
    charge: (cost) => {
      units.take(cost.units);
      writes.take(cost.writes);
    },
    readUsage: () => units.readUsage(),
  };
}

/** Resource units per 10 seconds for one app in one tenant. https://learn.microsoft.com/graph/throttling-limits */
function readLimit(userCount: number): number {
  if (userCount < 50) return 3500;
  return userCount <= 500 ? 5000 : 8000;
}

interface Bucket {
  /** Milliseconds until there is enough, 0 where there is. `reserve` is the fraction that must stay. */
  missing(amount: number, reserve: number): number;
  /** Takes, also more than there is, but never below one whole bucket of debt. */
  take(amount: number): void;
  readUsage(): number;
}

function createBucket(
  clock: { now(): number },
  readSize: () => { readonly capacity: number; readonly windowMs: number },
): Bucket {
  let used = 0;
  let at = clock.now();
  const drain = (): { readonly capacity: number; readonly perMs: number } => {
    const { capacity, windowMs } = readSize();
    const perMs = capacity / windowMs;
    used = Math.max(0, used - (clock.now() - at) * perMs);
    at = clock.now();
    return { capacity, perMs };
  };
  return {
    missing: (amount, reserve) => {
      const { capacity, perMs } = drain();
      const excess = used + Math.min(amount, capacity) - capacity * (1 - reserve);
      return excess <= 0 || used === 0 ? 0 : Math.ceil(excess / perMs);
    },
    take: (amount) => {
      const { capacity } = drain();
      used = Math.min(2 * capacity, used + amount);
    },
    readUsage: () => used / drain().capacity,
  };
}
