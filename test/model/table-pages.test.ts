import { expect, test } from 'vitest';
import type { TableAction, TablePage, TableStore } from '../../shared/model/ports.ts';
import { loadMany, readRange, splitActions } from '../../shared/model/table-pages.ts';
import { createMemoryTables } from '../memory/memory-tables.ts';

const keys = Array.from({ length: 100 }, (_, n) => ({ partitionKey: 'p', rowKey: `row ${n}` }));
const insert = (rowKey: string): TableAction => ({ kind: 'insert', rowKey, columns: {} });

test('point reads go out 32 at a time', async () => {
  const memory = createMemoryTables();
  let under = 0;
  let most = 0;
  const get: TableStore['get'] = async (...key) => {
    most = Math.max(most, ++under);
    await new Promise((done) => {
      setImmediate(done);
    });
    under--;
    return memory.get(...key);
  };
  expect(await loadMany({ ...memory, get }, 'Users', keys)).toHaveLength(100);
  expect(most).toBe(32);
});

test('a failed point read is thrown when those under way have ended, and no more go out', async () => {
  let begun = 0;
  let ended = 0;
  const get: TableStore['get'] = async (_, __, rowKey) => {
    begun++;
    await new Promise((done) => {
      setImmediate(done);
    });
    ended++;
    if (rowKey === 'row 0') throw new Error('no answer');
    return undefined;
  };
  await expect(loadMany({ ...createMemoryTables(), get }, 'Users', keys)).rejects.toThrow(
    'no answer',
  );
  expect(begun).toBe(32);
  expect(ended).toBe(32);
});

test('a range of empty pages is read to its end', async () => {
  const pages: readonly TablePage[] = [
    { rows: [], continuation: 'a' },
    { rows: [], continuation: 'b' },
    { rows: [{ partitionKey: 'p', rowKey: 'r', etag: 'e', columns: {} }], continuation: 'c' },
    { rows: [] },
  ];
  let asked = 0;
  const page: TableStore['page'] = async () => pages[asked++] ?? { rows: [] };
  const read = [];
  for await (const rows of readRange({ ...createMemoryTables(), page }, 'Users', 'p')) {
    read.push(rows.map((row) => row.rowKey));
  }
  expect(read).toEqual([['r']]);
  expect(asked).toBe(4);
});

test('a page that says it follows itself ends the reading with an error', async () => {
  const store = { ...createMemoryTables(), page: async () => ({ rows: [], continuation: 'same' }) };
  const range = readRange(store, 'Users', 'p');
  await expect(range.next()).rejects.toThrow('follows itself');
});

test('a row that comes twice is written in two transactions, in order', () => {
  const again: TableAction = { kind: 'upsert', rowKey: 'b', columns: { x: 1 } };
  expect(splitActions([insert('a'), insert('b'), again, insert('c')])).toEqual([
    [insert('a'), insert('b')],
    [again, insert('c')],
  ]);
});

test('no actions make no transaction', () => {
  expect(splitActions([])).toEqual([]);
});
