import { describe, expect, test } from 'vitest';

import { PageExpiredError, StreamResetError, TransientError } from '../../shared/model/errors.ts';
import type { Fault } from '../sandbox/wire/types.ts';
import {
  createEmulatedTenant,
  createGroup,
  createUser,
  createUsers,
  drain,
  guid,
  range,
  strike,
} from './emulated-tenant.ts';
import { catchError } from './scripted-graph.ts';

test('nothing has changed: one request to a stream, and the link goes on', async () => {
  const { reader, sent } = createEmulatedTenant({ users: createUsers(5) });
  const users = await reader.readLatestLink('users');
  const round = await drain(users, (link) => reader.readUserChanges(link));
  expect(round).toMatchObject({ items: [], pages: 1 });
  const again = await drain(round.link, (link) => reader.readUserChanges(link));
  expect(again.items).toEqual([]);
  expect(sent).toHaveLength(3);
});

test('the users stream tells who came, changed, went, went for good and came back', async () => {
  const { reader, emulator } = createEmulatedTenant({ users: createUsers(5) });
  const link = await reader.readLatestLink('users');
  emulator.directory.apply([
    { op: 'addUser', user: createUser(10) },
    { op: 'updateUser', id: guid('u', 0), set: { mail: null, accountEnabled: false } },
    { op: 'updateUser', id: guid('u', 1), set: { jobTitle: 'not selected' } },
    { op: 'deleteUser', id: guid('u', 2) },
    { op: 'hardDeleteUser', id: guid('u', 3) },
    { op: 'deleteUser', id: guid('u', 4) },
    { op: 'restoreUser', id: guid('u', 4) },
  ]);
  const { items } = await drain(link, (next) => reader.readUserChanges(next));
  const last = new Map(
    items.map((item) => [item.kind === 'present' ? item.user.id : item.id, item]),
  );
  expect(last.get(guid('u', 10))).toMatchObject({ kind: 'present' });
  expect(last.get(guid('u', 0))).toEqual({
    kind: 'present',
    user: {
      id: guid('u', 0),
      attributes: {
        id: guid('u', 0),
        accountEnabled: false,
        userPrincipalName: 'user0@example.com',
        mail: null,
        surname: null,
      },
    },
  });
  expect(last.has(guid('u', 1))).toBe(false);
  expect(last.get(guid('u', 2))).toEqual({ kind: 'removed', id: guid('u', 2), reason: 'soft' });
  expect(last.get(guid('u', 3))).toEqual({ kind: 'removed', id: guid('u', 3), reason: 'hard' });
  expect(last.get(guid('u', 4))).toMatchObject({ kind: 'present' });
});

test('a long round is read page by page, empty and doubled pages included', async () => {
  const { reader, emulator } = createEmulatedTenant(
    {},
    { shortPageChance: 0.5, emptyPageChance: 0.3, duplicateChance: 0.1, emptyLastPage: 'always' },
  );
  const link = await reader.readLatestLink('users');
  emulator.directory.apply(
    range(0, 700).map((number) => ({ op: 'addUser', user: createUser(number) })),
  );
  const { items, pages } = await drain(link, (next) => reader.readUserChanges(next));
  const ids = items.flatMap((item) => (item.kind === 'present' ? item.user.id : []));
  expect(new Set(ids)).toEqual(new Set(range(0, 700).map((number) => guid('u', number))));
  expect(pages).toBeGreaterThan(4);
});

test('the groups stream tells names, members of every kind, and who left', async () => {
  const { reader, emulator } = createEmulatedTenant({
    users: createUsers(3),
    groups: [createGroup(0, [0]), createGroup(1, []), createGroup(2, [])],
  });
  const link = await reader.readLatestLink('groups');
  emulator.directory.apply([
    { op: 'addMember', groupId: guid('g', 0), memberId: guid('u', 1) },
    { op: 'addMember', groupId: guid('g', 0), memberId: guid('g', 1) },
    { op: 'addMember', groupId: guid('g', 0), memberId: guid('d', 0), kind: 'device' },
    { op: 'removeMember', groupId: guid('g', 0), memberId: guid('u', 0) },
    { op: 'updateGroup', id: guid('g', 1), set: { displayName: 'Renamed' } },
    { op: 'deleteGroup', id: guid('g', 2) },
  ]);
  const { items } = await drain(link, (next) => reader.readGroupChanges(next));
  const edges = items.flatMap((item) =>
    item.kind === 'present' && item.id === guid('g', 0) ? item.edges : [],
  );
  expect(new Map(edges.map((edge) => [edge.memberId, edge]))).toEqual(
    new Map([
      [guid('u', 1), { memberId: guid('u', 1), memberKind: 'user', present: true }],
      [guid('g', 1), { memberId: guid('g', 1), memberKind: 'group', present: true }],
      [guid('d', 0), { memberId: guid('d', 0), memberKind: 'other', present: true }],
      [guid('u', 0), { memberId: guid('u', 0), memberKind: 'user', present: false }],
    ]),
  );
  expect(items).toContainEqual({
    kind: 'present',
    id: guid('g', 1),
    displayName: 'Renamed',
    edges: [],
  });
  expect(items).toContainEqual({ kind: 'removed', id: guid('g', 2), reason: 'hard' });
});

