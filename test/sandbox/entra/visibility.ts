import type { EntraSettings } from './entra-settings.ts';
import type { Tenant } from './tenant.ts';

/** Which of Graph's stores answers: each may lag on its own. */
export type Area = 'directory' | 'advanced' | 'assignments' | 'checkMemberGroups';

export interface Visibility {
  /** The replica that a request meets: 0, or by chance 1 where a replica lags. */
  pickReplica(): number;
  /** The newest version that this replica shows there. It never goes back on the same replica. */
  readVersion(area: Area, replica: number): number;
  /** What a replica shows that has stood still for `staleReplicaMs`: never newer than any other. */
  readStaleVersion(area: Area): number;
}

interface VisibilityParts {
  readonly tenant: Tenant;
  readonly clock: { now(): number };
  readonly random: { below(bound: number): number };
  readSettings(): EntraSettings;
}

/** A change is seen when its delay is over and all changes before it are seen. */
export function createVisibility(parts: VisibilityParts): Visibility {
  const { tenant, clock } = parts;
  let seen = new Map<string, number>();
  let { log } = tenant;
  const readFreshVersion: Visibility['readVersion'] = (area, replica) => {
    if (log !== tenant.log) {
      seen = new Map();
      ({ log } = tenant);
    }
    const settings = parts.readSettings();
    const lagMs = readLag(settings, area) + (replica === 1 ? settings.replicaLagMs : 0);
    const key = `${area} ${replica}`;
    let version = seen.get(key) ?? 0;
    for (; version < tenant.log.length; version += 1) {
      const entry = tenant.log[version];
      if (entry === undefined) break;
      const delayMs =
        lagMs + settings.visibilityDelayMs + entry.jitter * settings.visibilityJitterMs;
      if (entry.at + delayMs > clock.now()) break;
    }
    seen.set(key, version);
    return version;
  };
  return {
    pickReplica: () => (parts.readSettings().replicaLagMs > 0 ? parts.random.below(2) : 0),
    readVersion: readFreshVersion,
    readStaleVersion: (area) => {
      const until = clock.now() - parts.readSettings().staleReplicaMs;
      const later = tenant.log.findIndex(({ at }) => at > until);
      const version = later === -1 ? tenant.log.length : later;
      return Math.min(version, readFreshVersion(area, 0));
    },
  };
}

function readLag(settings: EntraSettings, area: Area): number {
  return {
    directory: 0,
    advanced: settings.advancedQueryLagMs,
    assignments: settings.assignmentLagMs,
    checkMemberGroups: settings.checkMemberGroupsLagMs,
  }[area];
}
