import { describe, expect, test } from 'vitest';
import {
  loadBatches,
  readBatchItems,
  saveBatch,
  saveBatchState,
  type Batch,
  type StoredItem,
} from '../../shared/rows/batches.ts';
import {
  loadBatchDecisions,
  loadIdentityDecisions,
  loadRejections,
  saveBatchDecisions,
  saveIdentityDecision,
  saveRejections,
  wholeBatch,
  type Decision,
  type Rejection,
} from '../../shared/rows/decisions.ts';
import { dropRequest, loadRequest, saveRequest } from '../../shared/rows/requests.ts';
import { crashable } from '../world/crash.ts';
import { createMemoryDoorbell } from '../memory/memory-doorbell.ts';
import { createMemoryTables } from '../memory/memory-tables.ts';
import { createVirtualClock } from '../memory/virtual-clock.ts';
import { gatherPages } from './gather-pages.ts';

const batch: Batch = {
  id: '2026-03-02T0800-aaaaaaaa',
  hash: 'a'.repeat(64),
  part: 'missing',
  kind: 'people',
  count: 2,
  reason: 'too many',
  createdAt: 1_000,
  expiresAt: 2_000,
  state: 'open',
};
const ada: StoredItem = { id: 'u:ada', effect: 'suspend', since: 5, code: 'left', detail: 'gone' };
const bob: StoredItem = { ...ada, id: 'u:bob', effect: 'remove' };
const word: Decision = { verdict: 'approve', by: 'zoe', at: 7, until: null, hash: batch.hash };

function itemsOf(
  tables: ReturnType<typeof createMemoryTables>,
  id = batch.id,
): Promise<readonly StoredItem[]> {
  return gatherPages(readBatchItems(tables, id));
}

describe('a batch', () => {
  test('comes back with all its items, sorted by id, and only with its own', async () => {
    const tables = createMemoryTables({ pageRows: 1 });
    await saveBatch(tables, batch, [bob, ada]);
    await saveBatch(tables, { ...batch, id: 'another' }, [{ ...ada, id: 'u:cleo' }]);
    expect(await itemsOf(tables)).toEqual([ada, bob]);
    expect(await itemsOf(tables, 'another')).toHaveLength(1);
  });

  test('of more items than one transaction takes is whole', async () => {
    const tables = createMemoryTables();
    const many = Array.from({ length: 250 }, (_, index) => ({ ...ada, id: `u:${index}` }));
    await saveBatch(tables, { ...batch, count: 250 }, many);
    expect(await itemsOf(tables)).toHaveLength(250);
  });

  test('is not seen before its last item is there', async () => {
    const tables = createMemoryTables();
    const doorbell = createMemoryDoorbell(createVirtualClock());
    const crash = crashable({ tables, doorbell });
    const many = Array.from({ length: 150 }, (_, index) => ({ ...ada, id: `u:${index}` }));
    for (const write of [0, 1, 2]) {
      crash.revive();
      crash.at(write);
      await expect(saveBatch(crash.tables, batch, many)).rejects.toThrow('the process died');
      expect(await loadBatches(tables, { closed: true })).toEqual([]);
    }
    crash.revive();
    await saveBatch(crash.tables, batch, many);
    expect(await itemsOf(tables)).toHaveLength(150);
  });

  test('that is closed is shown only to those who ask for it', async () => {
    const tables = createMemoryTables();
    const older = { ...batch, id: '2026-03-01T0800-bbbbbbbb' };
    await saveBatch(tables, batch, [ada]);
    await saveBatch(tables, older, [bob]);
    await saveBatchState(tables, { ...batch, state: 'closed' });
    expect(await loadBatches(tables, { closed: false })).toEqual([older]);
    expect(await loadBatches(tables, { closed: true })).toEqual([
      older,
      { ...batch, state: 'closed' },
    ]);
  });
});

describe('a decision', () => {
  test('about a batch is kept by item or for the whole, and a later one takes its place', async () => {
    const tables = createMemoryTables();
    const decided = (some: readonly (readonly [string, Decision])[]) =>
      saveBatchDecisions(tables, batch.id, new Map(some));
    const later: Decision = { ...word, verdict: 'reject', at: 8 };
    await decided([
      [wholeBatch, word],
      ['u:ada', word],
    ]);
    await decided([['u:ada', later]]);
    expect(await loadBatchDecisions(tables, batch.id)).toEqual(
      new Map([
        [wholeBatch, word],
        ['u:ada', later],
      ]),
    );
    expect(await loadBatchDecisions(tables, 'another')).toEqual(new Map());
  });

  test('about an identity by itself is kept apart from those about batches', async () => {
    const tables = createMemoryTables();
    const onHold: Decision = { ...word, verdict: 'hold', until: 99, hash: '' };
    await saveIdentityDecision(tables, 'e:design:ada', onHold);
    await saveBatchDecisions(tables, batch.id, new Map([[wholeBatch, word]]));
    expect(await loadIdentityDecisions(tables)).toEqual(new Map([['e:design:ada', onHold]]));
  });
});

function reopened(at: number): ReadonlyMap<string, Decision> {
  return new Map([['u:ada', { ...word, verdict: 'reopen', at, hash: '' }]]);
}

describe('a rejection', () => {
  const rejection: Rejection = { effect: 'suspend', kind: 'missing', departedAt: 3, at: 10 };

  test('holds until a person reopens it later', async () => {
    const tables = createMemoryTables();
    await saveRejections(tables, new Map([['u:ada', rejection]]));
    const kept = new Map([['u:ada', rejection]]);
    expect(await loadRejections(tables, new Map())).toEqual(kept);
    expect(await loadRejections(tables, reopened(9))).toEqual(kept);
    expect(await loadRejections(tables, reopened(11))).toEqual(new Map());
  });

  test('is not touched by a hold, nor by somebody else’s reopening', async () => {
    const tables = createMemoryTables();
    await saveRejections(tables, new Map([['u:ada', rejection]]));
    const others = new Map<string, Decision>([
      ['u:ada', { ...word, verdict: 'hold', at: 20 }],
      ['u:bob', { ...word, verdict: 'reopen', at: 20 }],
    ]);
    expect((await loadRejections(tables, others)).size).toBe(1);
  });
});

test('a request that was made anew since it was read is still there when it was met', async () => {
  const tables = createMemoryTables();
  expect(await loadRequest(tables)).toBeUndefined();
  await saveRequest(tables, { at: 1, by: 'zoe' });
  const met = await loadRequest(tables);
  await saveRequest(tables, { at: 2, by: 'ada' });
  await dropRequest(tables, met?.etag ?? '');
  const left = await loadRequest(tables);
  expect(left).toMatchObject({ at: 2, by: 'ada' });
  await dropRequest(tables, left?.etag ?? '');
  expect(await loadRequest(tables)).toBeUndefined();
});
