import { z } from 'zod';
import { describe, expect, test } from 'vitest';

import { buildFault } from '../wire/fault-list.ts';
import type { DropboxSettings } from './settings.ts';
import {
  byEmail,
  byExternalId,
  byGroupId,
  byId,
  calmSettings,
  person,
  readError,
  smallTeam,
  startTeam,
  type SandboxTeam,
} from './sandbox-team.ts';

const pageSchema = z.object({
  members: z.array(z.object({ profile: z.object({ team_member_id: z.string() }) })).default([]),
  groups: z.array(z.object({ group_id: z.string(), member_count: z.number() })).default([]),
  cursor: z.string(),
  has_more: z.boolean(),
});

async function readPage(team: SandboxTeam, route: string, argument: unknown) {
  const { members, groups, cursor, has_more } = pageSchema.parse(
    (await team.call(route, argument)).body,
  );
  const ids = members.map(({ profile }) => profile.team_member_id);
  return { ids, groups, cursor, hasMore: has_more };
}

const list = 'team/members/list_v2';
const more = 'team/members/list/continue_v2';

/** Ten members with known ids. */
async function tenMembers(settings: Partial<DropboxSettings> = {}, seed = 1) {
  const members = Array.from({ length: 10 }, (_, index) => ({
    ...person(`p${index}`),
    memberId: `dbmid:p${index}`,
    isAdmin: index === 0,
  }));
  return startTeam(smallTeam({ members, groups: [] }), { ...calmSettings, ...settings }, seed);
}

async function readAll(team: SandboxTeam, limit: number): Promise<readonly string[]> {
  let page = await readPage(team, list, { limit });
  const ids = [...page.ids];
  while (page.hasMore) {
    page = await readPage(team, more, { cursor: page.cursor });
    ids.push(...page.ids);
  }
  return ids;
}

describe('listings', () => {
  test('come in pages with a cursor also on the last one', async () => {
    const team = await tenMembers();
    const first = await readPage(team, list, { limit: 6 });
    const last = await readPage(team, more, { cursor: first.cursor });
    expect([first.ids.length, first.hasMore, last.ids.length, last.hasMore]).toEqual([
      6,
      true,
      4,
      false,
    ]);
    expect(last.cursor).not.toBe('');
    expect(new Set([...first.ids, ...last.ids]).size).toBe(10);
    expect((await readPage(team, more, { cursor: last.cursor })).ids).toEqual([]);
  });

  test('have an order that the seed decides', async () => {
    const orders = await Promise.all(
      [1, 1, 2].map(async (seed) => readAll(await tenMembers({}, seed), 100)),
    );
    expect(orders[0]).toEqual(orders[1]);
    expect(orders[0]).not.toEqual(orders[2]);
  });

  test('have pages shorter than asked for every so often', async () => {
    const team = await tenMembers({ shortPageEvery: 2 });
    const first = await readPage(team, list, { limit: 4 });
    const second = await readPage(team, more, { cursor: first.cursor });
    expect([first.ids.length, second.ids.length, second.hasMore]).toEqual([4, 2, true]);
    expect(new Set(await readAll(team, 4)).size).toBe(10);
  });

  test('miss a member when another one leaves between pages, by offset', async () => {
    const team = await tenMembers();
    const first = await readPage(team, list, { limit: 5 });
    await team.change({ op: 'removeMember', memberId: first.ids[1] ?? '' });
    const second = await readPage(team, more, { cursor: first.cursor });
    expect([...first.ids, ...second.ids]).toHaveLength(9);
  });

  test('show a member twice when another one comes between pages, by offset', async () => {
    const team = await tenMembers();
    const seen = new Set<number>();
    for (let index = 0; index < 8; index += 1) {
      const first = await readPage(team, list, { limit: 5 });
      await team.change({ op: 'addMember', member: person(`late${index}`) });
      const second = await readPage(team, more, { cursor: first.cursor });
      seen.add(first.ids.filter((id) => second.ids.includes(id)).length);
      await team.change({ op: 'removeMember', email: `late${index}@example.com` });
    }
    expect(seen).toEqual(new Set([0, 1]));
  });

  test('miss nobody who stays where the position is the last item', async () => {
    const team = await tenMembers({ listPositions: 'afterLast' });
    const first = await readPage(team, list, { limit: 5 });
    await team.change({ op: 'removeMember', memberId: first.ids[1] ?? '' });
    const second = await readPage(team, more, { cursor: first.cursor });
    expect(new Set([...first.ids, ...second.ids]).size).toBe(10);
  });

  test('hide removed members unless asked for them, and the cursor remembers it', async () => {
    const team = await tenMembers();
    await team.change({ op: 'removeMember', memberId: 'dbmid:p3' });
    expect(await readAll(team, 4)).not.toContain('dbmid:p3');
    const first = await readPage(team, list, { limit: 5, include_removed: true });
    const second = await readPage(team, more, { cursor: first.cursor });
    expect([...first.ids, ...second.ids]).toContain('dbmid:p3');
  });

  test('come back empty for large pages of a large team, as seen in the wild', async () => {
    const strict = await tenMembers({ largePageTeam: 9, largePageLimit: 5 });
    expect(await readPage(strict, list, { limit: 6 })).toMatchObject({ ids: [], hasMore: false });
    expect((await readPage(strict, list, { limit: 5 })).ids).toHaveLength(5);
    const kind = await tenMembers({ largePageTeam: 9, largePageLimit: 0 });
    expect((await readPage(kind, list, { limit: 1000 })).ids).toHaveLength(10);
  });
});

