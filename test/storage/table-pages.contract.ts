import { expect, test } from 'vitest';
import type { PageRequest, Row, TableAction, TableStore } from '../../shared/model/ports.ts';
import { loadMany, readRange, writeMany } from '../../shared/model/table-pages.ts';
import { useStore } from './use-store.ts';

const table = 'Users';

/** Reading ranges, and writing and reading many rows. */
export function describePages(createStore: () => Promise<TableStore>): void {
  test('reads a partition in the order of the characters of its keys', async () => {
    const { store, partition, write } = await useStore(createStore);
    const keys = ['a', 'A', '9', '10', '~', 'é', "o'brien", 'o brien', '|', 'a|1', 'a|10', 'a|2'];
    await write(...keys.map(insert));
    const sorted = ['10', '9', 'A', 'a', 'a|1', 'a|10', 'a|2', 'o brien', "o'brien", '|', '~', 'é'];
    expect(await readKeys(store, partition)).toEqual(sorted);
  });

  test('reads a range from its first key on, and not its last', async () => {
    const { store, partition, write } = await useStore(createStore);
    await write(...['a', 'b', "b'", 'c', 'd', 'e'].map(insert));
    expect(await readKeys(store, partition, { from: 'b', before: 'd' })).toEqual(['b', "b'", 'c']);
    expect(await readKeys(store, partition, { from: "b'" })).toEqual(["b'", 'c', 'd', 'e']);
    expect(await readKeys(store, partition, { before: "b'" })).toEqual(['a', 'b']);
    expect(await readKeys(store, partition, { from: 'f' })).toEqual([]);
  });

  test('reads nothing of a partition that does not exist', async () => {
    const { store, partition } = await useStore(createStore);
    expect(await readKeys(store, `${partition} `)).toEqual([]);
  });

  test('reads page by page with the size that was asked for', async () => {
    const { store, partition, write } = await useStore(createStore);
    await write(...['a', 'b', 'c', 'd', 'e'].map(insert));
    const pages: string[][] = [];
    for await (const rows of readRange(store, table, partition, { from: 'b', limit: 2 })) {
      expect(rows.length).toBeLessThanOrEqual(2);
      pages.push(rows.map((row) => row.rowKey));
    }
    expect(pages.flat()).toEqual(['b', 'c', 'd', 'e']);
    expect(pages.length).toBeGreaterThan(1);
  });

  test('goes on behind rows that are deleted between two pages', async () => {
    const { store, partition, write } = await useStore(createStore);
    await write(...['a', 'b', 'c', 'd', 'e'].map(insert));
    const seen: string[] = [];
    for await (const rows of readRange(store, table, partition, { limit: 2 })) {
      for (const { rowKey, etag } of rows) {
        seen.push(rowKey);
        await write({ kind: 'delete', rowKey, etag });
      }
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await readKeys(store, partition)).toEqual([]);
  });

  test('refuses pages above a thousand rows', async () => {
    const { store, partition } = await useStore(createStore);
    await expect(store.page(table, partition, { limit: 1001 })).rejects.toThrow('1 to 1000 rows');
    await expect(store.page(table, partition, { limit: 0 })).rejects.toThrow('1 to 1000 rows');
  });

  test('writes and reads more rows than fit a transaction or a page, in order', async () => {
    const { store, partition } = await useStore(createStore);
    const keys = Array.from({ length: 1234 }, (_, n) => `row ${String(n).padStart(5, '0')}`);
    const etags = await writeMany(store, table, partition, keys.map(insert));
    const read: Row[] = [];
    for await (const rows of readRange(store, table, partition)) read.push(...rows);
    expect(read.map((row) => row.rowKey)).toEqual(keys);
    expect(read.map((row) => row.etag)).toEqual(etags);

    const asked = ['row 00900', 'nobody', 'row 00003'];
    const found = await loadMany(
      store,
      table,
      asked.map((rowKey) => ({ partitionKey: partition, rowKey })),
    );
    expect(found.map((row) => row?.rowKey)).toEqual(['row 00900', undefined, 'row 00003']);
  });

  test('writes rows that are too heavy for one transaction in several', async () => {
    const { store, partition, get } = await useStore(createStore);
    const actions = Array.from({ length: 70 }, (_, n): TableAction => ({
      kind: 'insert',
      rowKey: `row ${n}`,
      columns: { text: 'é'.repeat(32_000) },
    }));
    const etags = await writeMany(store, table, partition, actions);
    expect(etags).toHaveLength(70);
    expect(await get('row 69')).toMatchObject({ etag: etags[69] });
  });
}

function insert(rowKey: string): TableAction {
  return { kind: 'insert', rowKey, columns: {} };
}

async function readKeys(
  store: TableStore,
  partition: string,
  request: PageRequest = {},
): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const rows of readRange(store, table, partition, request)) {
    keys.push(...rows.map((row) => row.rowKey));
  }
  return keys;
}
