import { describe, expect, test } from 'vitest';

import { CredentialError, ThrottledError } from '../../shared/model/errors.ts';
import type { WitnessAnswer } from '../../shared/model/source.ts';
import type { DirectoryGroup, DirectoryUser } from '../sandbox/entra/directory-types.ts';
import type { Fault } from '../sandbox/wire/types.ts';
import {
  createEmulatedTenant,
  createGroup,
  createUser,
  createUsers,
  guid,
  range,
  strike,
} from './emulated-tenant.ts';
import type { EmulatedTenant } from './emulated-tenant.ts';
import { catchError } from './scripted-graph.ts';

const recordRoute = '/users/{id}';
const checkRoute = '/users/{id}/checkMemberGroups';

/** A fault that strikes one object for ever. */
const strikeOnly = (route: string, only: string, effect: Fault['then']): Fault => ({
  ...strike(route, effect, { every: 1 }),
  only,
});

/** A group of groups. */
function createOuterGroup(number: number, groupNumbers: readonly number[]): DirectoryGroup {
  const members = groupNumbers.map((inner) => ({ id: guid('g', inner), kind: 'group' as const }));
  return { ...createGroup(number, []), members };
}

function createTenant(settings: Parameters<typeof createEmulatedTenant>[1] = {}): EmulatedTenant {
  const users: readonly DirectoryUser[] = [
    createUser(1),
    { ...createUser(2), accountEnabled: false },
    { ...createUser(3), deleted: 'soft' },
    createUser(4),
  ];
  const groups = [createGroup(1, [1, 2, 3]), createGroup(2, [4]), createOuterGroup(3, [1])];
  return createEmulatedTenant({ users, groups }, settings);
}

const ask = (tenant: EmulatedTenant, numbers: readonly number[], groups = [1, 2, 3]) =>
  tenant.reader.readWitness(
    numbers.map((number) => ({
      userId: guid('u', number),
      groupIds: groups.map((group) => guid('g', group)),
    })),
  );

const about = (answers: ReadonlyMap<string, WitnessAnswer>, number: number) => {
  const answer = answers.get(guid('u', number));
  return answer?.kind === 'answered' && answer.user === undefined ? 'nobody' : answer;
};

describe('the witness says', () => {
  test('who is there with all their properties, and in which groups, nested ones included', async () => {
    const answers = await ask(createTenant(), [1]);
    expect(about(answers, 1)).toEqual({
      kind: 'answered',
      user: {
        id: guid('u', 1),
        attributes: {
          id: guid('u', 1),
          accountEnabled: true,
          userPrincipalName: 'user1@example.com',
          mail: 'user1@example.com',
          givenName: null,
          surname: null,
          department: null,
        },
      },
      memberOf: [guid('g', 1), guid('g', 3)],
    });
  });

  test('who is blocked, and nobody for who is deleted for now or unknown', async () => {
    const answers = await ask(createTenant(), [2, 3, 99]);
    expect(about(answers, 2)).toMatchObject({
      user: { attributes: { accountEnabled: false } },
      memberOf: [guid('g', 1), guid('g', 3)],
    });
    expect([about(answers, 3), about(answers, 99)]).toEqual(['nobody', 'nobody']);
  });

  test('nothing of a group that is deleted', async () => {
    const tenant = createTenant();
    tenant.emulator.directory.apply([{ op: 'deleteGroup', id: guid('g', 1) }]);
    expect(about(await ask(tenant, [1]), 1)).toMatchObject({ memberOf: [] });
  });
});

test('45 groups are three parts, and 25 people with five groups each three requests', async () => {
  const users = createUsers(25);
  const groups = range(1, 45).map((number) => createGroup(number, range(0, 25)));
  const tenant = createEmulatedTenant({ users, groups });
  const one = await ask(tenant, [0], [...range(1, 45)]);
  expect(about(one, 0)).toMatchObject({ memberOf: groups.map(({ id }) => id) });
  expect(tenant.emulator.log.readCounts()).toMatchObject({
    requests: 1,
    byRoute: { [recordRoute]: 1, [checkRoute]: 3 },
  });
  const all = await ask(tenant, range(0, 25), [...range(1, 5)]);
  expect([...all.values()].every((answer) => answer.kind === 'answered')).toBe(true);
  expect(tenant.sent).toHaveLength(4);
});

