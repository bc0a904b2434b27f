import { expect, test } from 'vitest';
import { parseRetryAfter } from '../../shared/http/retry-after.ts';

const nowMs = Date.UTC(2026, 10, 23, 8, 0, 0, 250);

test.each([
  ['whole seconds', '120', 120_000],
  ['zero', '0', 0],
  ['seconds with blanks around them', ' 3 ', 3_000],
  ['fractional seconds, exact to the millisecond', '2.128', 2_128],
  ['less than a millisecond, rounded up', '0.0001', 1],
  ['more than milliseconds, rounded up', '1.0010001', 1_002],
  ['trailing zeros, not rounded up', '1.5000000', 1_500],
  ['an HTTP date', 'Mon, 23 Nov 2026 08:00:10 GMT', 9_750],
  ['an HTTP date in the old form', 'Monday, 23-Nov-26 08:00:10 GMT', 9_750],
  ['an HTTP date in the form of asctime, which is UTC', 'Mon Nov 23 08:00:10 2026', 9_750],
  ['a date that has passed', 'Mon, 23 Nov 2026 07:00:00 GMT', 0],
])('reads %s', (_name, value, expected) => {
  expect(parseRetryAfter(value, nowMs)).toBe(expected);
});

test.each([[undefined], [''], ['-5'], ['soon'], ['1e3'], ['2026-11-23'], ['5, 10'], ['Mon, x']])(
  'finds nothing in %s',
  (value) => {
    expect(parseRetryAfter(value, nowMs)).toBeUndefined();
  },
);
