import type { HeldEffect, Reason } from '../model/row-parts.ts';

/** What desired takes away, for people and groups alike. */
export interface Taking {
  readonly takes: HeldEffect;
  readonly takesBecause: Reason | null;
  /** *said*: Entra names the leaver. *missing*: only an absence was seen. */
  readonly takesKind: 'said' | 'missing' | null;
  /** Milliseconds since 1970; 0 while nothing is taken. */
  readonly takesSince: number;
  readonly releasedTakes: HeldEffect;
  /** Why the absence is no proof by itself; null where it is one, or where Entra names the leaver. */
  readonly takesDoubt: string | null;
  /** Since when anything at all is taken away without a break, in milliseconds since 1970; 0 for nothing. */
  readonly departedAt: number;
}

export interface TakingReason {
  readonly effect: HeldEffect;
  readonly kind: 'said' | 'missing';
  readonly because: Reason;
}

export const takesNothing: Taking = {
  takes: 'none',
  takesBecause: null,
  takesKind: null,
  takesSince: 0,
  releasedTakes: 'none',
  takesDoubt: null,
  departedAt: 0,
};

const strength = { none: 0, suspend: 1, remove: 2, delete: 3 } as const;

/**
 * The strongest of all reasons that hold; of equals, a said one wins. `takesSince` moves only when the effect does, and what was released
 * falls back to none in the same breath in which nothing is taken any more.
 */
export function takeStrongest(
  reasons: readonly TakingReason[],
  previous: Taking,
  { now, doubt }: { readonly now: number; readonly doubt?: string | null },
): Taking {
  let best: TakingReason | undefined;
  for (const reason of reasons) {
    if (best === undefined || isStronger(reason, best)) best = reason;
  }
  if (best === undefined || best.effect === 'none') return takesNothing;
  return {
    takes: best.effect,
    takesBecause: best.because,
    takesKind: best.kind,
    takesSince: best.effect === previous.takes ? previous.takesSince : now,
    // What was released for a lesser effect does not stand for a greater one that comes back later.
    releasedTakes: lesserEffect(previous.releasedTakes, best.effect),
    takesDoubt: best.kind === 'said' ? null : doubtOf(previous, doubt),
    departedAt: previous.takes === 'none' ? now : previous.departedAt,
  };
}

/** A doubt stays until a read that is beyond it says the same (null), or Entra names the leaver. */
function doubtOf(previous: Taking, doubt: string | null | undefined): string | null {
  if (doubt !== undefined) return doubt;
  return previous.takesKind === 'missing' ? previous.takesDoubt : null;
}

function isStronger(one: TakingReason, other: TakingReason): boolean {
  const difference = strength[one.effect] - strength[other.effect];
  return difference > 0 || (difference === 0 && one.kind === 'said' && other.kind === 'missing');
}

/** True where the first effect takes away more than the second. */
export function isMore(one: HeldEffect, other: HeldEffect): boolean {
  return strength[one] > strength[other];
}

/** The lesser of two effects: what may really be carried out. */
export function lesserEffect(one: HeldEffect, other: HeldEffect): HeldEffect {
  return strength[one] <= strength[other] ? one : other;
}