describe('cursors', () => {
  test('are good for their own listing only', async () => {
    const team = await tenMembers();
    const { cursor } = await readPage(team, list, { limit: 5 });
    const groups = await readPage(team, 'team/groups/list', {});
    for (const [route, argument] of [
      ['team/groups/list/continue', { cursor }],
      ['team/groups/members/list/continue', { cursor }],
      [more, { cursor: groups.cursor }],
      [more, { cursor: `${cursor.slice(0, -2)}xx` }],
      [more, { cursor: 'nonsense' }],
    ] as const) {
      expect(readError(await team.call(route, argument))).toBe('invalid_cursor');
    }
  });

  test.each([
    [3_600_000, 'invalid_cursor'],
    [0, 200],
  ] as const)('live as long as the settings say: %i ms', async (cursorLifetimeMs, answer) => {
    const team = await tenMembers({ cursorLifetimeMs, expiresInSeconds: 99_999 });
    const { cursor } = await readPage(team, list, { limit: 5 });
    team.clock.setOffsetMs(3_600_000);
    expect((await team.call(more, { cursor })).status).toBe(200);
    team.clock.setOffsetMs(3_600_001);
    expect(readError(await team.call(more, { cursor }))).toBe(answer);
  });

  test('end with the team they were made for', async () => {
    const team = await tenMembers();
    const { cursor } = await readPage(team, list, { limit: 5 });
    await team.control('PUT', '/team', smallTeam());
    expect(readError(await team.call(more, { cursor }))).toBe('invalid_cursor');
  });
});

