import { describe, expect, test } from 'vitest';
import { ranks, type Entry } from '../../shared/outbox/entry.ts';
import { findDue, type DueQuestion } from '../../shared/outbox/find-due.ts';
import { schedule } from '../../shared/outbox/schedule.ts';
import { createMemoryTables, type MemoryTablesOptions } from '../memory/memory-tables.ts';

const now = Date.UTC(2026, 2, 2, 8);
const minuteMs = 60_000;

function user(id: string, about: Partial<Entry> = {}): Entry {
  return { id: `u:${id}`, rank: ranks.invite, due: now, verify: false, ...about };
}
function group(id: string, about: Partial<Entry> = {}): Entry {
  return { id: `g:${id}`, rank: ranks.groups, due: now, verify: false, ...about };
}
function people(count: number, about: Partial<Entry> = {}): readonly Entry[] {
  return Array.from({ length: count }, (_, index) => user(String(100 + index), about));
}

async function due(
  entries: readonly Entry[],
  question: Partial<DueQuestion> = {},
  options: MemoryTablesOptions = {},
): Promise<readonly string[]> {
  const tables = createMemoryTables(options);
  await schedule(tables, entries);
  const busy = new Set<string>();
  const found = await findDue(tables, { now, busy, slotHoldsPeople: false, ...question });
  return found.map(({ id }) => id);
}

test('nothing is due in an empty outbox', async () => {
  expect(await due([])).toEqual([]);
});

test('only the best rank is given out, whatever waits below it', async () => {
  const entries = [user('new'), user('back', { rank: ranks.returned }), group('design')];
  expect(await due(entries)).toEqual(['u:back']);
});

test('twenty people are one slot', async () => {
  expect(await due(people(45))).toHaveLength(20);
});

test('what is due later waits, and hides nothing of a lower rank', async () => {
  const entries = [
    user('escrow', { due: now + 6 * 60 * minuteMs }),
    user('seconds', { due: now + 1_000 }),
    user('change', { rank: ranks.attributes }),
  ];
  expect(await due(entries)).toEqual(['u:change']);
});

test('thousands in escrow cost no page each', async () => {
  const tables = createMemoryTables();
  let pages = 0;
  await schedule(tables, [
    ...people(1_000, { due: now + 6 * 60 * minuteMs }),
    user('change', { rank: ranks.attributes }),
  ]);
  const counted: typeof tables = {
    ...tables,
    page: (...request) => {
      pages += 1;
      return tables.page(...request);
    },
  };
  const question = { now, busy: new Set<string>(), slotHoldsPeople: false };
  expect(await findDue(counted, question)).toHaveLength(1);
  expect(pages).toBeLessThanOrEqual(3);
});

test('an identity that a slot has in hand is passed over', async () => {
  expect(await due([user('ada'), user('bob')], { busy: new Set(['u:ada']) })).toEqual(['u:bob']);
});

test('all entries of one identity go together, so that none is left to ring for nothing', async () => {
  const entries = [user('ada', { due: now - minuteMs }), user('ada'), user('bob')];
  expect(await due(entries)).toEqual(['u:ada', 'u:ada', 'u:bob']);
});

test('no more entries are taken than one transaction can delete', async () => {
  const entries = people(20).flatMap(({ id }) =>
    [0, 1, 2, 3, 4, 5].map((age) => ({ ...user(''), id, due: now - age * minuteMs })),
  );
  expect((await due(entries)).length).toBeLessThanOrEqual(99);
});

describe('groups', () => {
  test('are given out when nobody is on the way', async () => {
    expect(await due([group('design'), group('sales')])).toEqual(['g:design', 'g:sales']);
  });

  test('wait while people are due or in a slot', async () => {
    const entries = [user('ada'), group('design')];
    expect(await due(entries, { busy: new Set(['u:ada']) })).toEqual([]);
    expect(await due([group('design')], { slotHoldsPeople: true })).toEqual([]);
  });

  test('wait while somebody comes again within half a minute, but not longer', async () => {
    const soon = user('ada', { due: now + 29_000 });
    expect(await due([soon, group('design')])).toEqual([]);
    const later = user('ada', { due: now + 31_000 });
    expect(await due([later, group('design')])).toEqual(['g:design']);
  });

  test('wait for ten minutes at most', async () => {
    const old = group('old', { due: now - 11 * minuteMs });
    const entries = [group('design'), old];
    expect(await due(entries, { slotHoldsPeople: true })).toEqual(['g:old']);
  });
});

describe('an identity that is to go alone', () => {
  test('goes alone when it is first', async () => {
    const entries = [user('ada', { alone: true, due: now - minuteMs }), user('bob')];
    expect(await due(entries)).toEqual(['u:ada']);
  });

  test('is passed over by a slot that others have begun to fill, and comes in the next', async () => {
    const entries = [user('ada'), user('bob', { alone: true }), user('cleo')];
    expect(await due(entries)).toEqual(['u:ada', 'u:cleo']);
    expect(await due(entries.slice(1, 2))).toEqual(['u:bob']);
  });
});

test('the same is found when the service answers in small pages and empty ones', async () => {
  const entries = [
    ...people(30, { due: now + 60 * minuteMs }),
    ...people(25, { rank: ranks.attributes }),
  ];
  expect(await due(entries, {}, { pageRows: 3, emptyPages: true })).toEqual(await due(entries));
});
