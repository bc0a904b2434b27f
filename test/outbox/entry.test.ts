import { describe, expect, test } from 'vitest';
import { emptyGroupRow } from '../../shared/model/group-row.ts';
import {
  groupEntryId,
  isGroupEntry,
  objectIdOf,
  parsePendingEntry,
  ranks,
  userEntryId,
  type Entry,
} from '../../shared/outbox/entry.ts';
import { schedule } from '../../shared/outbox/schedule.ts';
import { createMemoryTables } from '../memory/memory-tables.ts';

const minute = Date.UTC(2026, 2, 2, 8);
const ada: Entry = { id: 'u:ada', rank: ranks.invite, due: minute, verify: false };

async function scheduled(...calls: readonly (readonly Entry[])[]): Promise<unknown[]> {
  const tables = createMemoryTables();
  for (const entries of calls) await schedule(tables, entries);
  return tables.rows('Schedule').map(parsePendingEntry);
}

test('an entry is read back as it was written', async () => {
  const entry = { ...ada, due: minute + 12_345, verify: true, alone: true };
  expect(await scheduled([entry])).toMatchObject([entry]);
});

test('two entries of one identity within a minute are one, in two minutes or under two ranks they are two', async () => {
  expect(await scheduled([ada], [{ ...ada, due: minute + 59_999 }])).toHaveLength(1);
  expect(await scheduled([ada], [{ ...ada, due: minute + 60_000 }])).toHaveLength(2);
  expect(await scheduled([ada], [{ ...ada, rank: ranks.returned }])).toHaveLength(2);
});

describe('"read back first" and "alone" are not talked away', () => {
  const doubted = { ...ada, verify: true, alone: true };
  const orders = [[[doubted], [ada]], [[ada], [doubted]], [[doubted, ada]], [[ada, doubted]]];
  orders.forEach((calls, index) => {
    test(`by another entry, in order ${index + 1}`, async () => {
      expect(await scheduled(...calls)).toMatchObject([{ verify: true, alone: true }]);
    });
  });

  test('when one of two in one call wants the first, the other the second', async () => {
    const one = { ...ada, verify: true };
    const other = { ...ada, alone: true };
    expect(await scheduled([one, other])).toMatchObject([{ verify: true, alone: true }]);
  });
});

test('better ranks come first, and within a rank the earlier minute', async () => {
  const found = await scheduled([
    { ...ada, id: 'g:late', rank: ranks.groups },
    { ...ada, id: 'u:second', due: minute + 3_600_000 },
    { ...ada, id: 'u:first' },
    { ...ada, id: 'u:asked', rank: ranks.onDemand, due: minute + 86_400_000 },
  ]);
  expect(found).toMatchObject([
    { id: 'u:asked' },
    { id: 'u:first' },
    { id: 'u:second' },
    { id: 'g:late' },
  ]);
});

const row = (rowKey: string): Parameters<typeof parsePendingEntry>[0] => ({
  rowKey,
  partitionKey: 'pending',
  etag: '1',
  columns: { due: 1 },
});

test('a row that is no entry is passed over', () => {
  expect(parsePendingEntry(row('outbox'))).toBeUndefined();
  expect(parsePendingEntry(row('9|0000000000|u:ada'))).toBeUndefined();
});

test('ids of people and groups are told apart and lead back to the object', () => {
  const { id } = emptyGroupRow('design');
  expect([userEntryId('ada'), groupEntryId(id)].map(isGroupEntry)).toEqual([false, true]);
  expect([userEntryId('ada'), groupEntryId(id)].map(objectIdOf)).toEqual(['ada', 'design']);
});

test('more entries than one transaction takes are all scheduled', async () => {
  const many = Array.from({ length: 250 }, (_, index) => ({ ...ada, id: `u:${index}` }));
  expect(await scheduled(many)).toHaveLength(250);
});
