import { describe, expect, test } from 'vitest';
import { noSpending, spend } from '../../shared/plan/budget.ts';
import { graceEndsAt } from '../../shared/plan/leaving-policy.ts';
import { loadSpending, saveSpending } from '../../shared/rows/budget.ts';
import { dropGrace, readDueGrace, saveGrace, type GraceEntry } from '../../shared/rows/grace.ts';
import {
  dropHeld,
  dropManyHeld,
  hold,
  holdIfStillSo,
  noteHeld,
  readHeld,
  type HeldEntry,
  type TakingColumns,
} from '../../shared/rows/held.ts';
import { createMemoryTables, type MemoryTables } from '../memory/memory-tables.ts';
import { gatherPages } from './gather-pages.ts';

const leaving: TakingColumns = {
  takes: 'suspend',
  takesBecause: { code: 'notAssigned', detail: 'gone' },
  takesKind: 'missing',
  takesSince: 1_772_000_000_000,
};

function all(tables: MemoryTables): Promise<readonly HeldEntry[]> {
  return gatherPages(readHeld(tables));
}

function dueOf(tables: MemoryTables, now: number): Promise<readonly GraceEntry[]> {
  return gatherPages(readDueGrace(tables, now));
}

function leavingAt(takesSince: number): TakingColumns {
  return { ...leaving, takesSince };
}

async function one(tables: MemoryTables): Promise<HeldEntry> {
  const [entry] = await all(tables);
  if (entry === undefined) throw new Error('nothing is held');
  return entry;
}

describe('what is held', () => {
  test('is listed with the oldest first, whatever the order it came in', async () => {
    const tables = createMemoryTables();
    await hold(tables, [
      { id: 'u:new', desired: leavingAt(1_772_000_000_000) },
      { id: 'e:design:old', desired: leavingAt(999) },
    ]);
    expect((await all(tables)).map(({ id, since }) => [id, since])).toEqual([
      ['e:design:old', 999],
      ['u:new', 1_772_000_000_000],
    ]);
  });

  test('keeps what was noted about it when it is held again, and takes the new reason', async () => {
    const tables = createMemoryTables();
    await hold(tables, [{ id: 'u:ada', desired: leaving }]);
    const reads = { design: ['one', 'two'], sales: [] };
    await noteHeld(tables, [
      { entry: await one(tables), note: { batch: 'list', openCycles: 2, witness: 'no', reads } },
    ]);
    const said = { ...leaving, takesKind: 'said' as const };
    await hold(tables, [{ id: 'u:ada', desired: said }]);
    expect(await all(tables)).toEqual([
      expect.objectContaining({ batch: 'list', openCycles: 2, witness: 'no', reads, kind: 'said' }),
    ]);
  });

  test('that was let go of meanwhile is not brought back by a note, and its neighbours get theirs', async () => {
    const tables = createMemoryTables();
    await hold(tables, [
      { id: 'u:ada', desired: leaving },
      { id: 'u:bob', desired: leaving },
    ]);
    const entries = await all(tables);
    await dropHeld(tables, 'u:ada', leaving.takesSince);
    await dropHeld(tables, 'u:ada', leaving.takesSince);
    await noteHeld(
      tables,
      entries.map((entry) => ({ entry, note: { stopped: 'protectedMember' } })),
    );
    expect((await all(tables)).map(({ id, stopped }) => `${id} ${stopped}`)).toEqual([
      'u:bob protectedMember',
    ]);
    await dropManyHeld(tables, entries);
    expect(await all(tables)).toEqual([]);
  });

  test('by a worker goes again if the cycle has let go of it while that was written', async () => {
    const tables = createMemoryTables();
    const held = { id: 'u:ada', desired: leaving };
    await holdIfStillSo(tables, held, async () => leaving);
    expect(await all(tables)).toHaveLength(1);
    await holdIfStillSo(tables, held, async () => ({ ...leaving, takes: 'none', takesSince: 0 }));
    expect(await all(tables)).toEqual([]);
  });
});

describe('the end of a grace period', () => {
  test('is due at its very millisecond, and gone when it was looked at', async () => {
    const tables = createMemoryTables({ pageRows: 1 });
    const due = 1_772_000_000_000;
    const entries = [
      { userId: 'ada', due },
      { userId: 'bob', due },
      { userId: 'cleo', due: due + 1 },
    ];
    await saveGrace(tables, entries);
    expect(await dueOf(tables, due - 1)).toEqual([]);
    expect(await dueOf(tables, due)).toEqual(entries.slice(0, 2));
    await dropGrace(tables, entries.slice(0, 2));
    expect(await dueOf(tables, due + 1)).toEqual(entries.slice(2));
  });

  test('is found where the period is a part of a day that is no whole number of milliseconds', async () => {
    const tables = createMemoryTables();
    const due = graceEndsAt(1_772_000_000_000, { removeAfterDays: 0.07 });
    await saveGrace(tables, [{ userId: 'ada', due }]);
    expect(await dueOf(tables, due)).toEqual([{ userId: 'ada', due }]);
    await dropGrace(tables, [{ userId: 'ada', due }]);
  });

  test('does not mix with what is held', async () => {
    const tables = createMemoryTables();
    await saveGrace(tables, [{ userId: 'ada', due: 5 }]);
    expect(await all(tables)).toEqual([]);
    await hold(tables, [{ id: 'u:bob', desired: leaving }]);
    expect(await dueOf(tables, 1e13)).toEqual([{ userId: 'ada', due: 5 }]);
  });
});

test('what was spent is written once by each of two cycles: the slower one is told', async () => {
  const tables = createMemoryTables();
  expect(await loadSpending(tables)).toBeUndefined();
  const rule = { people: 10, percent: 10, windowHours: 24 };
  const more = { people: 3, memberships: 4 };
  const value = spend({ rule, spending: noSpending }, more, { now: 7_200_000, cycleId: 'one' });
  await saveSpending(tables, { value, etag: undefined });
  await expect(saveSpending(tables, { value, etag: undefined })).rejects.toThrow();
  const found = await loadSpending(tables);
  expect(found?.value).toEqual(value);
  await saveSpending(tables, { value: noSpending, etag: found?.etag });
  await expect(saveSpending(tables, { value, etag: found?.etag })).rejects.toThrow();
});
