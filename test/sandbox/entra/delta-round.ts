import { createRandom } from '../wire/random.ts';
import type { Unit } from './delta-segment.ts';
import type { Segment, Watch } from './segment.ts';
import type { EntraSettings } from './entra-settings.ts';
import type { DeltaPosition, PagePosition } from './link-tokens.ts';

/** What a page holds and where the round goes on: never both a next page and an end. */
export interface RoundPage {
  readonly segment: Segment;
  readonly units: readonly Unit[];
  readonly next: PagePosition | DeltaPosition;
}

export interface RoundParts {
  readonly settings: EntraSettings;
  /** The newest version to be seen now. */
  readonly visible: number;
  /** Objects and links a page may hold. */
  readonly limits: { readonly objects: number; readonly links: number };
  readUnits(segment: Segment): readonly Unit[];
}

/** The first page of a round: of everything where `from` is null, else of the changes after it. */
export function startRound(
  watch: Watch,
  from: number | null,
  visible: number,
  seed: number,
): PagePosition {
  return {
    kind: 'page',
    stream: watch.stream,
    select: watch.select,
    ids: watch.ids,
    from,
    to: Math.max(from ?? 0, visible),
    seed,
    unit: 0,
    page: 0,
    isStuck: false,
  };
}

/** The page at a position. What changed since the round began comes on further pages of the same round. */
export function readRoundPage(position: PagePosition, parts: RoundParts): RoundPage {
  const { settings } = parts;
  const units = parts.readUnits(position);
  const random = createRandom(position.seed + position.page * 7919 + 1);
  if (position.unit < units.length && random.fraction() < settings.emptyPageChance) {
    return { segment: position, units: [], next: { ...position, page: position.page + 1 } };
  }
  const isShort = random.fraction() < settings.shortPageChance;
  const objects = isShort ? 1 + random.below(parts.limits.objects) : parts.limits.objects;
  const taken = takeUnits(units.slice(position.unit, position.unit + objects), parts.limits.links);
  const unit = position.unit + taken.length;
  const next =
    unit < units.length
      ? { ...position, unit, page: position.page + 1 }
      : endSegment(position, taken.length, parts);
  return { segment: position, units: taken, next };
}

/** As many as fit by their links, but at least one. */
function takeUnits(units: readonly Unit[], links: number): readonly Unit[] {
  let count = 0;
  let room = links;
  for (const { edges } of units) {
    if (edges.length > room && count > 0) break;
    room -= edges.length;
    count += 1;
  }
  return units.slice(0, count);
}

function endSegment(
  position: PagePosition,
  taken: number,
  parts: RoundParts,
): PagePosition | DeltaPosition {
  const { settings } = parts;
  const to = Math.max(position.to, parts.visible);
  const more = {
    ...position,
    from: position.to,
    to,
    seed: position.seed + 1,
    unit: 0,
    page: position.page + 1,
  };
  if (parts.readUnits(more).length > 0) return more;
  const endsEmpty =
    settings.emptyLastPage === 'always' ||
    (settings.emptyLastPage === 'multiPage' && position.page > 0);
  if (taken > 0 && endsEmpty) return { ...more, from: to };
  const { stream, select, ids } = position;
  return { kind: 'delta', stream, select, ids, version: to };
}
