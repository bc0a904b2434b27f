import { expect, test } from 'vitest';
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
    leaving: { settleMinutes: 10, removeAfterDays: 30 },
    guards: { budget: { people: 10, percent: 10, windowHours: 24 } },
    groups: { adoptByName: false },
  });
});

test('times may have fractions, and what is not said keeps its default', () => {
  const { leaving, guards } = parse('{"leaving":{"settleMinutes":0.05},"guards":{"budget":{}}}');
  expect(leaving).toEqual({ settleMinutes: 0.05, removeAfterDays: 30 });
  expect(guards.budget.people).toBe(10);
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

test('the fingerprint changes with every setting and with the app', () => {
  const texts = [
    '{}',
    '{"leaving":{"settleMinutes":11}}',
    '{"leaving":{"removeAfterDays":31}}',
    '{"guards":{"budget":{"people":11}}}',
    '{"guards":{"budget":{"percent":11}}}',
    '{"guards":{"budget":{"windowHours":25}}}',
    '{"groups":{"adoptByName":true}}',
  ];
  const prints = texts.map((text) => fingerprintOf(parse(text), 'app'));
  prints.push(fingerprintOf(parse('{}'), 'another app'));
  expect(new Set(prints).size).toBe(prints.length);
});
