import { createRandom } from '../wire/random.ts';
import type { EntraSettings } from './entra-settings.ts';
import type { Segment } from './segment.ts';
import { readAt, type Edge, type Tenant } from './tenant.ts';
import { touchObjects, type Touched } from './touched-objects.ts';

/** One item of a round: an object, for a group with one slice of the edges that came or went. */
export interface Unit {
  readonly id: string;
  /** The properties that changed, or all of them for an object that is new here. */
  readonly changed: ReadonlySet<string> | 'all';
  readonly edges: readonly Edge[];
}

/** All items of a segment, in the order in which its pages go through them; the same segment gives the same row. */
export function buildUnits(
  tenant: Tenant,
  segment: Segment,
  settings: EntraSettings,
  mayReadHidden: boolean,
): readonly Unit[] {
  const touched = touchObjects(tenant, segment, settings);
  const random = createRandom(segment.seed);
  const slices = [...touched].map(([id, { changed, edges }]) =>
    isHidden(tenant, id, segment.to) && !mayReadHidden
      ? [{ id, changed, edges: [] }]
      : sliceEdges(id, changed, [...edges], settings.deltaPageLinks),
  );
  const units = settings.scatterSlices
    ? shuffleIf(settings, random, slices.flat())
    : shuffleIf(settings, random, slices).flat();
  if (settings.duplicateChance === 0) return units;
  const doubled = [...units];
  for (const unit of units) {
    if (random.fraction() >= settings.duplicateChance) continue;
    const first = doubled.indexOf(unit);
    doubled.splice(first + 1 + random.below(doubled.length - first), 0, unit);
  }
  return doubled;
}

function shuffleIf<T>(
  settings: EntraSettings,
  random: ReturnType<typeof createRandom>,
  items: readonly T[],
): readonly T[] {
  return settings.shuffle ? random.shuffle(items) : items;
}

function isHidden(tenant: Tenant, id: string, version: number): boolean {
  const value = readAt(tenant.groups.get(id)?.history ?? [], version);
  return value?.properties['visibility'] === 'HiddenMembership';
}

function sliceEdges(
  id: string,
  changed: Touched['changed'],
  edges: readonly Edge[],
  size: number,
): readonly Unit[] {
  const units: Unit[] = [{ id, changed, edges: edges.slice(0, size) }];
  for (let start = size; start < edges.length; start += size) {
    units.push({ id, changed, edges: edges.slice(start, start + size) });
  }
  return units;
}
