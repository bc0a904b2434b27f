import { expect } from 'vitest';

/** A text of that shape, inside an expected value. */
export function textMatching(pattern: RegExp = /^/): unknown {
  return expect.stringMatching(pattern);
}
