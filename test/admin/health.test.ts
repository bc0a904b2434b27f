import { describe, expect, test } from 'vitest';
import { toHealth, type Health } from '../../shared/admin/health.ts';
import { noHeartbeat, type Heartbeat } from '../../shared/model/job.ts';
import type { BrakeView } from '../../shared/outbox/brake.ts';

const now = Date.UTC(2026, 2, 2, 8);
const minuteMs = 60_000;

const on: BrakeView = {
  mayWrite: true,
  notBefore: 0,
  quarantine: null,
  operator: { status: 'on', paused: false },
  gates: {},
  isCounting: false,
};
const lastCycle: NonNullable<Heartbeat['lastCycle']> = {
  id: 'one',
  kind: 'incremental',
  outcome: 'complete',
  error: null,
  startedAt: now - 65_000,
  endedAt: now - 60_000,
  changed: 0,
  scheduled: 0,
  unreadable: 0,
};
const beating: Heartbeat = { ...noHeartbeat, at: now - minuteMs, initialDone: true, lastCycle };

function health(brake: Partial<BrakeView> = {}, heartbeat: Partial<Heartbeat> = {}): Health {
  return toHealth({ ...on, ...brake }, { ...beating, ...heartbeat }, now);
}

test('a job that works is healthy, and shows its last cycle', () => {
  expect(health()).toMatchObject({
    status: 'healthy',
    job: 'on',
    problems: [],
    lastCycle: { startedAt: '2026-03-02T07:58:55.000Z', ageSeconds: 60, outcome: 'complete' },
  });
});

describe('the job', () => {
  const quarantine = {
    code: 'otherTeam',
    detail: 'two teams',
    since: now,
    attempts: 1,
    nextAttempt: now + 5 * minuteMs,
  };
  const cases: readonly (readonly [Health['job'], Health['status'], Partial<BrakeView>])[] = [
    ['off', 'healthy', { operator: { status: 'off', paused: false } }],
    ['planOnly', 'healthy', { operator: { status: 'planOnly', paused: false } }],
    ['paused', 'healthy', { operator: { status: 'on', paused: true } }],
    ['quarantine', 'unhealthy', { quarantine }],
  ];
  for (const [job, status, brake] of cases) {
    test(`${job} is ${status}`, () => {
      expect(health(brake)).toMatchObject({ job, status });
    });
  }

  test('in quarantine says why and when it is tried again', () => {
    expect(health({ quarantine }).problems).toEqual([
      'quarantine, otherTeam: two teams; tried again at 2026-03-02T08:05:00.000Z',
    ]);
  });
});

describe('a timer that is silent', () => {
  test('for a quarter of an hour is unhealthy', () => {
    expect(health({}, { at: now - 16 * minuteMs })).toMatchObject({
      status: 'unhealthy',
      problems: ['no tick for 16 minutes: the timer is dead'],
    });
    expect(health({}, { at: now - 14 * minuteMs }).status).toBe('healthy');
  });

  test('while the job is off is nobody’s trouble', () => {
    const operator = { status: 'off', paused: false } as const;
    expect(health({ operator }, { at: now - 60 * minuteMs }).status).toBe('healthy');
  });
});

describe('what somebody should know degrades', () => {
  test('before the first tick', () => {
    expect(toHealth(on, noHeartbeat, now)).toMatchObject({
      status: 'degraded',
      lastCycle: null,
      problems: ['no cycle has run yet'],
    });
  });

  test('after a cycle that failed', () => {
    const failed = { ...lastCycle, outcome: 'failed' as const, error: '503 of Graph' };
    expect(health({}, { lastCycle: failed })).toMatchObject({
      status: 'degraded',
      problems: ['the last cycle failed: 503 of Graph'],
    });
  });

  test('when Graph shows people without what everybody has', () => {
    const { status, problems } = health({}, { lastCycle: { ...lastCycle, unreadable: 2 } });
    expect(status).toBe('degraded');
    expect(problems).toEqual([expect.stringMatching(/2 people.*User\.Read\.All/)]);
  });
});

test('a team without a free licence degrades, with who waits, since when, and when it is tried again', () => {
  const gate = { since: now - minuteMs, nextProbe: now + minuteMs, code: 'team_license_limit' };
  const { status, problems } = health({ gates: { invite: gate, unsuspend: gate } });
  expect(status).toBe('degraded');
  expect(problems).toEqual([
    'no licence is left (team_license_limit): invitations wait since 2026-03-02T07:59:00.000Z; one is tried again at 2026-03-02T08:01:00.000Z',
    'no licence is left (team_license_limit): people whose suspension is over wait since 2026-03-02T07:59:00.000Z; one is tried again at 2026-03-02T08:01:00.000Z',
  ]);
});

describe('the backlog', () => {
  const backlog: Heartbeat['backlog'] = {
    at: now,
    pending: 7,
    oldestDue: now - 90_000,
    held: 3,
    staged: 2,
    oldestRemoval: now - 20 * minuteMs,
    escrow: 2,
    slots: 1,
  };

  test('is shown with the ages of what waits longest, never negative ones', () => {
    expect(health({}, { backlog }).backlog).toEqual({
      pending: 7,
      oldestSeconds: 90,
      held: 3,
      staged: 2,
      oldestRemovalSeconds: 1_200,
      escrow: 2,
    });
    const ahead = now + 90_000;
    const later = { ...backlog, oldestDue: ahead, oldestRemoval: ahead };
    expect(health({}, { backlog: later }).backlog).toMatchObject({
      oldestSeconds: 0,
      oldestRemovalSeconds: 0,
    });
  });

  test('with removals that a person has to decide about degrades, and says where to look', () => {
    const { status, problems } = health({}, { backlog });
    expect(status).toBe('degraded');
    expect(problems).toEqual([
      '2 removals wait for a person to decide: npm run staged -- list shows them',
    ]);
  });

  test('with a removal that has waited for an hour degrades; one on its way does not', () => {
    const late = { ...backlog, staged: 0, oldestRemoval: now - 60 * minuteMs };
    const onItsWay = { ...late, oldestRemoval: now - 59 * minuteMs };
    expect(health({}, { backlog: onItsWay }).status).toBe('healthy');
    const { status, problems } = health({}, { backlog: late });
    expect(status).toBe('degraded');
    expect(problems).toEqual([
      'somebody who is to lose access has kept it for 60 minutes: see the provisioning log',
    ]);
  });

  test('of removals is nobody’s trouble while the job is not on', () => {
    for (const operator of [
      { status: 'planOnly', paused: false },
      { status: 'on', paused: true },
    ] as const) {
      const old = { ...backlog, oldestRemoval: 1 };
      expect(health({ operator }, { backlog: old }).status).toBe('healthy');
    }
  });
});

test('the last comparison of the team with what was applied is shown, once there has been one', () => {
  const drift = { members: 3, gone: 1, strangers: 2 };
  expect(health().drift).toBeNull();
  expect(health({}, { reconciledAt: now, drift }).drift).toEqual({
    comparedAt: '2026-03-02T08:00:00.000Z',
    ...drift,
  });
});
