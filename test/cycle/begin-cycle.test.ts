import { describe, expect, test } from 'vitest';
import { beginCycle, isOutdated, type BeginContext } from '../../shared/cycle/begin-cycle.ts';
import type { CycleState } from '../../shared/model/cycle-state.ts';

const context: BeginContext = { id: 'two', now: 2_000, fingerprint: 'print', planOnly: false };

/** A cycle that ended well. */
const done: CycleState = {
  ...beginCycle(undefined, { ...context, id: 'one', now: 1_000 }),
  phase: 'done',
  users: { delta: 'users-delta', next: null },
  groups: { delta: 'groups-delta', next: null },
  assignments: 'digest',
  unread: ['design'],
  excluded: { defaultAccess: 2 },
  changed: 7,
  scheduled: 8,
};

test('the first cycle is initial and begins with the links of both streams', () => {
  expect(beginCycle(undefined, context)).toMatchObject({
    ...{ id: 'two', kind: 'initial', phase: 'links', startedAt: 2_000 },
    users: { delta: null, next: null },
    groups: { delta: null, next: null },
    assignments: '',
  });
});

test('the next one is incremental: it goes on where the streams ended, with counters at zero', () => {
  expect(beginCycle(done, context)).toMatchObject({
    ...{ id: 'two', kind: 'incremental', phase: 'users' },
    ...{ users: done.users, groups: done.groups, assignments: 'digest' },
    ...{ unread: ['design'], excluded: { defaultAccess: 2 } },
    ...{ changed: 0, scheduled: 0, restarts: 0, membersRead: false },
  });
});

describe('everything is read again', () => {
  const cases: readonly (readonly [string, CycleState, BeginContext])[] = [
    ['after a change of the configuration', done, { ...context, fingerprint: 'another' }],
    ['after planning only was left', { ...done, planOnly: true }, context],
    [
      'when Graph forgot the users stream',
      { ...done, users: { delta: null, next: null } },
      context,
    ],
    [
      'when Graph forgot the groups stream',
      { ...done, groups: { delta: null, next: null } },
      context,
    ],
  ];
  for (const [when, last, begin] of cases) {
    test(when, () => {
      expect(beginCycle(last, begin)).toMatchObject({ kind: 'initial', phase: 'links', unread: [] });
    });
  }

  test('but not because planning only began, or goes on', () => {
    const planOnly = { ...context, planOnly: true };
    expect(beginCycle(done, planOnly)).toMatchObject({ kind: 'incremental', planOnly: true });
    expect(beginCycle({ ...done, planOnly: true }, planOnly).kind).toBe('incremental');
  });
});

test('a cycle under way is given up when the configuration changes or planning only is left', () => {
  expect(isOutdated(done, context)).toBe(false);
  expect(isOutdated(done, { ...context, planOnly: true })).toBe(false);
  expect(isOutdated(done, { ...context, fingerprint: 'another' })).toBe(true);
  expect(isOutdated({ ...done, planOnly: true }, context)).toBe(true);
});
