import type { EntraSettings } from './entra-settings.ts';
import { buildUnits, type Unit } from './delta-segment.ts';
import type { Segment } from './segment.ts';
import type { Tenant } from './tenant.ts';

/** Reads the units of a segment; keeps the last few, so that each page of a long round does not compute the whole again. */
export type UnitReader = (segment: Segment, mayReadHidden: boolean) => readonly Unit[];

const kept = 6;

/** A reader whose memory is bounded and forgets when settings or tenant change. */
export function createUnitReader(tenant: Tenant, readSettings: () => EntraSettings): UnitReader {
  const cache = new Map<string, readonly Unit[]>();
  let settings = readSettings();
  let { log } = tenant;
  return (segment, mayReadHidden) => {
    if (settings !== readSettings() || log !== tenant.log) {
      cache.clear();
      settings = readSettings();
      ({ log } = tenant);
    }
    const { stream, select, ids, from, to, seed } = segment;
    if (from === to) return [];
    const key = JSON.stringify([stream, select, ids, from, to, seed, mayReadHidden]);
    const units = cache.get(key) ?? buildUnits(tenant, segment, settings, mayReadHidden);
    cache.delete(key);
    cache.set(key, units);
    const [oldest] = cache.keys();
    if (cache.size > kept && oldest !== undefined) cache.delete(oldest);
    return units;
  };
}
