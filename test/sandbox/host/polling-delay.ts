/** How long to wait before the next look at a queue, in milliseconds. */
export interface PollingDelay {
  /** `found`: a message was seen since the last wait. */
  next(found: boolean): number;
}

const minimumMs = 100;
const randomness = 0.2;

/**
 * The host's backoff: 100 ms after a message, then 100 ms more, 200 ms more, 400 ms more, each increment off by up to a fifth either way, up
 * to the longest. `fraction` gives numbers in [0, 1).
 */
export function createPollingDelay(maximumMs: number, fraction: () => number): PollingDelay {
  let current = 0;
  let exponent = 0;
  return {
    next: (found) => {
      if (found) {
        current = minimumMs;
        exponent = 1;
      } else if (current !== maximumMs) {
        const factor = 1 - randomness + 2 * randomness * fraction();
        const increment = exponent === 0 ? 0 : factor * 2 ** (exponent - 1) * minimumMs;
        const wanted = minimumMs + increment;
        if (wanted < maximumMs) {
          current = wanted;
          exponent += 1;
        } else current = maximumMs;
      }
      return current;
    },
  };
}
