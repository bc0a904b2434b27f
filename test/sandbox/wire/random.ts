import type { Random } from '../../../shared/model/ports.ts';

export interface SeededRandom extends Random {
  /** In [0, bound), whole. */
  below(bound: number): number;
  /** A copy in another order. */
  shuffle<T>(items: readonly T[]): readonly T[];
  /** What `restoreState` of another generator takes to go on from here. */
  readState(): number;
  restoreState(state: number): void;
}

/** A small generator (mulberry32) that gives the same row for the same seed. Not for secrets. */
export function createRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const fraction = (): number => next() / 4294967296;
  const below = (bound: number): number => Math.floor(fraction() * bound);
  return {
    fraction,
    below,
    token: () => Array.from({ length: 4 }, () => next().toString(16).padStart(8, '0')).join('-'),
    shuffle: (items) => shuffleWith(items, below),
    readState: () => state,
    restoreState: (saved) => {
      state = saved >>> 0;
    },
  };
}

/** Fisher and Yates, from the end. */
function shuffleWith<T>(items: readonly T[], below: (bound: number) => number): readonly T[] {
  const shuffled = [...items];
  for (let index = shuffled.length - 1; index > 0; index -= 1) {
    const other = below(index + 1);
    const [left, right] = [shuffled[index], shuffled[other]];
    if (left !== undefined && right !== undefined) {
      shuffled[index] = right;
      shuffled[other] = left;
    }
  }
  return shuffled;
}
