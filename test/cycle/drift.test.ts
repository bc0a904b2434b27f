import { describe, expect, test } from 'vitest';
import { loadRequest, saveRequest } from '../../shared/rows/requests.ts';
import { groupRow, held, logLines, pending, teamLines, userRow } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { world, type World } from '../world/world.ts';
import {
  dayMs,
  heartbeat,
  hourMs,
  idsOf,
  linkedTeam,
  newLines,
  nextDay,
  onRequest,
  settled,
} from './reconcile.ts';

function addCleo({ entra }: World): void {
  const names = { mail: 'cleo@contoso.com', givenName: 'cleo', surname: 'Example' };
  entra.addUser({ id: 'cleo', ...names, accountEnabled: true, state: 'present' });
  entra.setAssigned('cleo', true);
}

const memberOf = (name: string): string => `dbmid:${name}`;

/** All calls to Dropbox but the question whether it is still the same team. */
function callsOf({ dropbox }: World): readonly string[] {
  return dropbox.calls.filter((call) => call !== 'readTeam');
}

/** How often the team is listed to its end in so many minutes. */
async function comparisons(here: World, minutes: number): Promise<number> {
  here.dropbox.forgetCalls();
  await passMinutes(here, minutes);
  return callsOf(here).filter((call) => call === 'readGroups').length;
}

describe('what somebody changed in Dropbox by hand', () => {
  test('is mended within a day where it is a name or the external id, and said', async () => {
    const here = await settled(linkedTeam(['ada', 'bob']).build());
    here.team.changeByHand(memberOf('ada'), { surname: 'Byron', externalId: 'other' });
    const lines = await newLines(here, () => nextDay(here));
    expect(here.team.members()[0]).toMatchObject({ surname: 'Example', externalId: 'ada' });
    expect(lines).toEqual(['u:ada none drift', 'u:ada updateMember applied']);
    expect((await heartbeat(here)).drift).toEqual({ members: 1, gone: 0, strangers: 0 });
  });

  test('is mended where it is an address', async () => {
    const here = await settled(linkedTeam(['ada']).build());
    here.team.changeByHand(memberOf('ada'), { email: 'byron@contoso.com' });
    await nextDay(here);
    expect(here.team.members()).toMatchObject([{ email: 'ada@contoso.com' }]);
  });

  test('is said, and left, where it is a suspension', async () => {
    const here = await settled(linkedTeam(['ada', 'bob']).build());
    here.team.suspendByHand(memberOf('ada'));
    const lines = await newLines(here, () => nextDay(here));
    expect(lines).toEqual(['u:ada none drift', 'u:ada none skipped suspendedInDropbox']);
    expect(teamLines(here)).toEqual(['ada (suspended)', 'bob (active)']);
    const again = await newLines(here, () => nextDay(here));
    expect(again).toEqual([]);
  });

  test('is taken in where it is a suspension that was lifted', async () => {
    const here = await settled(linkedTeam(['ada']).build());
    here.team.suspendByHand(memberOf('ada'));
    await nextDay(here);
    here.team.unsuspendByHand(memberOf('ada'));
    await nextDay(here);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ status: 'active', error: null });
  });

  test('is mended where it is the name of a group', async () => {
    const builder = linkedTeam(['ada', 'bob']).group('design', ['ada', 'bob']);
    const here = await settled(builder.build());
    const { groupId } = (await groupRow(here, 'design')).applied;
    here.team.renameGroupByHand(groupId ?? '', 'Gone');
    await nextDay(here);
    expect(here.team.groups()).toMatchObject([{ name: 'design' }]);
  });

  test('is mended where somebody was taken out of one of our groups', async () => {
    const builder = linkedTeam(['ada', 'bob']).group('design', ['ada', 'bob']);
    const here = await settled(builder.build());
    const { groupId } = (await groupRow(here, 'design')).applied;
    here.team.removeFromGroupByHand(groupId ?? '', memberOf('ada'));
    await nextDay(here);
    expect(teamLines(here)).toEqual(['ada (active): design', 'bob (active): design']);
  });
});

test('an accepted invitation is taken in, and is no drift', async () => {
  const here = await settled(world().user('ada').build());
  here.team.accept('dbmid:1');
  const lines = await newLines(here, () => nextDay(here));
  expect((await userRow(here, 'ada')).applied.status).toBe('active');
  expect(lines).toEqual([]);
  expect((await heartbeat(here)).drift.members).toBe(0);
});

