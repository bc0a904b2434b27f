import { describe, expect, test } from 'vitest';
import {
  formatDoorbellMessage,
  parseDoorbellMessage,
} from '../../shared/model/doorbell-message.ts';

describe('a message of the doorbell', () => {
  test('is read as text or as the object that the host makes of it', () => {
    const text = formatDoorbellMessage({ slot: 2, token: 'abc' });
    expect(parseDoorbellMessage(text)).toEqual({ slot: 2, token: 'abc' });
    expect(parseDoorbellMessage(JSON.parse(text))).toEqual({ slot: 2, token: 'abc' });
  });

  const refused: readonly (readonly [string, unknown])[] = [
    ['another schema version', { v: 2, slot: 2, token: 'abc' }],
    ['no schema version', { slot: 2, token: 'abc' }],
    ['a slot that is no whole number', { v: 1, slot: 0.5, token: 'abc' }],
    ['a slot below zero', { v: 1, slot: -1, token: 'abc' }],
    ['an empty token', { v: 1, slot: 1, token: '' }],
    ['a number', 123],
    ['nothing', undefined],
    ['text that is not JSON', 'look at slot 2'],
  ];
  for (const [what, input] of refused) {
    test(`is refused with ${what}`, () => {
      expect(() => parseDoorbellMessage(input)).toThrow('cannot read the doorbell message');
    });
  }
});
