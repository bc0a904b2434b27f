import { expect, test } from 'vitest';
import { createMemoryTables } from './memory-tables.ts';

test('going back to a snapshot brings rows back, but no ETag for other content', async () => {
  const tables = createMemoryTables();
  await tables.write('Users', 'p', [{ kind: 'insert', rowKey: 'a', columns: { x: 1 } }]);
  const snapshot = tables.snapshot();
  const [undone] = await tables.write('Users', 'p', [
    { kind: 'upsert', rowKey: 'a', columns: { x: 2 } },
    { kind: 'insert', rowKey: 'b', columns: {} },
  ]);
  tables.restore(snapshot);
  expect(tables.rows('Users').map(({ rowKey, columns }) => [rowKey, columns])).toEqual([
    ['a', { x: 1 }],
  ]);
  const [etag] = await tables.write('Users', 'p', [
    { kind: 'upsert', rowKey: 'a', columns: { x: 3 } },
  ]);
  expect(etag).not.toBe(undone);
  tables.restore(snapshot);
  expect(tables.row('Users', 'p', 'a')?.columns).toEqual({ x: 1 });
});

test('a row that was read does not change with later writes', async () => {
  const tables = createMemoryTables();
  const columns = { x: 1 };
  await tables.write('Users', 'p', [{ kind: 'insert', rowKey: 'a', columns }]);
  const read = await tables.get('Users', 'p', 'a');
  columns.x = 2;
  await tables.write('Users', 'p', [{ kind: 'upsert', rowKey: 'a', columns: { x: 3 } }]);
  expect(read?.columns).toEqual({ x: 1 });
});

test('a row may not grow above its limits by many small merges', async () => {
  const tables = createMemoryTables();
  const grow = (n: number) =>
    tables.write('Users', 'p', [
      { kind: 'upsert', rowKey: 'a', columns: { [`column${n}`]: 'x'.repeat(30_000) } },
    ]);
  for (let n = 0; n < 17; n++) await grow(n);
  await expect(grow(17)).rejects.toThrow('1 MiB');
});

test('the rows of all partitions come sorted', async () => {
  const tables = createMemoryTables();
  for (const partition of ['p2', 'p10', 'p1']) {
    await tables.write('Users', partition, [{ kind: 'insert', rowKey: 'a', columns: {} }]);
  }
  await tables.write('UsersOfOthers', 'p0', [{ kind: 'insert', rowKey: 'a', columns: {} }]);
  expect(tables.rows('Users').map((row) => row.partitionKey)).toEqual(['p1', 'p10', 'p2']);
});