describe('somebody who was removed from the team by hand', () => {
  test('is not invited again before that has been judged: the link is held, once', async () => {
    const here = await settled(linkedTeam(['ada', 'bob']).build());
    here.team.removeByHand(memberOf('ada'));
    await nextDay(here);
    await onRequest(here);
    expect(held(here)).toEqual(['x:ada remove memberGone']);
    expect(here.team.invitations()).toBe(0);
    expect((await userRow(here, 'ada')).applied).toMatchObject({
      memberId: 'dbmid:ada',
      status: 'removed',
      removedByUs: false,
    });
    expect((await heartbeat(here)).drift).toMatchObject({ gone: 1 });
  });

  test('stays held since the first time, though nobody has read the member back for a day', async () => {
    const here = await settled(linkedTeam(['ada', 'bob']).build());
    here.team.removeByHand(memberOf('ada'));
    await here.setOperator({ status: 'planOnly', paused: false });
    await nextDay(here);
    const keys = () =>
      here.tables.rows('Schedule').flatMap(({ rowKey }) => rowKey.match(/.*x:.*/) ?? []);
    const first = keys();
    expect(first).toHaveLength(1);
    await nextDay(here);
    expect(keys()).toEqual(first);
  });

  test('and whom Entra does not want in the team any more has no link to be judged', async () => {
    const here = await settled(linkedTeam(['ada', 'bob']).build());
    here.team.removeByHand(memberOf('ada'));
    here.entra.setAssigned('ada', false);
    await nextDay(here);
    expect(held(here).filter((line) => line.startsWith('x:'))).toEqual([]);
    expect((await userRow(here, 'ada')).applied.status).toBe('removed');
  });

  test('and comes back by hand is one of ours again', async () => {
    const here = await settled(linkedTeam(['ada', 'bob']).build());
    here.team.removeByHand(memberOf('ada'));
    await nextDay(here);
    here.team.recoverByHand(memberOf('ada'));
    await onRequest(here, 20);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ status: 'active', error: null });
    expect(held(here)).toEqual([]);
    expect(here.team.invitations()).toBe(0);
  });

  test('is held where it was the worker who found out, between two comparisons', async () => {
    const here = await settled(linkedTeam(['ada', 'bob']).build());
    here.team.removeByHand(memberOf('ada'));
    here.entra.changeUser('ada', { surname: 'Byron' });
    await passMinutes(here, 2);
    expect((await userRow(here, 'ada')).applied.status).toBe('removed');
    expect(held(here)).toEqual([]);
    await nextDay(here);
    expect(held(here)).toEqual(['x:ada remove memberGone']);
  });
});

describe('members whom nobody provisioned', () => {
  test('are counted and named once, and left alone', async () => {
    const here = linkedTeam(['ada']).member('yan').member('zoe').build();
    await settled(here);
    expect(logLines(here)).toContain('none drift unaccountedMembers');
    const record = here.tables
      .rows('ProvisioningLogs')
      .find(({ columns }) => columns['identity'] === '');
    expect(record?.columns).toMatchObject({
      reason: '2 members of the team were neither invited nor adopted; they are left alone',
      changes: JSON.stringify(
        ['yan', 'zoe'].map((name) => ({ name: 'member', from: '', to: memberOf(name) })),
      ),
    });
    const writes = here.team.writes.length;
    expect(await newLines(here, () => nextDay(here))).toEqual([]);
    expect(here.team.writes).toHaveLength(writes);
    expect((await heartbeat(here)).drift).toEqual({ members: 0, gone: 0, strangers: 2 });
  });

  test('are told of again when there are more or fewer of them', async () => {
    const here = linkedTeam(['ada']).member('yan').member('zoe').build();
    await settled(here);
    here.team.removeByHand(memberOf('zoe'));
    expect(await newLines(here, () => nextDay(here))).toEqual(['none drift unaccountedMembers']);
    expect((await heartbeat(here)).drift.strangers).toBe(1);
  });

  test('are not those whose invitation got no answer yet', async () => {
    const here = await settled(linkedTeam(['ada', 'bob']).build());
    addCleo(here);
    await saveRequest(here.tables, { at: here.clock.now(), by: 'ops' });
    here.dropbox.failOnce('inviteMembers', new Error('lost'), 'after');
    here.dropbox.replace({ readMembersInfo: () => Promise.reject(new Error('lost')) });
    await passMinutes(here, 1);
    await onRequest(here, 1);
    expect((await userRow(here, 'cleo')).applied.memberId).toBeNull();
    expect((await heartbeat(here)).drift.strangers).toBe(0);
  });
});