test('1,300 new members of one group come in slices, none lost', async () => {
  const { reader, emulator } = createEmulatedTenant({
    users: createUsers(1300),
    groups: [createGroup(0, [])],
  });
  const link = await reader.readLatestLink('groups');
  emulator.directory.apply(
    range(0, 1300).map((number) => ({
      op: 'addMember',
      groupId: guid('g', 0),
      memberId: guid('u', number),
    })),
  );
  const { items, pages } = await drain(link, (next) => reader.readGroupChanges(next));
  const ids = items.flatMap((item) =>
    item.kind === 'present' ? item.edges.map((edge) => edge.memberId) : [],
  );
  expect(new Set(ids).size).toBe(1300);
  expect(pages).toBeGreaterThanOrEqual(3);
});

describe('a stream that Graph has forgotten is reset', () => {
  test.each(['gone', 'syncStateNotFound', 'resyncRequired'] as const)('by %s', async (expired) => {
    const { reader, clock } = createEmulatedTenant({}, { expiredDeltaLink: expired });
    const users = await reader.readLatestLink('users');
    const groups = await reader.readLatestLink('groups');
    clock.jump(8 * 24 * 60 * 60 * 1000);
    expect(await catchError(reader.readUserChanges(users))).toBeInstanceOf(StreamResetError);
    expect(await catchError(reader.readGroupChanges(groups))).toBeInstanceOf(StreamResetError);
  });
});

test('a page that has expired starts the round again, from its delta link', async () => {
  const { reader, emulator } = createEmulatedTenant({});
  const link = await reader.readLatestLink('users');
  emulator.directory.apply(
    range(0, 450).map((number) => ({ op: 'addUser', user: createUser(number) })),
  );
  const first = await reader.readUserChanges(link);
  expect(first.next.kind).toBe('next');
  emulator.expireLinks('page');
  const error = await catchError(reader.readUserChanges(first.next.link));
  expect(error).toBeInstanceOf(PageExpiredError);
  const { items } = await drain(link, (next) => reader.readUserChanges(next));
  expect(items).toHaveLength(450);
});

describe('a stream gets over', () => {
  const strikes: readonly Fault['then'][] = [
    { kind: 'status', status: 429 },
    { kind: 'status', status: 429, retryAfter: '2.128', body: 'empty' },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 502, body: 'html' },
    { kind: 'status', status: 503, body: 'text' },
    { kind: 'status', status: 504, body: 'empty' },
    { kind: 'reset' },
    { kind: 'delay', ms: 31_000 },
  ];

  test.each(strikes)('%j, twice', async (effect) => {
    const { reader, emulator, sent } = createEmulatedTenant({});
    const link = await reader.readLatestLink('users');
    emulator.directory.apply([{ op: 'addUser', user: createUser(0) }]);
    emulator.faults.add(strike('*', effect, { nth: 1, times: 2 }));
    const page = await reader.readUserChanges(link);
    expect(page.items).toHaveLength(1);
    expect(sent).toHaveLength(4);
  });

  test('not a page that is its own next page', async () => {
    const { reader, emulator } = createEmulatedTenant({});
    const link = await reader.readLatestLink('users');
    emulator.directory.apply(
      range(0, 450).map((number) => ({ op: 'addUser', user: createUser(number) })),
    );
    emulator.faults.add(strike('*', { kind: 'special', name: 'selfLink' }));
    const first = await catchError(drain(link, (next) => reader.readUserChanges(next)));
    expect(first).toBeInstanceOf(TransientError);
  });
});
