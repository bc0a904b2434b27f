import { describe, expect, test } from 'vitest';
import { lesserEffect, takesNothing, takeStrongest } from '../../shared/plan/taking.ts';
import type { Taking, TakingReason } from '../../shared/plan/taking.ts';

function reason(
  effect: TakingReason['effect'],
  kind: TakingReason['kind'],
  code: string,
): TakingReason {
  return { effect, kind, because: { code, detail: code } };
}

const blocked = reason('suspend', 'said', 'blocked');
const notAssigned = reason('suspend', 'missing', 'notAssigned');
const hardDeleted = reason('remove', 'said', 'hardDeleted');

describe('of several reasons', () => {
  test('the strongest effect wins, in whatever order they come', () => {
    for (const reasons of [
      [blocked, hardDeleted, notAssigned],
      [hardDeleted, notAssigned, blocked],
    ]) {
      expect(takeStrongest(reasons, takesNothing, 5)).toMatchObject({
        takes: 'remove',
        takesBecause: { code: 'hardDeleted' },
        takesSince: 5,
      });
    }
  });

  test('of equal effects the said one wins over the missing one', () => {
    for (const reasons of [
      [blocked, notAssigned],
      [notAssigned, blocked],
    ]) {
      expect(takeStrongest(reasons, takesNothing, 5)).toMatchObject({
        takesKind: 'said',
        takesBecause: { code: 'blocked' },
      });
    }
  });
});

describe('the time since which something is taken', () => {
  const since5 = takeStrongest([notAssigned], takesNothing, 5);

  test('stays while the effect stays, even under another reason', () => {
    expect(takeStrongest([blocked], since5, 9)).toMatchObject({ takesSince: 5, takesKind: 'said' });
  });

  test('moves when the effect grows', () => {
    expect(takeStrongest([hardDeleted], since5, 9)).toMatchObject({ takesSince: 9 });
  });

  test('starts anew for somebody who came back in between', () => {
    const back = takeStrongest([], since5, 7);
    expect(takeStrongest([notAssigned], back, 9)).toMatchObject({ takesSince: 9 });
  });
});

test('what was released stays released while something is taken, and falls with the taking itself', () => {
  const released: Taking = {
    ...takeStrongest([blocked], takesNothing, 5),
    releasedTakes: 'suspend',
  };
  expect(takeStrongest([blocked, notAssigned], released, 9).releasedTakes).toBe('suspend');
  expect(takeStrongest([], released, 9)).toEqual(takesNothing);
});

test('a release of the weaker effect lets no more than that through', () => {
  expect(lesserEffect('remove', 'suspend')).toBe('suspend');
  expect(lesserEffect('suspend', 'remove')).toBe('suspend');
  expect(lesserEffect('remove', 'none')).toBe('none');
  expect(lesserEffect('remove', 'remove')).toBe('remove');
});
