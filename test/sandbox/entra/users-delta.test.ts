import { describe, expect, test } from 'vitest';

import { createProbe, guid, range, tenant, user } from './graph-probe.ts';

const select = '$select=id,displayName,department,accountEnabled';
const latest = `/users/delta?${select}&$deltatoken=latest`;

function name(suffix: string): string {
  return `extension_${'0'.repeat(32)}_${suffix}`;
}

describe('a first round', () => {
  test('lists everybody once over pages of 200, shuffled, and ends with a delta link', async () => {
    const { emulator, drain } = createProbe();
    emulator.directory.load(tenant(range(1, 450).map((number) => user(number))));
    const round = await drain(`/users/delta?${select}`);
    expect(round.pages.map(({ items }) => items.length)).toEqual([200, 200, 50, 0]);
    const ids = round.items.map(({ id }) => id);
    expect(new Set(ids).size).toBe(450);
    expect(ids).not.toEqual(range(1, 450).map(guid));
    for (const { nextLink, deltaLink } of round.pages) {
      expect([nextLink, deltaLink].filter((link) => link !== undefined)).toHaveLength(1);
    }
  });

  test('shows selected properties that were ever set, and no type', async () => {
    const { emulator, drain } = createProbe();
    emulator.directory.load(tenant([user(1, { department: null, jobTitle: 'Clerk' }), user(2)]));
    const { items } = await drain(`/users/delta?${select}`);
    expect(items).toContainEqual({
      id: guid(1),
      displayName: 'User 1',
      department: null,
      accountEnabled: true,
    });
    expect(items).toContainEqual({ id: guid(2), displayName: 'User 2', accountEnabled: true });
  });

  test('shows only the default properties without a selection', async () => {
    const { emulator, drain } = createProbe();
    emulator.directory.load(tenant([user(1, { department: 'Sales' })]));
    expect((await drain('/users/delta')).items).toEqual([
      { id: guid(1), displayName: 'User 1', userPrincipalName: 'user1@example.com' },
    ]);
  });

  test('may name people who are deleted, which a setting can turn off', async () => {
    const { emulator, drain } = createProbe();
    emulator.directory.load(tenant([user(1), user(2, { deleted: 'soft' }), user(3)]));
    emulator.directory.apply([{ op: 'hardDeleteUser', id: guid(3) }]);
    const { items } = await drain(`/users/delta?${select}`);
    expect(items).toContainEqual({ id: guid(2), '@removed': { reason: 'changed' } });
    expect(items).toContainEqual({ id: guid(3), '@removed': { reason: 'deleted' } });
    emulator.settings.change({ initialRemovedItems: false });
    expect((await drain(`/users/delta?${select}`)).items).toHaveLength(1);
  });

  test('tells somebody who changes while it is paged once more, later in the round', async () => {
    const { emulator, get, drain } = createProbe();
    emulator.directory.load(tenant(range(1, 250).map((number) => user(number))));
    const first = await get(`/users/delta?${select}`);
    const [id = ''] = first.ids;
    emulator.directory.apply([{ op: 'updateUser', id, set: { department: 'Sales' } }]);
    const rest = await drain(first.nextLink ?? '');
    expect(rest.items.filter((item) => item['id'] === id)).toMatchObject([{ department: 'Sales' }]);
    expect((await drain(rest.deltaLink)).items).toEqual([]);
  });
});

