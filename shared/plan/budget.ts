/** What the guards count apart: people who lose access, and memberships that end. */
export type BudgetKind = 'people' | 'memberships';

/** How much was taken away, hour by hour, and in the present cycle. */
export interface Spending {
  readonly cycle: { readonly id: string; readonly people: number; readonly memberships: number };
  /** Whole hours since 1970. */
  readonly hours: readonly {
    readonly hour: number;
    readonly people: number;
    readonly memberships: number;
  }[];
}

export const noSpending: Spending = { cycle: { id: '', people: 0, memberships: 0 }, hours: [] };

export interface BudgetRule {
  /** So many may always lose access. */
  readonly people: number;
  /** Or so many of a hundred that we manage, if that is more. */
  readonly percent: number;
  readonly windowHours: number;
}

const hourMs = 3_600_000;

/**
 * How many more may lose access now: the rule counts for each cycle and for the window that slides with the clock, and the narrower of the
 * two decides. An hour counts as long as any minute of it lies in the window.
 */
export function remainingBudget(
  { rule, spending }: { readonly rule: BudgetRule; readonly spending: Spending },
  { kind, managed }: { readonly kind: BudgetKind; readonly managed: number },
  { now, cycleId }: { readonly now: number; readonly cycleId: string },
): number {
  const limit = Math.max(rule.people, Math.floor((managed * rule.percent) / 100));
  const inCycle = spending.cycle.id === cycleId ? spending.cycle[kind] : 0;
  const from = oldestHour(now, rule);
  let inWindow = 0;
  for (const spent of spending.hours) if (spent.hour >= from) inWindow += spent[kind];
  return Math.max(0, limit - Math.max(inCycle, inWindow));
}

/** The spending with so many more, without the hours that have left the window. */
export function spend(
  { rule, spending }: { readonly rule: BudgetRule; readonly spending: Spending },
  more: { readonly people: number; readonly memberships: number },
  { now, cycleId }: { readonly now: number; readonly cycleId: string },
): Spending {
  const before =
    spending.cycle.id === cycleId ? spending.cycle : { id: cycleId, people: 0, memberships: 0 };
  const hour = Math.floor(now / hourMs);
  const from = oldestHour(now, rule);
  const kept = spending.hours.filter((spent) => spent.hour >= from && spent.hour !== hour);
  const current = spending.hours.find((spent) => spent.hour === hour);
  return {
    cycle: {
      id: cycleId,
      people: before.people + more.people,
      memberships: before.memberships + more.memberships,
    },
    hours: [
      ...kept,
      {
        hour,
        people: (current?.people ?? 0) + more.people,
        memberships: (current?.memberships ?? 0) + more.memberships,
      },
    ],
  };
}

function oldestHour(now: number, { windowHours }: BudgetRule): number {
  return Math.floor((now - windowHours * hourMs) / hourMs);
}
