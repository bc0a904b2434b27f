import type { Random } from '../../shared/model/ports.ts';

/** The same numbers and tokens for the same seed. No token comes twice from one of these, nor from two with different seeds. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  let tokens = 0;

  // mulberry32: 32 bits of state, good enough to choose faults by, and fast.
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };

  return {
    fraction,
    token: () => `token-${seed}-${++tokens}`,
  };
}
