import { expect, test } from 'vitest';
import { countingTables } from '../../shared/storage/counting-tables.ts';
import { createMemoryTables } from '../memory/memory-tables.ts';

const insert = (rowKey: string) => ({ kind: 'insert', rowKey, columns: {} }) as const;

test('counts reads, rows written and transactions by table, failures too', async () => {
  const tables = countingTables(createMemoryTables());
  await tables.write('Users', 'p', [insert('a'), insert('b')]);
  await expect(tables.write('Users', 'p', [insert('a')])).rejects.toThrow('exists');
  expect((await tables.get('Users', 'p', 'a'))?.rowKey).toBe('a');
  expect((await tables.page('Groups', 'p', {})).rows).toEqual([]);
  expect(Object.fromEntries(tables.counts())).toEqual({
    Users: { reads: 1, writes: 3, transactions: 2 },
    Groups: { reads: 1, writes: 0, transactions: 0 },
  });
});
