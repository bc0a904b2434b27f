import { z } from 'zod';
import { describe, expect, test } from 'vitest';

import { buildFault } from '../wire/fault-list.ts';
import type { DropboxSettings } from './settings.ts';
import {
  byGroupId,
  byId,
  calmSettings,
  readError,
  smallTeam,
  startTeam,
  type SandboxTeam,
} from './sandbox-team.ts';

const pageSchema = z.object({
  events: z.array(
    z.looseObject({ timestamp: z.string(), event_type: z.object({ '.tag': z.string() }) }),
  ),
  cursor: z.string(),
  has_more: z.boolean(),
});

async function start(settings: Partial<DropboxSettings> = {}): Promise<SandboxTeam> {
  const quick = { eventDelayMs: 0, emptyEventPageEvery: 0 };
  return startTeam(smallTeam(), { ...calmSettings, ...quick, ...settings });
}

async function readPage(team: SandboxTeam, argument: object = {}) {
  return pageSchema.parse((await team.call('team_log/get_events', argument)).body);
}

async function continuePage(team: SandboxTeam, cursor: string) {
  return pageSchema.parse((await team.call('team_log/get_events/continue', { cursor })).body);
}

function readTypes(events: z.infer<typeof pageSchema>['events']): readonly string[] {
  return events.map((event) => event.event_type['.tag']).toSorted();
}

async function doSomething(team: SandboxTeam): Promise<void> {
  const user = byId('dbmid:ada');
  const group = byGroupId('g:design');
  await team.call('team/members/set_profile_v2', { user, new_surname: 'New' });
  await team.call('team/members/set_profile_v2', { user, new_email: 'a2@example.com' });
  await team.call('team/members/set_profile_v2', { user, new_external_id: 'other' });
  await team.call('team/members/set_profile_v2', { user, new_external_id: '' });
  await team.call('team/members/suspend', { user, wipe_data: false });
  await team.call('team/groups/update', { group, new_group_name: 'Studio' });
  await team.call('team/groups/members/remove', { group, users: [user] });
  await team.call('team/groups/delete', group);
}

describe('the activity log', () => {
  test('tells what was done to members and groups, in no order', async () => {
    const team = await start();
    await doSomething(team);
    const { events, has_more } = await readPage(team);
    expect(readTypes(events)).toEqual([
      'group_delete',
      'group_remove_member',
      'group_rename',
      'member_change_email',
      'member_change_external_id',
      'member_change_name',
      'member_change_status',
      'member_remove_external_id',
    ]);
    expect(has_more).toBe(false);
    const order = events.map((event) => event.event_type['.tag']);
    expect(order[0]).not.toBe('member_change_name');
    const status = events.find((event) => event.event_type['.tag'] === 'member_change_status');
    expect(status).toMatchObject({
      event_category: { '.tag': 'members' },
      actor: { '.tag': 'app', app: { '.tag': 'team_linked_app' } },
      context: { '.tag': 'team' },
      participants: [{ '.tag': 'user', user: { team_member_id: 'dbmid:ada' } }],
      details: {
        '.tag': 'member_change_status_details',
        previous_value: { '.tag': 'active' },
        new_value: { '.tag': 'suspended' },
      },
    });
  });

  test('tells an event only some time after it happened, and the cursor finds it then', async () => {
    const team = await start({ eventDelayMs: 60_000 });
    await doSomething(team);
    const early = await readPage(team);
    expect(early.events).toEqual([]);
    team.clock.setOffsetMs(60_000);
    const late = await continuePage(team, early.cursor);
    expect(late.events).toHaveLength(8);
  });

  test('has empty pages although there is more', async () => {
    const team = await start({ emptyEventPageEvery: 2 });
    await doSomething(team);
    const first = await readPage(team, { limit: 5 });
    const empty = await continuePage(team, first.cursor);
    const last = await continuePage(team, empty.cursor);
    expect([first, empty, last].map(({ events, has_more }) => [events.length, has_more])).toEqual([
      [5, true],
      [0, true],
      [3, false],
    ]);
  });

  test('can be asked for a category, a type, a time and an account', async () => {
    const team = await start();
    await doSomething(team);
    team.clock.setOffsetMs(3_600_000);
    await team.change({ op: 'suspendMember', memberId: 'dbmid:bob' });
    const groups = await readPage(team, { category: 'groups' });
    expect(groups.events).toHaveLength(3);
    const type = { '.tag': 'member_change_status' };
    expect((await readPage(team, { event_type: type })).events).toHaveLength(2);
    const later = { start_time: '2026-01-05T09:00:00Z', end_time: '2026-01-05T10:00:00Z' };
    expect((await readPage(team, { time: later })).events).toMatchObject([
      { timestamp: '2026-01-05T09:00:00Z' },
    ]);
    const { body } = await team.call('team/members/get_info_v2', { members: [byId('dbmid:bob')] });
    const account_id = /dbid:[^"]+/.exec(JSON.stringify(body))?.[0];
    expect((await readPage(team, { account_id })).events).toHaveLength(1);
  });

  test('does not name the app for what others did', async () => {
    const team = await start();
    await team.change({ op: 'suspendMember', memberId: 'dbmid:bob' });
    const { events } = await readPage(team);
    expect(events).toHaveLength(1);
    expect(events[0]).not.toHaveProperty('actor');
  });

  test.each([
    [
      { time: { start_time: '2026-01-02T00:00:00Z', end_time: '2026-01-01T00:00:00Z' } },
      'invalid_time_range',
    ],
    [{ category: 'members', event_type: 'member_change_status' }, 'invalid_filters'],
    [{ account_id: `dbid:${'x'.repeat(35)}` }, 'account_id_not_found'],
    [{ account_id: 'short' }, 400],
    [{ time: { start_time: 'yesterday' } }, 400],
    [{ limit: 1001 }, 400],
  ])('answers %j with %s', async (argument, tag) => {
    const team = await start();
    expect(readError(await team.call('team_log/get_events', argument))).toBe(tag);
  });

  test('refuses a foreign cursor and can ask to start again', async () => {
    const team = await start();
    const { cursor } = await readPage(team);
    const route = 'team_log/get_events/continue';
    expect(readError(await team.call(route, { cursor: 'x' }))).toBe('bad_cursor');
    team.addFault(buildFault({ route: `/2/${route}` }, { kind: 'special', name: 'resetEvents' }));
    expect((await team.call(route, { cursor })).body).toMatchObject({
      error: { '.tag': 'reset', reset: '2026-01-05T08:00:00Z' },
    });
  });
});
