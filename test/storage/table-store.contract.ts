import { describe, expect, test } from 'vitest';
import { StorageConflictError, TransientError } from '../../shared/model/errors.ts';
import type { TableAction, TableStore } from '../../shared/model/ports.ts';
import { describePages } from './table-pages.contract.ts';
import { useStore } from './use-store.ts';

const table = 'Users';

/** What the engine relies on, whatever keeps the tables. Each test has a partition of its own. */
export function describeTableStore(name: string, createStore: () => Promise<TableStore>): void {
  describe(name, () => {
    describeRows(createStore);
    describeTransactions(createStore);
    describeRefusals(createStore);
    describePages(createStore);
  });
}

/** A row key with every kind of character that is allowed and that an address, a filter or a body might trip over. */
const oddKey = `2|00017'4512345|o'br''ien+x@é.example & "a"=b;c,d~e!f$(g)*h:i<j>{k}[l]^m\`n_😀 .`;

const conflict = (reason: StorageConflictError['reason']): unknown =>
  expect.objectContaining({ name: 'StorageConflictError', reason });

function describeRows(createStore: () => Promise<TableStore>): void {
  test('gives back text, numbers and booleans as they were written', async () => {
    const { write, getSure } = await useStore(createStore);
    const columns = {
      empty: '',
      text: 'Ada "L." O\'Brien\r\n\té ß 漢字 😀 \\ / # ? % {"a":[1,2]}',
      longest: 'x'.repeat(32_768),
      looksLikeTime: '2026-03-02T08:00:00Z',
      zero: 0,
      one: 1,
      negative: -7,
      fraction: 0.1,
      int32: 2_147_483_648,
      time: 1_772_438_400_123,
      largest: Number.MAX_SAFE_INTEGER,
      tiny: 5e-324,
      yes: true,
      no: false,
    };
    await write({ kind: 'insert', rowKey: 'a', columns });
    expect((await getSure('a')).columns).toEqual(columns);
    await write({ kind: 'insert', rowKey: 'b', columns }, { kind: 'upsert', rowKey: 'c', columns });
    expect((await getSure('b')).columns).toEqual(columns);
    expect((await getSure('c')).columns).toEqual(columns);
  });

  test('gives undefined for a row that does not exist', async () => {
    const { get } = await useStore(createStore);
    expect(await get('nobody')).toBeUndefined();
  });

  test('inserts a row once, and leaves the first as it was', async () => {
    const { write, getSure } = await useStore(createStore);
    await write({ kind: 'insert', rowKey: 'a', columns: { x: 1 } });
    await expect(write({ kind: 'insert', rowKey: 'a', columns: { x: 2 } })).rejects.toEqual(
      conflict('exists'),
    );
    expect((await getSure('a')).columns).toEqual({ x: 1 });
  });

  test('upserts into what is there, and makes what is not', async () => {
    const { write, getSure } = await useStore(createStore);
    await write({ kind: 'upsert', rowKey: 'a', columns: { x: 1, y: 'kept' } });
    await write({ kind: 'upsert', rowKey: 'a', columns: { x: 'another kind', z: true } });
    expect((await getSure('a')).columns).toEqual({ x: 'another kind', y: 'kept', z: true });
  });

  test('merges with the ETag that was read, and not with an older one', async () => {
    const { write, getSure } = await useStore(createStore);
    const [first = ''] = await write({ kind: 'insert', rowKey: 'a', columns: { x: 1, y: 1 } });
    const [second] = await write({ kind: 'merge', rowKey: 'a', columns: { x: 2 }, etag: first });
    expect(second).not.toBe(first);
    await expect(
      write({ kind: 'merge', rowKey: 'a', columns: { x: 3 }, etag: first }),
    ).rejects.toEqual(conflict('changed'));
    expect(await getSure('a')).toMatchObject({ etag: second, columns: { x: 2, y: 1 } });
  });

  test('merges into whatever is there with *, but not into nothing', async () => {
    const { write, getSure } = await useStore(createStore);
    const merge: TableAction = { kind: 'merge', rowKey: 'a', columns: { x: 2 }, etag: '*' };
    await expect(write(merge)).rejects.toEqual(conflict('missing'));
    await write({ kind: 'insert', rowKey: 'a', columns: { x: 1, y: 1 } });
    await write(merge);
    expect((await getSure('a')).columns).toEqual({ x: 2, y: 1 });
  });

  test('deletes with the ETag that was read, and not with an older one', async () => {
    const { write, get } = await useStore(createStore);
    const [first = ''] = await write({ kind: 'insert', rowKey: 'a', columns: {} });
    const [second = ''] = await write({ kind: 'upsert', rowKey: 'a', columns: {} });
    await expect(write({ kind: 'delete', rowKey: 'a', etag: first })).rejects.toEqual(
      conflict('changed'),
    );
    expect(await get('a')).toBeDefined();
    expect(await write({ kind: 'delete', rowKey: 'a', etag: second })).toEqual(['']);
    expect(await get('a')).toBeUndefined();
  });

  test('says that a row to delete is missing, with * too', async () => {
    const { write } = await useStore(createStore);
    await expect(write({ kind: 'delete', rowKey: 'a', etag: '*' })).rejects.toEqual(
      conflict('missing'),
    );
    const [etag = ''] = await write({ kind: 'insert', rowKey: 'a', columns: {} });
    await write({ kind: 'delete', rowKey: 'a', etag: '*' });
    await expect(write({ kind: 'delete', rowKey: 'a', etag })).rejects.toEqual(conflict('missing'));
  });

  test('changes the ETag with every write, even of the same content', async () => {
    const { write, getSure } = await useStore(createStore);
    const upsert: TableAction = { kind: 'upsert', rowKey: 'a', columns: { x: 1 } };
    const etags: string[] = [];
    for (let round = 0; round < 5; round++) {
      const [etag = ''] = await write(upsert);
      expect((await getSure('a')).etag).toBe(etag);
      etags.push(etag);
    }
    expect(new Set(etags).size).toBe(5);
  });

  test('names rows with any character that keys may hold', async () => {
    const { write, getSure, get } = await useStore(createStore);
    await write({ kind: 'insert', rowKey: oddKey, columns: { x: 1 } });
    const [etag = ''] = await write({ kind: 'upsert', rowKey: oddKey, columns: { y: 1 } });
    await write({ kind: 'merge', rowKey: oddKey, columns: { z: 1 }, etag });
    expect(await getSure(oddKey)).toMatchObject({ rowKey: oddKey, columns: { x: 1, y: 1, z: 1 } });
    await write({ kind: 'delete', rowKey: oddKey, etag: '*' });
    expect(await get(oddKey)).toBeUndefined();
  });

  test('tells small and capital letters apart in keys', async () => {
    const { write, get } = await useStore(createStore);
    await write({ kind: 'insert', rowKey: 'a', columns: {} });
    expect(await get('A')).toBeUndefined();
  });
}