describe('faults of a listing', () => {
  test.each([
    ['emptyPage', { count: 0, hasMore: true, later: 10 }],
    ['lostPage', { count: 5, hasMore: false, later: 0 }],
    ['emptyList', { count: 0, hasMore: false, later: 10 }],
    ['endEarly', { count: 5, hasMore: false, later: 5 }],
    ['sameCursor', { count: 5, hasMore: true, later: 10 }],
  ])('%s', async (name, { count, hasMore, later }) => {
    const team = await tenMembers();
    team.addFault(buildFault({ route: `/2/${list}` }, { kind: 'special', name }));
    const first = await readPage(team, list, { limit: 5 });
    expect([first.ids.length, first.hasMore]).toEqual([count, hasMore]);
    let rest = await readPage(team, more, { cursor: first.cursor });
    let total = rest.ids.length;
    while (rest.hasMore) {
      rest = await readPage(team, more, { cursor: rest.cursor });
      total += rest.ids.length;
    }
    expect(total).toBe(later);
  });

  test('a cursor can be made invalid by a fault', async () => {
    const team = await tenMembers();
    const { cursor } = await readPage(team, list, { limit: 5 });
    team.addFault(
      buildFault(
        { route: '/2/team/members/list/continue_v2' },
        { kind: 'special', name: 'invalidCursor' },
      ),
    );
    expect(readError(await team.call(more, { cursor }))).toBe('invalid_cursor');
    expect((await team.call(more, { cursor })).status).toBe(200);
  });
});

describe('lists that lag behind', () => {
  test('show members as they were, while get_info shows them as they are', async () => {
    const team = await startTeam(smallTeam(), { ...calmSettings, listLagMs: 5_000 });
    team.clock.setOffsetMs(10_000);
    await team.call('team/members/remove', { user: byId('dbmid:bob'), wipe_data: false });
    await team.call('team/members/add_v2', { new_members: [{ member_email: 'new@example.com' }] });
    const info = await team.call('team/members/get_info_v2', { members: [byId('dbmid:bob')] });
    expect(info.body).toMatchObject({ members_info: [{ '.tag': 'id_not_found' }] });
    const before = await readPage(team, list, {});
    expect(before.ids.toSorted()).toEqual(['dbmid:ada', 'dbmid:bob', 'dbmid:ivy', 'dbmid:root']);
    team.clock.setOffsetMs(15_000);
    const after = await readPage(team, list, {});
    expect(after.ids).toHaveLength(4);
    expect(after.ids).not.toContain('dbmid:bob');
  });

  test('show groups, their counts and their members as they were', async () => {
    const team = await startTeam(smallTeam(), { ...calmSettings, listLagMs: 5_000 });
    team.clock.setOffsetMs(10_000);
    const group = byGroupId('g:design');
    await team.call('team/groups/members/add', {
      group,
      members: [{ user: byId('dbmid:bob'), access_type: 'member' }],
    });
    await team.call('team/groups/members/remove', { group, users: [byId('dbmid:ada')] });
    await team.call('team/groups/create', { group_name: 'New' });
    const info = await team.call('team/groups/get_info', {
      '.tag': 'group_ids',
      group_ids: ['g:design'],
    });
    expect(JSON.stringify(info.body)).toContain('bob@example.com');
    const members = async () =>
      (await readPage(team, 'team/groups/members/list', { group })).ids.toSorted();
    const counts = async () =>
      (await readPage(team, 'team/groups/list', {})).groups.map((entry) => entry.group_id).length;
    expect([await members(), await counts()]).toEqual([['dbmid:ada', 'dbmid:ivy'], 2]);
    team.clock.setOffsetMs(15_000);
    expect([await members(), await counts()]).toEqual([['dbmid:bob', 'dbmid:ivy'], 3]);
  });

  test('show a newly loaded team at once', async () => {
    const team = await startTeam(smallTeam(), { ...calmSettings, listLagMs: 5_000 });
    expect((await readPage(team, list, {})).ids).toHaveLength(4);
    expect((await readPage(team, 'team/groups/list', {})).groups).toHaveLength(2);
  });

  test('are up to date by default', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    await team.call('team/members/remove', { user: byId('dbmid:bob'), wipe_data: false });
    expect((await readPage(team, list, {})).ids).not.toContain('dbmid:bob');
  });
});

