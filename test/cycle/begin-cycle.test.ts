import { describe, expect, test } from 'vitest';
import {
  beginFresh,
  beginNext,
  isOutdated,
  isReplacedInstance,
  type BeginContext,
} from '../../shared/cycle/begin-cycle.ts';
import type { CycleState } from '../../shared/model/cycle-state.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const context: BeginContext = {
  id: 'two',
  now: 2_000,
  fingerprint: 'print',
  planOnly: false,
  drift: { everyMs: 24 * hourMs, lastAt: 1_000, isAsked: false },
};

/** A cycle that ended well. */
const done: CycleState = {
  ...beginFresh({ ...context, id: 'one', now: 1_000 }),
  isFresh: false,
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
  expect(beginFresh(context)).toMatchObject({
    id: 'two',
    kind: 'initial',
    phase: 'links',
    startedAt: 2_000,
    users: { delta: null, next: null },
    groups: { delta: null, next: null },
    assignments: '',
  });
});

test('the next one is incremental: it goes on where the streams ended, with counters at zero', () => {
  expect(beginNext(done, context)).toMatchObject({
    id: 'two',
    kind: 'incremental',
    phase: 'users',
    users: done.users,
    groups: done.groups,
    assignments: 'digest',
    unread: ['design'],
    excluded: { defaultAccess: 2 },
    changed: 0,
    scheduled: 0,
    restarts: 0,
    membersRead: false,
  });
});

describe('everything is read again', () => {
  const lost = { delta: null, next: null };
  const cases: readonly (readonly [string, CycleState, BeginContext])[] = [
    ['after a change of the configuration', done, { ...context, fingerprint: 'another' }],
    ['after planning only was left', { ...done, planOnly: true }, context],
    ['when Graph forgot the users stream', { ...done, users: lost }, context],
    ['when Graph forgot the groups stream', { ...done, groups: lost }, context],
  ];
  for (const [when, last, begin] of cases) {
    test(when, () => {
      expect(beginNext(last, begin)).toMatchObject({ kind: 'initial', phase: 'links', unread: [] });
    });
  }

  test('but not because planning only began, or goes on', () => {
    const planOnly = { ...context, planOnly: true };
    expect(beginNext(done, planOnly)).toMatchObject({ kind: 'incremental', planOnly: true });
    expect(beginNext({ ...done, planOnly: true }, planOnly).kind).toBe('incremental');
  });
});

test('a new configuration keeps the place in the streams, at the beginning of the round: what they tell is not lost', () => {
  const underWay = { ...done, users: { delta: 'users-delta', next: 'a page' } };
  expect(beginNext(underWay, { ...context, fingerprint: 'another' })).toMatchObject({
    users: { delta: 'users-delta', next: null },
    groups: { delta: 'groups-delta', next: null },
    isFresh: false,
  });
});

test('a cycle under way is given up when the configuration changes or planning only is left', () => {
  expect(isOutdated(done, context)).toBe(false);
  expect(isOutdated(done, { ...context, planOnly: true })).toBe(false);
  expect(isOutdated(done, { ...context, fingerprint: 'another' })).toBe(true);
  expect(isOutdated({ ...done, planOnly: true }, context)).toBe(true);
});

test('an instance with the old configuration takes nothing back from the new one for a quarter of an hour', () => {
  const now = 10 * minuteMs;
  const replaced = beginNext(done, { ...context, now, fingerprint: 'another' });
  const old = { ...context, now: now + 14 * minuteMs };
  expect(isReplacedInstance(replaced, old)).toBe(true);
  expect(isReplacedInstance(replaced, { ...old, fingerprint: 'another' })).toBe(false);
  expect(isReplacedInstance(replaced, { ...old, now: now + 15 * minuteMs })).toBe(false);
});

test('people whom Entra did not show are asked for again after ten minutes', () => {
  const last = { ...done, unresolved: ['ada'], unresolvedAt: 2_000 };
  expect(beginNext(last, { ...context, now: 2_000 + 9 * minuteMs })).toMatchObject({
    toRead: [],
    unresolved: ['ada'],
  });
  expect(beginNext(last, { ...context, now: 2_000 + 10 * minuteMs })).toMatchObject({
    toRead: ['ada'],
    unresolved: [],
  });
});

describe('the team is compared with what was applied', () => {
  const { drift } = context;

  test('in every initial cycle', () => {
    expect(beginFresh(context).reconciles).toBe(true);
    expect(beginNext(done, { ...context, fingerprint: 'another' }).reconciles).toBe(true);
  });

  test('in the first cycle a day after the last time, and not before', () => {
    const due = drift.lastAt + drift.everyMs;
    expect(beginNext(done, { ...context, now: due - 1 }).reconciles).toBe(false);
    expect(beginNext(done, { ...context, now: due }).reconciles).toBe(true);
  });

  test('in the next cycle where somebody asks for it', () => {
    const asked = { ...context, drift: { ...drift, isAsked: true } };
    expect(beginNext(done, asked)).toMatchObject({ kind: 'incremental', reconciles: true });
  });

  test('at once where an earlier release never did', () => {
    const never = { ...context, now: 30 * hourMs, drift: { ...drift, lastAt: 0 } };
    expect(beginNext(done, never).reconciles).toBe(true);
  });
});