function describeTransactions(createStore: () => Promise<TableStore>): void {
  test('carries out a mixed transaction and returns the ETags in order', async () => {
    const { write, get, getSure } = await useStore(createStore);
    const [goes = '', changes = ''] = await write(
      { kind: 'insert', rowKey: 'goes', columns: {} },
      { kind: 'insert', rowKey: oddKey, columns: { x: 1 } },
      { kind: 'insert', rowKey: 'goes too', columns: {} },
    );
    const etags = await write(
      { kind: 'merge', rowKey: oddKey, columns: { x: 2 }, etag: changes },
      { kind: 'delete', rowKey: 'goes', etag: goes },
      { kind: 'insert', rowKey: 'new', columns: { text: 'DELETE x HTTP/1.1\r\nIf-Match: *' } },
      { kind: 'delete', rowKey: 'goes too', etag: '*' },
      { kind: 'upsert', rowKey: 'also new', columns: {} },
    );
    expect(etags).toEqual([
      (await getSure(oddKey)).etag,
      '',
      (await getSure('new')).etag,
      '',
      (await getSure('also new')).etag,
    ]);
    expect(await get('goes')).toBeUndefined();
    expect(await get('goes too')).toBeUndefined();
  });

  const failures: readonly {
    readonly reason: StorageConflictError['reason'];
    last: TableAction;
  }[] = [
    { reason: 'exists', last: { kind: 'insert', rowKey: 'old', columns: {} } },
    { reason: 'missing', last: { kind: 'delete', rowKey: 'nobody', etag: '*' } },
    { reason: 'missing', last: { kind: 'merge', rowKey: 'nobody', columns: {}, etag: '*' } },
  ];
  for (const { reason, last } of failures) {
    test(`does nothing of a transaction whose ${last.kind} finds its row ${reason}`, async () => {
      const { write, get } = await useStore(createStore);
      await write({ kind: 'insert', rowKey: 'old', columns: { x: 1 } });
      const before = await get('old');
      await expect(
        write(
          { kind: 'insert', rowKey: 'new', columns: {} },
          ...(last.rowKey === 'old'
            ? []
            : [{ kind: 'upsert', rowKey: 'old', columns: { x: 2 } } as const]),
          last,
        ),
      ).rejects.toEqual(conflict(reason));
      expect(await get('new')).toBeUndefined();
      expect(await get('old')).toEqual(before);
    });
  }

  for (const kind of ['delete', 'merge'] as const) {
    test(`does nothing of a transaction whose ${kind} carries an older ETag`, async () => {
      const { write, get } = await useStore(createStore);
      const [older = ''] = await write({ kind: 'insert', rowKey: 'a', columns: { x: 1 } });
      await write({ kind: 'upsert', rowKey: 'a', columns: { x: 2 } });
      const before = await get('a');
      const action: TableAction =
        kind === 'delete'
          ? { kind, rowKey: 'a', etag: older }
          : { kind, rowKey: 'a', etag: older, columns: { x: 3 } };
      await expect(write({ kind: 'insert', rowKey: 'new', columns: {} }, action)).rejects.toEqual(
        conflict('changed'),
      );
      expect(await get('a')).toEqual(before);
      expect(await get('new')).toBeUndefined();
    });
  }

  test('takes a hundred actions at once, and not one more', async () => {
    const { write, get } = await useStore(createStore);
    const actions = Array.from({ length: 101 }, (_, n): TableAction => ({
      kind: 'insert',
      rowKey: `row ${n}`,
      columns: { n },
    }));
    await expect(write(...actions)).rejects.toThrow('101 actions, at most 100');
    expect(await get('row 0')).toBeUndefined();
    expect(await write(...actions.slice(1))).toHaveLength(100);
    expect(await get('row 100')).toMatchObject({ columns: { n: 100 } });
  });
}

