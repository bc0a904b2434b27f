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
      expect(takeStrongest(reasons, takesNothing, { now: 5 })).toMatchObject({
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
      expect(takeStrongest(reasons, takesNothing, { now: 5 })).toMatchObject({
        takesKind: 'said',
        takesBecause: { code: 'blocked' },
      });
    }
  });
});

describe('the time since which something is taken', () => {
  const since5 = takeStrongest([notAssigned], takesNothing, { now: 5 });

  test('stays while the effect stays, even under another reason', () => {
    expect(takeStrongest([blocked], since5, { now: 9 })).toMatchObject({
      takesSince: 5,
      takesKind: 'said',
    });
  });

  test('moves when the effect grows', () => {
    expect(takeStrongest([hardDeleted], since5, { now: 9 })).toMatchObject({ takesSince: 9 });
  });

  test('starts anew for somebody who came back in between', () => {
    const back = takeStrongest([], since5, { now: 7 });
    expect(takeStrongest([notAssigned], back, { now: 9 })).toMatchObject({ takesSince: 9 });
  });
});

test('what was released stays released while something is taken, and falls with the taking itself', () => {
  const released: Taking = {
    ...takeStrongest([blocked], takesNothing, { now: 5 }),
    releasedTakes: 'suspend',
  };
  expect(takeStrongest([blocked, notAssigned], released, { now: 9 }).releasedTakes).toBe('suspend');
  expect(takeStrongest([], released, { now: 9 })).toEqual(takesNothing);
});

describe('a release', () => {
  const suspended = {
    ...takeStrongest([blocked], takesNothing, { now: 5 }),
    releasedTakes: 'suspend' as const,
  };

  test('for a lesser effect does not stand for a greater one', () => {
    const greater = takeStrongest([hardDeleted], suspended, { now: 9 });
    expect(greater).toMatchObject({ takes: 'remove', releasedTakes: 'suspend' });
    expect(lesserEffect(greater.takes, greater.releasedTakes)).toBe('suspend');
  });

  test('for a greater effect shrinks with it, and does not grow back when the effect does', () => {
    const removed = {
      ...takeStrongest([hardDeleted], takesNothing, { now: 5 }),
      releasedTakes: 'remove' as const,
    };
    const lesser = takeStrongest([blocked], removed, { now: 7 });
    expect(lesser).toMatchObject({ takes: 'suspend', releasedTakes: 'suspend', takesSince: 7 });
    expect(takeStrongest([hardDeleted], lesser, { now: 9 })).toMatchObject({
      takes: 'remove',
      releasedTakes: 'suspend',
    });
  });

  test('falls with a policy that takes nothing, as if there were no reason at all', () => {
    const none = {
      effect: 'none',
      kind: 'said',
      because: { code: 'blocked', detail: '' },
    } as const;
    expect(takeStrongest([none], suspended, { now: 9 })).toEqual(takesNothing);
  });
});

describe('a doubt', () => {
  const doubt = 'the list came back empty';
  const inDoubt = takeStrongest([notAssigned], takesNothing, { now: 5, doubt });

  test('stays while nothing new is known, even when the effect grows', () => {
    expect(inDoubt.takesDoubt).toBe(doubt);
    expect(takeStrongest([notAssigned], inDoubt, { now: 9 }).takesDoubt).toBe(doubt);
    const grown = { ...notAssigned, effect: 'remove' } as const;
    expect(takeStrongest([grown], inDoubt, { now: 9 }).takesDoubt).toBe(doubt);
  });

  test('ends with a read that is beyond it, and may be replaced by another one', () => {
    expect(takeStrongest([notAssigned], inDoubt, { now: 9, doubt: null }).takesDoubt).toBeNull();
    const other = takeStrongest([notAssigned], inDoubt, { now: 9, doubt: 'another' });
    expect(other.takesDoubt).toBe('another');
  });

  test('ends when Entra names the leaver, and does not come back by itself', () => {
    const said = takeStrongest([blocked, notAssigned], inDoubt, { now: 9 });
    expect(said.takesDoubt).toBeNull();
    expect(takeStrongest([notAssigned], said, { now: 11 }).takesDoubt).toBeNull();
  });

  test('of a list counts for nothing beside what Entra says', () => {
    expect(takeStrongest([blocked], takesNothing, { now: 5, doubt }).takesDoubt).toBeNull();
  });

  test('is forgotten when the person is back', () => {
    const back = takeStrongest([], inDoubt, { now: 7 });
    expect(takeStrongest([notAssigned], back, { now: 9 }).takesDoubt).toBeNull();
  });
});

test('a release of the weaker effect lets no more than that through', () => {
  expect(lesserEffect('remove', 'suspend')).toBe('suspend');
  expect(lesserEffect('suspend', 'remove')).toBe('suspend');
  expect(lesserEffect('remove', 'none')).toBe('none');
  expect(lesserEffect('remove', 'remove')).toBe('remove');
});
