import { expect, test, describe } from 'vitest';

import { parseNcrontab } from './ncrontab.ts';
import { parseTimeSpan } from './parse-time-span.ts';

function occurrences(schedule: string, after: string, count: number): readonly string[] {
  const parsed = parseNcrontab(schedule);
  const found: string[] = [];
  let at = Date.parse(after);
  for (let index = 0; index < count; index += 1) {
    at = parsed.next(at);
    found.push(new Date(at).toISOString().replace('.000Z', ''));
  }
  return found;
}

describe('a schedule', () => {
  test('of six fields runs at the second, minute and hour it names', () => {
    expect(occurrences('30 */20 9-10 * * *', '2026-11-23T09:20:30Z', 4)).toEqual([
      '2026-11-23T09:40:30',
      '2026-11-23T10:00:30',
      '2026-11-23T10:20:30',
      '2026-11-23T10:40:30',
    ]);
  });

  test('of five fields runs at second 0', () => {
    expect(occurrences('*/5 * * * *', '2026-11-23T09:04:59.999Z', 2)).toEqual([
      '2026-11-23T09:05:00',
      '2026-11-23T09:10:00',
    ]);
  });

  test('is never answered with the moment that was asked about', () => {
    expect(occurrences('0 0 0 1 1 *', '2026-01-01T00:00:00Z', 1)).toEqual(['2027-01-01T00:00:00']);
  });

  test('takes names of months and days, lists, and steps from a value', () => {
    expect(occurrences('0 5/25 12 * feb,December Mon-tuesday', '2026-11-23T00:00:00Z', 4)).toEqual([
      '2026-12-01T12:05:00',
      '2026-12-01T12:30:00',
      '2026-12-01T12:55:00',
      '2026-12-07T12:05:00',
    ]);
  });

  test('of a day and a day of the week runs where both match', () => {
    expect(occurrences('0 0 0 13 * FRI', '2026-01-01T00:00:00Z', 3)).toEqual([
      '2026-02-13T00:00:00',
      '2026-03-13T00:00:00',
      '2026-11-13T00:00:00',
    ]);
  });

  test('finds 29 February on a Monday, 20 years away', () => {
    expect(occurrences('0 0 0 29 2 1', '2024-03-01T00:00:00Z', 1)).toEqual(['2044-02-29T00:00:00']);
  });

  test('knows whether it runs more than once a minute', () => {
    expect(parseNcrontab('*/30 * * * * *').isSubMinute).toBe(true);
    expect(parseNcrontab('30 * * * * *').isSubMinute).toBe(false);
  });

  test.each([
    ['0 * * *', 'it has 4 fields'],
    ['60 * * * * *', 'second "60": it must lie in 0-59'],
    ['0 0 0 * * 7', 'day of week "7": it must lie in 0-6'],
    ['0 0 0 0 * *', 'day "0": it must lie in 1-31'],
    ['0 */0 * * * *', 'minute "*/0": a step is a whole number above 0'],
    ['0 20-10 * * * *', 'minute "20-10": the range runs backwards'],
    ['0 0 0 * mai *', 'month "mai"'],
    ['0 , * * * *', 'minute ""'],
    ['0 0 0 31 2 *', 'it never occurs'],
    ['00:05:00', 'a time span works on Dedicated plans only'],
  ])('%s is refused, with the reason', (schedule, reason) => {
    expect(() => parseNcrontab(schedule)).toThrow(reason);
  });
});

test('a time span is read as .NET reads it', () => {
  expect(parseTimeSpan('00:10:00')).toBe(600_000);
  expect(parseTimeSpan('1.02:03:04.5')).toBe(93_784_500);
  expect(parseTimeSpan('00:01')).toBe(60_000);
  for (const wrong of ['', '5', '00:60:00', '24:00:00', '-00:00:05', '5s']) {
    expect(parseTimeSpan(wrong), wrong).toBeUndefined();
  }
});