describe('one person fails and the others are answered where', () => {
  const cases: readonly [string, Fault, RegExp][] = [
    [
      'the groups of one stay at 503',
      strikeOnly(checkRoute, guid('u', 1), { kind: 'status', status: 503 }),
      /503/,
    ],
    [
      'the record of one stays at 503',
      strikeOnly(recordRoute, guid('u', 1), { kind: 'status', status: 503 }),
      /503/,
    ],
    [
      'one person is blank',
      strikeOnly(recordRoute, guid('u', 1), { kind: 'special', name: 'blankUsers' }),
      /User\.Read\.All/,
    ],
    [
      'the record of one is an empty 200',
      strikeOnly(recordRoute, guid('u', 1), { kind: 'status', status: 200, body: 'empty' }),
      /incomplete/,
    ],
    [
      'the groups of one do not know them',
      strikeOnly(checkRoute, guid('u', 1), { kind: 'status', status: 404 }),
      /unknown/,
    ],
  ];

  test.each(cases)('%s', async (_, fault, message) => {
    const tenant = createTenant();
    tenant.emulator.faults.add(fault);
    const answers = await ask(tenant, [1, 4]);
    const answer = answers.get(guid('u', 1));
    expect(answer?.kind === 'failed' ? answer.error.message : answer).toMatch(message);
    expect(about(answers, 4)).toMatchObject({ memberOf: [guid('g', 2)] });
  });
});

test('a single 500 of one part costs a second request, and nobody fails', async () => {
  const tenant = createTenant();
  tenant.emulator.faults.add(strike(checkRoute, { kind: 'status', status: 500 }));
  const answers = await ask(tenant, [1, 4]);
  expect(about(answers, 1)).toMatchObject({ memberOf: [guid('g', 1), guid('g', 3)] });
  expect(tenant.sent).toHaveLength(2);
});

test('a tenant that throttles is waited for, and left alone where the wait is long', async () => {
  const tenant = createTenant();
  const status = { kind: 'status', status: 429 } as const;
  tenant.emulator.faults.add(strike(checkRoute, { ...status, retryAfter: '2' }));
  expect(about(await ask(tenant, [1]), 1)).toMatchObject({ kind: 'answered' });
  expect(tenant.clock.slept).toEqual([2000]);
  tenant.emulator.faults.add(strike(checkRoute, { ...status, retryAfter: '200' }));
  const error = await catchError(ask(tenant, [1, 4]));
  expect(error).toBeInstanceOf(ThrottledError);
  expect(error).toMatchObject({ retryAfterMs: 200_000 });
});

test('questions beyond the tenant’s allowance of writes are throttled', async () => {
  const tenant = createTenant({ writesPer150s: 1 });
  expect(await catchError(ask(tenant, [1, 2, 4]))).toBeInstanceOf(ThrottledError);
});

test.each(['User.Read.All', 'GroupMember.Read.All'])(
  'nobody is answered without %s, and the permission is named',
  async (missing) => {
    const all = ['User.Read.All', 'GroupMember.Read.All', 'Application.Read.All'];
    const tenant = createTenant({ permissions: all.filter((name) => name !== missing) });
    const error = await catchError(ask(tenant, [1]));
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ missing });
  },
);

test('a replica that has stood still answers as of then, and only that one question', async () => {
  const tenant = createTenant();
  tenant.emulator.directory.apply([
    { op: 'removeMember', groupId: guid('g', 1), memberId: guid('u', 1) },
    { op: 'updateUser', id: guid('u', 1), set: { accountEnabled: false } },
  ]);
  tenant.emulator.faults.add(strike(checkRoute, { kind: 'special', name: 'staleReplica' }));
  const stale = await ask(tenant, [1]);
  expect(about(stale, 1)).toMatchObject({
    user: { attributes: { accountEnabled: false } },
    memberOf: [guid('g', 1), guid('g', 3)],
  });
  expect(about(await ask(tenant, [1]), 1)).toMatchObject({ memberOf: [] });
});