/** Of each thing asked about, whether `get_info` knew it. */
async function found(team: SandboxTeam, route: string, argument: unknown) {
  const { body } = await team.call(route, argument);
  const items = z.array(z.object({ '.tag': z.string() }));
  const parsed = z.union([items, z.object({ members_info: items })]).parse(body);
  const answers = 'members_info' in parsed ? parsed.members_info : parsed;
  return answers.map((item) => item['.tag'] !== 'id_not_found');
}

describe('get_info', () => {
  const members = 'team/members/get_info_v2';
  const groups = 'team/groups/get_info';

  test('shows members as they were where the settings say that it lags', async () => {
    const team = await startTeam(smallTeam(), { ...calmSettings, infoLagMs: 5_000 });
    team.clock.setOffsetMs(10_000);
    await team.call('team/members/remove', { user: byId('dbmid:ivy'), wipe_data: false });
    await team.call('team/members/remove', { user: byId('dbmid:ada'), wipe_data: false });
    await team.call('team/members/set_profile_v2', {
      user: byId('dbmid:bob'),
      new_email: 'new@example.com',
      new_external_id: 'entra-bob',
    });
    await team.call('team/members/add_v2', { new_members: [{ member_email: 'zoe@example.com' }] });
    const asked = [
      byId('dbmid:ivy'),
      byExternalId('entra-ada'),
      byEmail('bob@example.com'),
      byEmail('new@example.com'),
      byExternalId('entra-bob'),
      byEmail('zoe@example.com'),
      byId('dbmid:root'),
    ];
    const before = [true, true, true, false, false, false, true];
    expect(await found(team, members, { members: asked })).toEqual(before);
    expect(JSON.stringify(await readPage(team, list, {}))).not.toContain('dbmid:ada');
    team.clock.setOffsetMs(15_000);
    const after = [false, false, false, true, true, true, true];
    expect(await found(team, members, { members: asked })).toEqual(after);
  });

  test('shows a suspended member as active for as long as it lags', async () => {
    const team = await startTeam(smallTeam(), { ...calmSettings, infoLagMs: 5_000 });
    team.clock.setOffsetMs(10_000);
    await team.call('team/members/suspend', { user: byId('dbmid:ada'), wipe_data: false });
    const status = async () => {
      const { body } = await team.call(members, { members: [byId('dbmid:ada')] });
      return JSON.stringify(body).includes('suspended');
    };
    expect(await status()).toBe(false);
    team.clock.setOffsetMs(15_000);
    expect(await status()).toBe(true);
  });

  test('shows groups as they were where the settings say that it lags', async () => {
    const team = await startTeam(smallTeam(), { ...calmSettings, infoLagMs: 5_000 });
    team.clock.setOffsetMs(10_000);
    await team.call('team/groups/create', { group_name: 'New', group_external_id: 'entra-new' });
    await team.call('team/groups/delete', byGroupId('g:design'));
    const byIds = { '.tag': 'group_ids', group_ids: ['g:design', 'g:none'] };
    const byExternalIds = {
      '.tag': 'group_external_ids',
      group_external_ids: ['entra-design', 'entra-new'],
    };
    expect(await found(team, groups, byIds)).toEqual([true, false]);
    expect(await found(team, groups, byExternalIds)).toEqual([true, false]);
    team.clock.setOffsetMs(15_000);
    expect(await found(team, groups, byIds)).toEqual([false, false]);
    expect(await found(team, groups, byExternalIds)).toEqual([false, true]);
  });

  test('finds nobody by a fault, once', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    const who = { members: [byId('dbmid:ada'), byId('dbmid:bob')] };
    const which = { '.tag': 'group_ids', group_ids: ['g:design'] };
    for (const route of [members, groups]) {
      team.addFault(buildFault({ route: `/2/${route}` }, { kind: 'special', name: 'notFound' }));
    }
    expect(await found(team, members, who)).toEqual([false, false]);
    expect(await found(team, groups, which)).toEqual([false]);
    expect(await found(team, members, who)).toEqual([true, true]);
    expect(await found(team, groups, which)).toEqual([true]);
  });
});
