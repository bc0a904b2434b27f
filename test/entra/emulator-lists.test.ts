import { describe, expect, test } from 'vitest';

import {
  CredentialError,
  PageExpiredError,
  ThrottledError,
  TransientError,
} from '../../shared/model/errors.ts';
import type { EntraReader } from '../../shared/model/ports.ts';
import { defaultAccessRoleId } from '../sandbox/entra/directory-types.ts';
import {
  createEmulatedTenant,
  createGroup,
  createUsers,
  drain,
  guid,
  range,
  roleId,
  strike,
} from './emulated-tenant.ts';
import { catchError, readParts } from './scripted-graph.ts';

test('an initial reading of 1,000 people in 40 groups and 200 direct ones takes nine requests', async () => {
  const { reader, sent } = createEmulatedTenant({
    users: createUsers(1000),
    groups: range(0, 40).map((number) => createGroup(number, range(number * 20, 20))),
    assignments: [
      ...range(0, 40).map((number) => ({
        principalId: guid('g', number),
        principalType: 'Group' as const,
        appRoleId: roleId,
      })),
      ...range(800, 200).map((number) => ({
        principalId: guid('u', number),
        principalType: 'User' as const,
        appRoleId: roleId,
      })),
    ],
  });
  const users = await reader.readLatestLink('users');
  const groups = await reader.readLatestLink('groups');
  await reader.readApp();
  const { items } = await reader.readAssignments();
  const groupIds = items.filter((item) => item.principalKind === 'group').map(idOf);
  const userIds = items.filter((item) => item.principalKind === 'user').map(idOf);
  const first = await reader.readFirstMembers(groupIds.slice(0, 20));
  const second = await reader.readFirstMembers(groupIds.slice(20));
  const direct = await reader.readByIds({ userIds, groupIds: [] });
  await drain(users, (link) => reader.readUserChanges(link));
  await drain(groups, (link) => reader.readGroupChanges(link));

  expect(sent).toHaveLength(9);
  const found = [...first.values(), ...second.values()].flatMap((answer) =>
    answer.kind === 'page' ? answer.page.items : [],
  );
  const everybody = [...found, ...direct.users].map((user) => user.id);
  expect(everybody.toSorted()).toEqual(range(0, 1000).map((number) => guid('u', number)));
});

const idOf = (item: { readonly principalId: string }) => item.principalId;

test('the app shows the roles for people only', async () => {
  const { reader } = createEmulatedTenant({});
  expect(await reader.readApp()).toEqual({
    id: guid('a', 2),
    displayName: 'Dropbox Business',
    roles: [{ id: roleId, value: 'user', displayName: 'User', isEnabled: true }],
  });
});

test('an application that the tenant does not have is named', async () => {
  const { reader } = createEmulatedTenant({}, {}, { appId: guid('a', 7) });
  const message = `there is no enterprise application with application id ${guid('a', 7)} in this tenant`;
  expect(await catchError(reader.readApp())).toMatchObject({ message });
  expect(await catchError(reader.readAssignments())).toMatchObject({ message });
});

test('2,000 assignments come in three pages, with kinds and default access', async () => {
  const { reader, sent } = createEmulatedTenant({
    users: createUsers(1999),
    groups: [createGroup(0, [])],
    assignments: [
      { principalId: guid('g', 0), principalType: 'Group', appRoleId: defaultAccessRoleId },
      ...range(0, 1999).map((number) => ({
        principalId: guid('u', number),
        principalType: 'User' as const,
        appRoleId: roleId,
      })),
    ],
  });
  const items = [];
  let nextLink: string | undefined;
  do {
    const page = await reader.readAssignments(nextLink);
    items.push(...page.items);
    nextLink = page.nextLink;
  } while (nextLink !== undefined);
  expect(sent).toHaveLength(3);
  expect(new Set(items.map(idOf)).size).toBe(2000);
  expect(items.filter((item) => item.principalKind === 'group')).toEqual([
    {
      principalId: guid('g', 0),
      principalKind: 'group',
      principalName: 'Group 0',
      roleId: defaultAccessRoleId,
    },
  ]);
});

