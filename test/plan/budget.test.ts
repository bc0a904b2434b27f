import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  noSpending,
  remainingBudget,
  spend,
  type BudgetKind,
  type BudgetRule,
  type Spending,
} from '../../shared/plan/budget.ts';

const hourMs = 3_600_000;
const rule: BudgetRule = { people: 10, percent: 10, windowHours: 24 };
const start = 1_000 * hourMs;

function left(
  spending: Spending,
  about: { rule?: BudgetRule; kind?: BudgetKind; managed?: number; now?: number; cycleId?: string },
): number {
  return remainingBudget(
    { rule: about.rule ?? rule, spending },
    { kind: about.kind ?? 'people', managed: about.managed ?? 0 },
    { now: about.now ?? start, cycleId: about.cycleId ?? 'one' },
  );
}

const sevenAtStart = spend(
  { rule, spending: noSpending },
  { people: 7, memberships: 0 },
  { now: start, cycleId: 'one' },
);

describe('how many may lose access', () => {
  test('is the larger of a number and a share of what we manage, rounded down', () => {
    expect(left(noSpending, { managed: 0 })).toBe(10);
    expect(left(noSpending, { managed: 109 })).toBe(10);
    expect(left(noSpending, { managed: 119 })).toBe(11);
  });

  test('is none at all with a rule of nothing', () => {
    expect(left(noSpending, { rule: { ...rule, people: 0, percent: 0 }, managed: 900 })).toBe(0);
  });

  test('is less by what the present cycle and the last 24 hours have used', () => {
    expect(left(sevenAtStart, {})).toBe(3);
    expect(left(sevenAtStart, { cycleId: 'two', now: start + 23 * hourMs })).toBe(3);
  });

  test('is whole again when every minute of that hour has left the window, and not before', () => {
    const beforeItLeaves = start + 25 * hourMs - 1;
    expect(left(sevenAtStart, { cycleId: 'two', now: beforeItLeaves })).toBe(3);
    expect(left(sevenAtStart, { cycleId: 'two', now: beforeItLeaves + 1 })).toBe(10);
  });

  test('stays used in a cycle that lasts longer than the window', () => {
    expect(left(sevenAtStart, { now: start + 50 * hourMs })).toBe(3);
  });

  test('is never less than none, even when what we manage has shrunk since', () => {
    const when = { now: start, cycleId: 'one' };
    const large = spend({ rule, spending: noSpending }, { people: 90, memberships: 0 }, when);
    expect(left(large, { managed: 1_000 })).toBe(10);
    expect(left(large, { managed: 100 })).toBe(0);
  });
});

test('people and memberships are counted apart', () => {
  const counts = { people: 3, memberships: 8 };
  const spent = spend({ rule, spending: noSpending }, counts, { now: start, cycleId: 'one' });
  expect(left(spent, { kind: 'people' })).toBe(7);
  expect(left(spent, { kind: 'memberships' })).toBe(2);
});

test('hours that have left the window are forgotten', () => {
  const later = spend(
    { rule, spending: sevenAtStart },
    { people: 1, memberships: 0 },
    { now: start + 30 * hourMs, cycleId: 'two' },
  );
  expect(later.hours).toEqual([{ hour: 1_030, people: 1, memberships: 0 }]);
});

const rules = fc.record({
  people: fc.nat(15),
  percent: fc.integer({ min: 0, max: 100 }),
  windowHours: fc.double({ min: 0.1, max: 72, noNaN: true }),
});
const steps = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.nat(10 * 60_000), fc.nat(30 * hourMs)),
    isNewCycle: fc.boolean(),
    people: fc.nat(20),
    memberships: fc.nat(20),
  }),
  { maxLength: 40 },
);

interface Release {
  readonly at: number;
  readonly cycleId: string;
  readonly people: number;
  readonly memberships: number;
}

/** Releases as much of what is asked for as the budget lets through, step by step. */
function walk(
  byRule: BudgetRule,
  asked: readonly { waitMs: number; isNewCycle: boolean; people: number; memberships: number }[],
  managed: number,
): readonly Release[] {
  let spending = noSpending;
  let at = start;
  let cycle = 0;
  return asked.map((step) => {
    at += step.waitMs;
    if (step.isNewCycle) cycle += 1;
    const when = { now: at, cycleId: `cycle ${cycle}` };
    const take = (kind: BudgetKind): number =>
      Math.min(step[kind], remainingBudget({ rule: byRule, spending }, { kind, managed }, when));
    const more = { people: take('people'), memberships: take('memberships') };
    spending = spend({ rule: byRule, spending }, more, when);
    return { at, cycleId: when.cycleId, ...more };
  });
}

function peopleIn(releases: readonly Release[]): readonly number[] {
  return releases.map(({ people }) => people);
}

const managedCounts = fc.nat(300);

describe('whatever is asked for, and when', () => {
  for (const kind of ['people', 'memberships'] as const) {
    test(`no window and no cycle lets more ${kind} through than the rule says`, () => {
      fc.assert(
        fc.property(rules, steps, managedCounts, (byRule, asked, managed) => {
          const releases = walk(byRule, asked, managed);
          const limit = Math.max(byRule.people, Math.floor((managed * byRule.percent) / 100));
          const windowMs = byRule.windowHours * hourMs;
          for (const { at, cycleId } of releases) {
            const within = releases.filter((one) => one.at <= at && one.at > at - windowMs);
            const inCycle = releases.filter((one) => one.cycleId === cycleId);
            for (const some of [within, inCycle]) {
              expect(some.reduce((sum, one) => sum + one[kind], 0)).toBeLessThanOrEqual(limit);
            }
          }
        }),
      );
    });
  }

  test('a lower rule never lets more through at once', () => {
    fc.assert(
      fc.property(rules, steps, managedCounts, fc.nat(15), (byRule, asked, managed, people) => {
        let spending = noSpending;
        for (const { at, cycleId, ...more } of walk(byRule, asked, managed)) {
          spending = spend({ rule: byRule, spending }, more, { now: at, cycleId });
        }
        const lower = { ...byRule, people: Math.min(people, byRule.people) };
        const about = { managed, now: start + 1_300 * hourMs, cycleId: 'last' };
        const more = left(spending, { ...about, rule: byRule });
        expect(left(spending, { ...about, rule: lower })).toBeLessThanOrEqual(more);
      }),
    );
  });

  test('what one kind uses changes nothing for the other', () => {
    fc.assert(
      fc.property(rules, steps, managedCounts, (byRule, asked, managed) => {
        const alone = asked.map((step) => ({ ...step, memberships: 0 }));
        expect(peopleIn(walk(byRule, asked, managed))).toEqual(
          peopleIn(walk(byRule, alone, managed)),
        );
      }),
    );
  });
});