function describeRefusals(createStore: () => Promise<TableStore>): void {
  const cases: readonly (readonly [string, readonly TableAction[], string])[] = [
    ['no actions', [], 'at least one action'],
    ['one row twice', [row, { kind: 'delete', rowKey: 'a', etag: '*' }], 'occurs twice'],
    ['an empty row key', [insertAs('')], 'row key is empty'],
    ['a row key above 512 characters', [insertAs('k'.repeat(513))], '513 characters'],
    ['text above 64 KiB', [{ ...row, columns: { x: 'y'.repeat(32_769) } }], '32769 characters'],
    ['a number that is none', [{ ...row, columns: { x: Number.NaN } }], 'not a finite number'],
    ['a reserved column', [{ ...row, columns: { Timestamp: 1 } }], 'Timestamp is reserved'],
    ['a column with a dash', [{ ...row, columns: { 'a-b': 1 } }], '"a-b"'],
    ['an empty ETag', [{ ...row, kind: 'merge', etag: '' }], 'needs an ETag'],
    ['a row above 1 MiB', [{ ...row, columns: manyColumns(20, 'y'.repeat(30_000)) }], '1 MiB'],
    ['more than 252 columns', [{ ...row, columns: manyColumns(253, 1) }], '253 columns'],
    ['more than 4 MiB', manyRows(70, 'é'.repeat(32_000)), '4 MiB'],
  ];
  for (const [what, actions, reason] of cases) {
    test(`refuses ${what} without asking the service`, async () => {
      const { write, get } = await useStore(createStore);
      const refused = write(...actions);
      await expect(refused).rejects.toThrow(reason);
      await expect(refused).rejects.not.toBeInstanceOf(StorageConflictError);
      await expect(refused).rejects.not.toBeInstanceOf(TransientError);
      if (actions[0]?.rowKey === 'a') expect(await get('a')).toBeUndefined();
    });
  }

  for (const character of ['/', '\\', '#', '?', '%', '\u0000', '\n', '\u007f', '\u0085']) {
    test(`refuses keys with ${JSON.stringify(character)}`, async () => {
      const { store, partition, write, get } = await useStore(createStore);
      const key = `a${character}b`;
      await expect(write(insertAs(key))).rejects.toThrow('not allowed in keys');
      await expect(get(key)).rejects.toThrow('not allowed in keys');
      await expect(store.write(table, key, [row])).rejects.toThrow('not allowed in keys');
      await expect(store.page(table, key, {})).rejects.toThrow('not allowed in keys');
      await expect(store.get(table, `${partition}${character}`, 'a')).rejects.toThrow('keys');
    });
  }
}

const row = { kind: 'insert', rowKey: 'a', columns: { x: 1 } } as const;

function insertAs(rowKey: string): TableAction {
  return { ...row, rowKey };
}

function manyColumns(count: number, value: string | number): Record<string, string | number> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`column${n}`, value]));
}

function manyRows(count: number, text: string): readonly TableAction[] {
  return Array.from({ length: count }, (_, n) => ({
    kind: 'insert',
    rowKey: `row ${n}`,
    columns: { text },
  }));
}