describe('members', () => {
  test('beyond the first page are read by the link, each person once', async () => {
    const { reader, sent } = createEmulatedTenant({
      users: createUsers(1200),
      groups: [createGroup(0, range(0, 1200))],
    });
    const answer = (await reader.readFirstMembers([guid('g', 0)])).get(guid('g', 0));
    const first = answer?.kind === 'page' ? answer.page : undefined;
    const second = await reader.readMoreMembers(first?.nextLink ?? '');
    expect(sent).toHaveLength(2);
    expect(first?.items).toHaveLength(999);
    expect(second.nextLink).toBeUndefined();
    const ids = [...(first?.items ?? []), ...second.items].map((user) => user.id);
    expect(new Set(ids).size).toBe(1200);
  });

  test('are the users among them, with what was selected and was ever set', async () => {
    const { reader } = createEmulatedTenant({
      users: createUsers(1),
      groups: [
        createGroup(1, []),
        {
          ...createGroup(0, []),
          members: [
            { id: guid('u', 0), kind: 'user' },
            { id: guid('g', 1), kind: 'group' },
            { id: guid('d', 0), kind: 'device' },
          ],
        },
      ],
    });
    const answers = await reader.readFirstMembers([guid('g', 0), guid('g', 5)]);
    const answer = answers.get(guid('g', 0));
    expect(answer?.kind === 'page' ? answer.page.items : []).toMatchObject([
      {
        id: guid('u', 0),
        attributes: {
          id: guid('u', 0),
          accountEnabled: true,
          userPrincipalName: 'user0@example.com',
          mail: 'user0@example.com',
          surname: null,
        },
      },
    ]);
    expect(answers.get(guid('g', 5))).toEqual({ kind: 'missing' });
  });

  test('of throttled groups are asked for again, alone', async () => {
    const { reader, emulator, sent, clock } = createEmulatedTenant({
      users: createUsers(3),
      groups: range(0, 3).map((number) => createGroup(number, [number])),
    });
    emulator.faults.add(
      strike(
        '/groups/{id}/members/microsoft.graph.user',
        { kind: 'status', status: 429, retryAfter: '4.5' },
        { nth: 2 },
      ),
    );
    const answers = await reader.readFirstMembers(range(0, 3).map((number) => guid('g', number)));
    expect([...answers.values()].map((answer) => answer.kind)).toEqual(['page', 'page', 'page']);
    expect(sent.map((request) => readParts(request).length)).toEqual([3, 1]);
    expect(clock.slept).toEqual([4500]);
  });

  test('whose link has expired have to be read from the first page again', async () => {
    const { reader, emulator } = createEmulatedTenant({
      users: createUsers(1200),
      groups: [createGroup(0, range(0, 1200))],
    });
    const answer = (await reader.readFirstMembers([guid('g', 0)])).get(guid('g', 0));
    emulator.expireLinks('page');
    const link = answer?.kind === 'page' ? answer.page.nextLink : undefined;
    expect(await catchError(reader.readMoreMembers(link ?? ''))).toBeInstanceOf(PageExpiredError);
  });
});

describe('people and groups by id', () => {
  test('come without those who are unknown or in the deleted items', async () => {
    const { reader, emulator, sent } = createEmulatedTenant({
      users: createUsers(20),
      groups: [createGroup(0, [])],
    });
    emulator.directory.apply([
      { op: 'deleteUser', id: guid('u', 3) },
      { op: 'hardDeleteUser', id: guid('u', 4) },
    ]);
    const found = await reader.readByIds({
      userIds: range(0, 25).map((number) => guid('u', number)),
      groupIds: [guid('g', 0), guid('g', 1)],
    });
    expect(sent).toHaveLength(1);
    expect(found.users.map((user) => user.id).toSorted()).toEqual(
      range(0, 20)
        .filter((number) => number !== 3 && number !== 4)
        .map((number) => guid('u', number)),
    );
    expect(found.groups).toEqual([{ id: guid('g', 0), displayName: 'Group 0' }]);
  });

  test('fail as a whole where one part stays bad', async () => {
    const { reader, emulator } = createEmulatedTenant({ users: createUsers(40) });
    emulator.faults.add(strike('/users', { kind: 'status', status: 503 }, { every: 3 }));
    emulator.faults.add(strike('/users', { kind: 'status', status: 503 }, { nth: 4, times: 2 }));
    const userIds = range(0, 40).map((number) => guid('u', number));
    const error = await catchError(reader.readByIds({ userIds, groupIds: [] }));
    expect(error).toBeInstanceOf(TransientError);
  });
});