describe('an incremental round', () => {
  test('starts empty from now on with the token latest', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([user(1)]));
    const answer = await get(latest);
    expect(answer.items).toEqual([]);
    expect(answer.nextLink).toBeUndefined();
    expect((await get(answer.deltaLink ?? '')).items).toEqual([]);
  });

  test('repeats all selected properties in default mode and only what changed in minimal mode', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([user(1, { department: 'Sales' })]));
    const { deltaLink = '' } = await get(latest);
    emulator.directory.apply([{ op: 'updateUser', id: guid(1), set: { department: null } }]);
    expect((await get(deltaLink)).items).toEqual([
      { id: guid(1), displayName: 'User 1', department: null, accountEnabled: true },
    ]);
    const minimal = await get(deltaLink, { prefer: 'return=minimal' });
    expect(minimal.items).toEqual([{ id: guid(1), department: null }]);
    expect(minimal.headers['preference-applied']).toBe('return=minimal');
  });

  test('is silent about properties that are not selected and about the same value again', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([user(1)]));
    const { deltaLink = '' } = await get(latest);
    emulator.directory.apply([
      { op: 'updateUser', id: guid(1), set: { jobTitle: 'Clerk' } },
      { op: 'updateUser', id: guid(1), set: { displayName: 'User 1' } },
    ]);
    expect((await get(deltaLink)).items).toEqual([]);
  });

  test('tells soft delete, restore and hard delete apart', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([user(1)]));
    const first = await get(latest);
    emulator.directory.apply([{ op: 'deleteUser', id: guid(1) }]);
    const soft = await get(first.deltaLink ?? '');
    expect(soft.items).toEqual([{ id: guid(1), '@removed': { reason: 'changed' } }]);
    emulator.directory.apply([{ op: 'restoreUser', id: guid(1) }]);
    const restored = await get(soft.deltaLink ?? '', { prefer: 'return=minimal' });
    expect(restored.items).toEqual([{ id: guid(1), displayName: 'User 1', accountEnabled: true }]);
    emulator.directory.apply([{ op: 'hardDeleteUser', id: guid(1) }]);
    const hard = await get(restored.deltaLink ?? '');
    expect(hard.items).toEqual([{ id: guid(1), '@removed': { reason: 'deleted' } }]);
  });

  test('says the same again, or more, when the same link is called again', async () => {
    const { emulator, get, drain } = createProbe();
    emulator.directory.load(tenant([user(1), user(2)]));
    const { deltaLink = '' } = await get(latest);
    emulator.directory.apply([{ op: 'updateUser', id: guid(1), set: { department: 'A' } }]);
    expect((await get(deltaLink)).ids).toEqual([guid(1)]);
    emulator.directory.apply([{ op: 'updateUser', id: guid(2), set: { department: 'B' } }]);
    expect((await drain(deltaLink)).ids).toEqual([guid(1), guid(2)]);
  });

  test('tells all directory extensions of a type when one of them changes', async () => {
    const { emulator, get } = createProbe();
    const set = { [name('a')]: 'x', [name('b')]: 'y', [name('c')]: 1 };
    emulator.directory.load(tenant([user(1, set)]));
    const selected = ['a', 'b', 'c'].map(name).join(',');
    const { deltaLink = '' } = await get(`/users/delta?$select=${selected}&$deltatoken=latest`);
    emulator.directory.apply([{ op: 'updateUser', id: guid(1), set: { [name('a')]: 'z' } }]);
    const { items } = await get(deltaLink, { prefer: 'return=minimal' });
    expect(items).toEqual([{ id: guid(1), [name('a')]: 'z', [name('b')]: 'y' }]);
  });

  test('ends a round of several pages with an empty page, or not, by setting', async () => {
    const { emulator, drain, get } = createProbe({ deltaPageObjects: 2 });
    emulator.directory.load(tenant(range(1, 4).map((number) => user(number))));
    const { deltaLink = '' } = await get(latest);
    const touch = range(1, 4).map((number) => ({
      op: 'updateUser' as const,
      id: guid(number),
      set: { department: 'Sales' },
    }));
    emulator.directory.apply(touch);
    const sizes = async (emptyLastPage: 'never' | 'multiPage' | 'always') => {
      emulator.settings.change({ emptyLastPage });
      return (await drain(deltaLink)).pages.map(({ items }) => items.length);
    };
    expect(await sizes('multiPage')).toEqual([2, 2, 0]);
    expect(await sizes('never')).toEqual([2, 2]);
    emulator.settings.change({ deltaPageObjects: 10 });
    expect(await sizes('multiPage')).toEqual([4]);
    expect(await sizes('always')).toEqual([4, 0]);
  });

  test('comes in short and empty pages and says things twice on command, losing nothing', async () => {
    const { emulator, drain } = createProbe({
      shortPageChance: 0.5,
      emptyPageChance: 0.3,
      duplicateChance: 0.2,
    });
    emulator.directory.load(tenant(range(1, 600).map((number) => user(number))));
    const round = await drain(`/users/delta?${select}`);
    expect(new Set(round.items.map(({ id }) => id)).size).toBe(600);
    expect(round.items.length).toBeGreaterThan(650);
    expect(round.pages.filter(({ items }) => items.length === 0).length).toBeGreaterThan(1);
  });
});

describe('a filter by id', () => {
  test('narrows the stream for good', async () => {
    const { emulator, drain } = createProbe();
    emulator.directory.load(tenant(range(1, 5).map((number) => user(number))));
    const filter = encodeURIComponent(`id eq '${guid(2)}' or id eq '${guid(4)}'`);
    const round = await drain(`/users/delta?${select}&$filter=${filter}`);
    expect(round.ids).toEqual([guid(2), guid(4)]);
    emulator.directory.apply(
      range(1, 5).map((number) => ({ op: 'deleteUser', id: guid(number) }) as const),
    );
    expect((await drain(round.deltaLink)).items).toHaveLength(2);
  });

  test.each([
    [
      '51 ids',
      range(1, 51)
        .map((number) => `id eq '${guid(number)}'`)
        .join(' or '),
    ],
    ['another property', "displayName eq 'Ada'"],
  ])('is refused for %s', async (_, filter) => {
    const { get } = createProbe();
    const answer = await get(`/users/delta?$filter=${encodeURIComponent(filter)}`);
    expect(answer.status).toBe(400);
    expect(answer.body.error?.code).toBe('Request_UnsupportedQuery');
  });
});

test.each(['$expand=manager', '$orderby=displayName'])('refuses %s', async (option) => {
  expect((await createProbe().get(`/users/delta?${option}`)).status).toBe(400);
});

test('ignores $top', async () => {
  const { emulator, get } = createProbe();
  emulator.directory.load(tenant(range(1, 30).map((number) => user(number))));
  expect((await get('/users/delta?$top=5')).items).toHaveLength(30);
});

test('names a property that users do not have', async () => {
  const answer = await createProbe().get('/users/delta?$select=id,shoeSize');
  expect(answer.status).toBe(400);
  expect(answer.body.error?.message).toContain("'shoeSize'");
});
