import { describe, expect, test } from 'vitest';
import { expectTeam } from '../oracle/expect-team.ts';
import { worldInWords } from '../oracle/world-in-words.ts';
import { describeSummary } from './describe-summary.ts';
import { buildReport, type Findings } from './report.ts';

const world = worldInWords({
  users: {
    ada: {},
    bob: {},
    cleo: { accountEnabled: false },
    dora: { surname: 'a/b' },
    eve: { surname: 'c/d' },
    fay: {},
  },
  groups: { design: ['ada', 'bob'], taken: ['ada'], visitors: ['fay'] },
  assigned: ['design', 'taken', 'cleo', 'dora', 'eve', ['visitors', 'default']],
  members: [{ email: 'bob@corp.example' }, { email: 'free@lance.example' }],
  teamGroups: [{ name: 'Taken' }],
});

const findings: Findings = {
  converged: true,
  reasons: [],
  cycles: { initial: 1, incremental: 3 },
  seconds: 12.34,
  directory: world.directory,
  expected: expectTeam(world),
  differences: [],
  totals: {
    users: { applied: 2, skipped: 3 },
    groups: { applied: 1, skipped: 1 },
    memberships: { applied: 2, waiting: 1 },
    operations: { byKind: { inviteMember: 1 }, byOutcome: { applied: 4 } },
    excluded: { defaultAccess: 1 },
  },
  tally: {
    people: { done: 2, of: 2 },
    groups: { done: 1, of: 1 },
    edges: { done: 2, of: 2 },
    writes: 4,
  },
  graph: { byRoute: { '/users/delta': 5, '/$batch': 2 }, requests: 20, batchParts: 9 },
  dropbox: {
    byRoute: {
      '/2/team/members/add_v2': 1,
      '/2/team/members/add/job_status/get_v2': 4,
      '/oauth2/token': 1,
      '/2/team/members/list_v2': 2,
    },
    requests: 8,
    batchParts: 0,
  },
  floor: { graph: 9, dropbox: 3 },
  floorPerCycle: 3,
  initialCycle: { seconds: 4, graphRequests: 10 },
  storageCalls: 321,
  peakRssMb: 101.5,
};

describe('the report', () => {
  test('holds what was done, why not, and what it cost', () => {
    expect(buildReport(findings)).toEqual({
      converged: true,
      reasons: [],
      cycles: 4,
      seconds: 12.3,
      users: {
        inTenant: 6,
        inScope: 5,
        provisioned: 2,
        created: 1,
        adopted: 1,
        linked: 0,
        skipped: { blocked: 1, nameRefused: 2 },
        excluded: { defaultAccess: 1 },
        states: { applied: 2, skipped: 3 },
      },
      groups: {
        inTenant: 3,
        inScope: 2,
        created: 1,
        linked: 0,
        adopted: 0,
        skipped: { groupNameTaken: 1 },
        excluded: { defaultAccess: 1 },
        states: { applied: 1, skipped: 1 },
      },
      memberships: { expected: 2, added: 2, states: { applied: 2, waiting: 1 } },
      operations: { byKind: { inviteMember: 1 }, byOutcome: { applied: 4 } },
      calls: {
        graph: { '/users/delta': 5, '/$batch': 2, requests: 20, batchParts: 9 },
        dropbox: findings.dropbox.byRoute,
      },
      floor: { graph: 9, dropbox: 3 },
      initialCycle: { seconds: 4, graphRequests: 10 },
      incrementalCycles: { count: 3, graphRequests: 10, floorPerCycle: 3 },
      storage: { transactions: 321 },
      peakRssMb: 101.5,
      differences: [],
    });
  });

  test('does not count as provisioned whom the team shows otherwise', () => {
    const differences = ['member ada@corp.example is missing'];
    const { users } = buildReport({ ...findings, differences });
    expect(users).toMatchObject({ provisioned: 1, created: 0, adopted: 1 });
  });
});

describe('the summary', () => {
  test('is what a person reads', () => {
    expect(describeSummary(buildReport(findings))).toMatchInlineSnapshot(`
      "Converged in 12.3 s, 4 cycles. The Dropbox team is what Entra says it should be.

        People       1 invited, 1 adopted (were on the team), 3 skipped
                     5 in scope of 6 in the tenant
        Groups       1 created, 1 skipped
                     2 in scope of 3 in the tenant
        Memberships  2 added, 2 in all

        Skipped
           2 people  Dropbox takes no such name
                     → at most 50 characters, none of / : ? * < > " \\ |
           1 person  sign-in is blocked in Entra
                     → unblock the account, and the next cycle invites the person
           1 group   the team has a group of that name, and it is not ours
                     → rename one of the two, or allow adoption with groups.adoptByName

        Not in scope
           1 person  assigned with Default Access only
                     → assign a real role of the app
           1 group   assigned with Default Access only
                     → assign a real role of the app

        Calls
          Graph      initial cycle 10 requests (floor 9), 3 incremental cycles 10 (floor 9)
          Dropbox    3 (floor 3), 4 polls of jobs
          Storage    321 calls to tables
          Memory     101.5 MB at the peak"
    `);
  });

  test('names what keeps the app from converging, and what is not as expected', () => {
    const open = { ...findings, converged: false, reasons: ['2 slots are taken'] };
    expect(describeSummary(buildReport(open))).toContain(
      'Not converged after 12.3 s, 4 cycles:\n  - 2 slots',
    );
    const differences = Array.from({ length: 30 }, (_, index) => `group g${index} is missing`);
    const text = describeSummary(buildReport({ ...findings, differences }));
    expect(text).toContain('not what Entra says (30 differences):\n  - group g0 is missing');
    expect(text).toContain('  … and 10 more');
  });
});