describe('a missing permission', () => {
  const all = ['User.Read.All', 'GroupMember.Read.All', 'Application.Read.All'];

  test.each<[string, (reader: EntraReader) => Promise<unknown>]>([
    ['Application.Read.All', (reader) => reader.readApp()],
    ['Application.Read.All', (reader) => reader.readAssignments()],
    ['User.Read.All', (reader) => reader.readLatestLink('users')],
    ['GroupMember.Read.All', (reader) => reader.readLatestLink('groups')],
    ['GroupMember.Read.All', (reader) => reader.readFirstMembers([guid('g', 0)])],
    ['User.Read.All', (reader) => reader.readByIds({ userIds: [guid('u', 0)], groupIds: [] })],
    [
      'GroupMember.Read.All',
      (reader) => reader.readByIds({ userIds: [], groupIds: [guid('g', 0)] }),
    ],
  ])('%s is named', async (missing, read) => {
    const { reader } = createEmulatedTenant(
      { users: createUsers(1), groups: [createGroup(0, [0])] },
      { permissions: all.filter((permission) => permission !== missing) },
    );
    const error = await catchError(read(reader));
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ service: 'entra', missing });
  });

  test('for hidden members is named with the group', async () => {
    const group = { ...createGroup(0, [0]), visibility: 'HiddenMembership' };
    const { reader } = createEmulatedTenant({ users: createUsers(1), groups: [group] });
    const error = await catchError(reader.readFirstMembers([guid('g', 0)]));
    expect(error).toBeInstanceOf(CredentialError);
    expect(String(error)).toMatch(/members of group 22222222.*Member\.Read\.Hidden/);
  });

  test('for people shows members without attributes, not an error', async () => {
    const { reader } = createEmulatedTenant(
      { users: createUsers(1), groups: [createGroup(0, [0])] },
      { permissions: ['GroupMember.Read.All'] },
    );
    const answer = (await reader.readFirstMembers([guid('g', 0)])).get(guid('g', 0));
    expect(answer).toMatchObject({
      kind: 'page',
      page: { items: [{ attributes: { accountEnabled: null, userPrincipalName: null } }] },
    });
  });
});

test('a token that is not accepted is a matter of credentials', async () => {
  const { reader, sent } = createEmulatedTenant({}, {}, { token: 'another' });
  const error = await catchError(reader.readApp());
  expect(error).toBeInstanceOf(CredentialError);
  expect(sent).toHaveLength(1);
});

test('an app that used up its resource units is told how long to wait, and gets its answer', async () => {
  const { reader, clock } = createEmulatedTenant(
    { users: createUsers(1) },
    { resourceUnitsPer10s: 3, throttledRequestUnits: 0 },
  );
  for (let count = 0; count < 6; count += 1) await reader.readApp();
  expect(clock.slept.length).toBeGreaterThan(0);
});

test('a wait of minutes is handed on', async () => {
  const { reader, emulator } = createEmulatedTenant({});
  emulator.faults.add(strike('*', { kind: 'status', status: 429, retryAfter: '240' }));
  const error = await catchError(reader.readAssignments());
  expect(error).toBeInstanceOf(ThrottledError);
  expect(error).toMatchObject({ retryAfterMs: 240_000 });
});
