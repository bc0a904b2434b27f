import { describe, expect, test } from 'vitest';
import {
  fingerprintOf,
  parseProvisioning,
  type Provisioning,
} from '../../shared/config/provisioning.ts';

function parse(text: string): Provisioning {
  const result = parseProvisioning(text);
  if (result.kind === 'invalid') throw new Error(result.issues.join('\n'));
  return result.provisioning;
}

function issuesOf(value: unknown): readonly string[] {
  const result = parseProvisioning(JSON.stringify(value));
  return result.kind === 'invalid' ? result.issues : [];
}

test('an empty file takes away little and late', () => {
  expect(parse('{}')).toEqual({
    scope: 'assigned',
    leaving: {
      blocked: 'suspend',
      outOfScope: 'suspendThenRemove',
      softDeleted: 'suspendThenRemove',
      hardDeleted: 'remove',
      group: 'keep',
      settleMinutes: 10,
      removeAfterDays: 30,
    },
    guards: {
      budget: { people: 10, percent: 10, windowHours: 24 },
      protectedMembers: [],
      stagedDays: 7,
    },
    drift: { everyHours: 24 },
    groups: { adoptByName: false },
  });
});

test('times may have fractions, and what is not said keeps its default', () => {
  const { leaving, guards } = parse('{"leaving":{"settleMinutes":0.05},"guards":{"budget":{}}}');
  expect(leaving).toEqual({ ...parse('{}').leaving, settleMinutes: 0.05 });
  expect(guards).toEqual(parse('{}').guards);
});

test('protected members are told by address or object id, in whatever letters', () => {
  const names = [' Ada@Contoso.com', 'AAAAAAAA-1111-4111-8111-111111111111'];
  const { guards } = parse(JSON.stringify({ guards: { protectedMembers: names } }));
  expect(guards.protectedMembers).toEqual([
    'ada@contoso.com',
    'aaaaaaaa-1111-4111-8111-111111111111',
  ]);
});

describe('a wrong value is named with its path and what would be right', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [{ leaving: { blocked: 'remove' } }, 'leaving.blocked: .*"suspend"\\|"nothing"'],
    [{ leaving: { outOfScope: 'delete' } }, 'leaving.outOfScope: .*"suspendThenRemove"\\|"remove"'],
    [{ leaving: { softDeleted: true } }, 'leaving.softDeleted: .*"suspend"\\|"suspendThenRemove"'],
    [
      { leaving: { hardDeleted: 'suspendThenRemove' } },
      'leaving.hardDeleted: .*"remove"\\|"suspend"',
    ],
    [{ leaving: { group: 'remove' } }, 'leaving.group: .*"keep"\\|"delete"'],
    [{ leaving: { removeAfterDays: 366 } }, 'leaving.removeAfterDays: .*<=365'],
    [{ leaving: { settleMinutes: 1441 } }, 'leaving.settleMinutes: .*<=1440'],
    [{ leaving: null }, 'leaving: .*expected object'],
    [{ guards: { protectedMembers: 'ada@contoso.com' } }, 'guards.protectedMembers: .*array'],
    [
      { guards: { protectedMembers: ['ada@contoso.com', 'Ada Lovelace'] } },
      'guards.protectedMembers.1: must be an e-mail address',
    ],
    [{ guards: { stagedDays: 0 } }, 'guards.stagedDays: .*>0'],
    [{ guards: { stagedDays: 91 } }, 'guards.stagedDays: .*<=90'],
    [{ drift: { everyHours: 0.5 } }, 'drift.everyHours: .*>=1'],
    [{ drift: { everyHours: 'daily' } }, 'drift.everyHours: .*expected number'],
    [{ drift: { eachHours: 1 } }, 'drift: .*eachHours'],
  ];
  for (const [value, said] of cases) {
    test(JSON.stringify(value), () => {
      const issues = issuesOf(value);
      expect(issues).toHaveLength(1);
      expect(issues[0]).toMatch(new RegExp(`^provisioning\\.json, ${said}`));
    });
  }
});

test('every problem is named at once, each with its path', () => {
  const issues = issuesOf({
    scope: 'everybody',
    leaving: { settleMinutes: -1, removeAfterDays: 'never' },
    guards: { budget: { people: 1.5, percent: 101, windowHours: 0 } },
    groups: { adoptByName: 'yes' },
  });
  expect(issues.map((issue) => issue.split(':')[0])).toEqual([
    'provisioning.json, scope',
    'provisioning.json, leaving.settleMinutes',
    'provisioning.json, leaving.removeAfterDays',
    'provisioning.json, guards.budget.people',
    'provisioning.json, guards.budget.percent',
    'provisioning.json, guards.budget.windowHours',
    'provisioning.json, groups.adoptByName',
  ]);
});

test('a key that does not exist is a problem, wherever it stands: a typing error must not pass for a setting', () => {
  expect(issuesOf({ leaveing: {} })).toEqual([expect.stringMatching(/the file: .*leaveing/)]);
  expect(issuesOf({ guards: { budget: { peopel: 1 } } })).toEqual([
    expect.stringMatching(/guards\.budget: .*peopel/),
  ]);
});

test('a file that is not JSON says so', () => {
  expect(parseProvisioning('{ scope')).toMatchObject({
    kind: 'invalid',
    issues: [expect.stringMatching(/^provisioning\.json is not JSON: /)],
  });
});

test('the fingerprint is the same for the same effective configuration, however it is written', () => {
  const written = '{"$schema":"./x.json","groups":{"adoptByName":false},"leaving":{}}';
  expect(fingerprintOf(parse(written), 'app')).toBe(fingerprintOf(parse('{}'), 'app'));
});

test('the fingerprint changes with everything that decides what is desired or may be taken away, and with the app', () => {
  const texts = [
    '{}',
    '{"leaving":{"blocked":"nothing"}}',
    '{"leaving":{"outOfScope":"suspend"}}',
    '{"leaving":{"softDeleted":"suspend"}}',
    '{"leaving":{"hardDeleted":"suspend"}}',
    '{"leaving":{"group":"delete"}}',
    '{"leaving":{"settleMinutes":11}}',
    '{"leaving":{"removeAfterDays":31}}',
    '{"groups":{"adoptByName":true}}',
    '{"guards":{"budget":{"people":11,"percent":11,"windowHours":25}}}',
    '{"guards":{"stagedDays":3}}',
    '{"guards":{"protectedMembers":["ada@contoso.com"]}}',
  ];
  const prints = texts.map((text) => fingerprintOf(parse(text), 'app'));
  prints.push(fingerprintOf(parse('{}'), 'another app'));
  expect(new Set(prints).size).toBe(prints.length);
});

test('the rhythm of reconciling decides nothing of what is desired: nobody is read anew for it', () => {
  const print = fingerprintOf(parse('{"drift":{"everyHours":6}}'), 'app');
  expect(print).toBe(fingerprintOf(parse('{}'), 'app'));
});
