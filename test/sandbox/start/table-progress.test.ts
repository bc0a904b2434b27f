import { describe, expect, test } from 'vitest';
import { emptyGroupRow } from '../../../shared/model/group-row.ts';
import { noBrake, noHeartbeat } from '../../../shared/model/job.ts';
import { emptyUserRow, type UserRow } from '../../../shared/model/user-row.ts';
import { schedule } from '../../../shared/outbox/schedule.ts';
import { slotAction } from '../../../shared/outbox/outbox-row.ts';
import { edgeFactsActions, emptyEdge, membershipsTable } from '../../../shared/rows/edges.ts';
import { groupFactsAction, groupsTable } from '../../../shared/rows/groups.ts';
import { saveCycleRow } from '../../../shared/cycle/save-cycle-row.ts';
import { saveBrake, saveHeartbeat, saveOperator } from '../../../shared/rows/job.ts';
import { saveLogRecords } from '../../../shared/rows/log-records.ts';
import { partitionOf, userFactsAction, usersTable } from '../../../shared/rows/users.ts';
import { createMemoryTables } from '../../memory/memory-tables.ts';
import { createTableProgress } from './table-progress.ts';
import { stateOf } from './table-totals.ts';

const now = Date.UTC(2026, 10, 23, 12);
const minute = 60_000;

describe('progress read from the tables', () => {
  test('of an app that has not run yet says that nothing is done', async () => {
    const reader = createTableProgress(createMemoryTables(), () => now);
    expect(await reader.readProgress()).toEqual({
      pending: { due: 0, soon: 0, later: 0 },
      slotsTaken: 0,
      initialDone: false,
      problems: [],
      storageCalls: 0,
    });
  });

  test('tells what is due from what waits, and counts taken slots', async () => {
    const tables = createMemoryTables();
    await schedule(tables, [
      { id: 'u:1', rank: 3, due: now - minute, verify: false },
      { id: 'u:2', rank: 3, due: now + 5 * minute, verify: false },
      { id: 'g:3', rank: 5, due: now + 360 * minute, verify: false },
    ]);
    const slot = { token: 't', until: now, ids: ['u:4'], running: true, verify: false, tries: 1 };
    const outbox = { etag: undefined, slots: [] };
    await tables.write('Schedule', 'pending', [slotAction(outbox, 1, slot)]);
    const progress = await createTableProgress(tables, () => now).readProgress();
    expect(progress).toMatchObject({ pending: { due: 1, soon: 1, later: 1 }, slotsTaken: 1 });
  });

  test('shows the last cycle and what stops everything', async () => {
    const tables = createMemoryTables();
    const lastCycle = {
      id: 'c1',
      kind: 'initial',
      startedAt: 1,
      endedAt: 2,
      outcome: 'failed',
      changed: 3,
      scheduled: 4,
      unreadable: 0,
      error: 'no answer',
    } as const;
    const heartbeat = { ...noHeartbeat, initialDone: true, lastCycle };
    await saveHeartbeat(tables, { value: heartbeat, etag: undefined });
    await saveOperator(tables, { value: { status: 'planOnly', paused: true }, etag: undefined });
    const quarantine = { code: 'x', detail: 'y', since: 1, attempts: 1, nextAttempt: 2 };
    await saveBrake(tables, { value: { ...noBrake, quarantine }, etag: undefined });
    const progress = await createTableProgress(tables, () => now).readProgress();
    expect(progress).toMatchObject({
      initialDone: true,
      lastCycle: { id: 'c1', kind: 'initial', outcome: 'failed', changed: 3, error: 'no answer' },
      problems: ['provisioning is planOnly', 'provisioning is paused', 'quarantine: x: y'],
    });
  });
});

test('cycles of this run are read from their own table', async () => {
  const tables = createMemoryTables();
  const cycle = {
    outcome: 'complete',
    changed: 3,
    scheduled: 4,
    unreadable: 0,
    error: null,
  } as const;
  const initial = {
    ...cycle,
    id: 'c1',
    kind: 'initial',
    startedAt: now,
    endedAt: now + 5,
  } as const;
  await saveCycleRow(tables, initial);
  await saveCycleRow(tables, { ...initial, id: 'c0', startedAt: now - 40 * 24 * 60 * minute });
  const reader = createTableProgress(tables, () => now + minute);
  const { scheduled: _scheduled, unreadable: _unreadable, error: _error, ...note } = initial;
  expect(await reader.readCycles(now)).toEqual([note]);
});

describe('totals read from the tables', () => {
  test('count people, groups, memberships and the operations of this run', async () => {
    const tables = createMemoryTables();
    const user = emptyUserRow('a1');
    const desired = { ...user.desired, presence: 'member', generation: 1 } as const;
    const fact = userFactsAction(user, user.source, desired);
    await tables.write(usersTable, partitionOf(user.id), [fact]);
    const group = emptyGroupRow('b1');
    await tables.write(groupsTable, partitionOf(group.id), [
      groupFactsAction(group, group.source, group.desired),
    ]);
    const facts = {
      source: true,
      readIn: '',
      desired: true,
      takesSince: 0,
      released: false,
      doubt: '',
    };
    const edge = edgeFactsActions(emptyEdge('b1', 'a1'), facts);
    await tables.write(membershipsTable, 'b1', edge);
    const record = {
      identity: 'u:a1',
      operation: 'inviteMember',
      outcome: 'applied',
      code: '',
      reason: '',
      changes: [],
      targetId: '',
    } as const;
    const early = { ...record, at: now - minute };
    const yesterday = { ...record, at: now - 24 * 60 * minute };
    await saveLogRecords(tables, [{ ...record, at: now }, early, yesterday]);
    const reader = createTableProgress(tables, () => now);
    expect(await reader.readTotals(now - 30_000)).toEqual({
      users: { pending: 1 },
      groups: { outOfScope: 1 },
      memberships: { waiting: 1 },
      operations: { byKind: { inviteMember: 1 }, byOutcome: { applied: 1 } },
      excluded: {},
    });
    const { operations } = await reader.readTotals(now - 48 * 60 * minute);
    expect(operations.byKind).toEqual({ inviteMember: 3 });
  });

  const error = { code: 'x', detail: '', at: 1, since: 1 };
  test.each<[string, Partial<UserRow['desired']>, Partial<UserRow['applied']>]>([
    ['held', { takes: 'suspend' }, { generation: 2 }],
    ['skipped', { skip: { code: 'x', detail: '' } }, { generation: 2 }],
    ['skipped', {}, { generation: 2, error }],
    ['outOfScope', { presence: 'absent' }, {}],
    ['applied', {}, { generation: 2 }],
    ['pending', {}, { generation: 1 }],
    ['escrow', {}, { generation: 1, error, nextTry: 5 }],
    ['givenUp', {}, { generation: 1, error, tried: 2 }],
  ])('call a person %s', (state, desired, applied) => {
    const row = emptyUserRow('a1');
    const base = { ...row.desired, presence: 'member', generation: 2 } as const;
    expect(
      stateOf({
        ...row,
        desired: { ...base, ...desired },
        applied: { ...row.applied, ...applied },
      }),
    ).toBe(state);
  });
});