describe('a team that is as it was left', () => {
  test('costs a listing and nothing else: no write, nobody read back', async () => {
    const here = await settled(linkedTeam(['ada', 'bob', 'cleo', 'dan']).build());
    const writes = here.team.writes.length;
    const users = here.tables.rows('Users');
    await nextDay(here, 1);
    expect(callsOf(here)).toEqual(['readMembers', 'readMembers', 'readGroups']);
    expect(here.team.writes).toHaveLength(writes);
    expect(here.tables.rows('Users')).toEqual(users);
    expect([...pending(here), ...held(here), ...here.log.named('teamListingShort')]).toEqual([]);
  });

  test('has each of its groups read back, and none changed', async () => {
    const builder = linkedTeam(['ada', 'bob']).group('design', ['ada', 'bob']);
    const here = await settled(builder.build());
    const writes = here.team.writes.length;
    await nextDay(here, 1);
    const calls = ['readMembers', 'readGroups', 'readGroupsInfo', 'readGroupMembers'];
    expect(callsOf(here)).toEqual(calls);
    expect(here.team.writes).toHaveLength(writes);
    expect(pending(here)).toEqual([]);
  });

  test('while the job only plans fills no outbox with groups nobody will read back', async () => {
    const builder = linkedTeam(['ada', 'bob']).group('design', ['ada', 'bob']);
    const here = await settled(builder.build());
    await here.setOperator({ status: 'planOnly', paused: false });
    await nextDay(here);
    expect(pending(here)).toEqual([]);
  });
});

describe('the team is compared', () => {
  test('once a day, and not in between', async () => {
    const here = await settled(linkedTeam(['ada']).build());
    expect(await comparisons(here, 60)).toBe(0);
    here.clock.jump(dayMs - 65 * 60_000);
    expect(await comparisons(here, 60)).toBe(1);
  });

  test('as often as it is configured', async () => {
    const here = await settled(linkedTeam(['ada']).build({ driftEveryMs: hourMs }));
    expect(await comparisons(here, 3 * 60)).toBe(3);
  });

  test('on request, once, and the request is done with', async () => {
    const here = await settled(linkedTeam(['ada']).build());
    await saveRequest(here.tables, { at: here.clock.now(), by: 'ops@contoso.com' });
    expect(await comparisons(here, 3)).toBe(1);
    expect(await loadRequest(here.tables)).toBeUndefined();
  });

  test('once more where somebody asks while it is compared', async () => {
    const here = await settled(linkedTeam(['ada']).build());
    await saveRequest(here.tables, { at: here.clock.now(), by: 'ops' });
    let isFirst = true;
    here.dropbox.replace({
      readGroups: async (cursor) => {
        here.clock.jump(1_000);
        if (isFirst) await saveRequest(here.tables, { at: here.clock.now(), by: 'ops' });
        isFirst = false;
        return here.team.readGroups(cursor);
      },
    });
    expect(await comparisons(here, 4)).toBe(2);
    expect(await loadRequest(here.tables)).toBeUndefined();
  });

  test('to its end where it takes longer than one tick, without listing the team twice', async () => {
    const ids = idsOf(12);
    const here = await settled(linkedTeam(ids).build({ budgetMs: 5_000 }));
    here.team.changeByHand(memberOf('a007'), { surname: 'Byron' });
    here.dropbox.replace({
      readMembers: async (cursor) => {
        here.clock.jump(4_000);
        return here.team.readMembers(cursor);
      },
    });
    await nextDay(here, 6);
    expect(here.dropbox.calls.filter((call) => call === 'readMembers')).toHaveLength(4);
    expect((await heartbeat(here)).drift).toMatchObject({ members: 1 });
    expect(here.team.members()[7]).toMatchObject({ surname: 'Example' });
  });
});

test('rows of members who left are kept for one more listing, and then go', async () => {
  const here = await settled(linkedTeam(['ada']).member('zoe', { externalId: 'other' }).build());
  const ofZoe = () =>
    here.tables.rows('Members').filter(({ columns }) => String(columns['value']).includes('zoe'));
  expect(ofZoe()).toHaveLength(3);
  here.team.removeByHand(memberOf('zoe'));
  await nextDay(here);
  expect(ofZoe()).toHaveLength(3);
  await nextDay(here);
  expect(ofZoe()).toEqual([]);
  await cycle(here);
  expect((await userRow(here, 'ada')).applied.status).toBe('active');
});
