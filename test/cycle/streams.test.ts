import { describe, expect, test } from 'vitest';
import { PageExpiredError, TransientError } from '../../shared/model/errors.ts';
import type { StreamPage } from '../../shared/model/source.ts';
import { loadCycleState, loadHeartbeat } from '../../shared/rows/job.ts';
import { held, pending, teamLines, userRow } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { world, type World } from '../world/world.ts';

/** Ada and her friends, arrived and at rest. */
async function atRest(): Promise<World> {
  const here = world()
    .user('ada')
    .user('bob')
    .user('cleo')
    .user('dan', { unassigned: true })
    .group('design', ['ada', 'dan'])
    .build();
  await passMinutes(here, 3);
  return here;
}

async function lastCycle(here: World): Promise<unknown> {
  return (await loadHeartbeat(here.tables)).value.lastCycle;
}

test('a changed name and a changed address follow within a minute', async () => {
  const here = await atRest();
  here.entra.changeUser('ada', { givenName: 'Augusta', mail: 'augusta@contoso.com' });
  await cycle(here);
  expect(here.team.members()[0]).toMatchObject({
    givenName: 'Augusta',
    email: 'augusta@contoso.com',
    externalId: 'ada',
  });
});

test('many changes on several pages are all taken in', async () => {
  const here = await atRest();
  for (const id of ['ada', 'bob', 'cleo', 'dan']) here.entra.changeUser(id, { surname: 'New' });
  await cycle(here);
  expect(here.team.members().map(({ surname }) => surname)).toEqual(['New', 'New', 'New', 'New']);
  expect(await lastCycle(here)).toMatchObject({ kind: 'incremental', changed: 4, scheduled: 4 });
});

test('joins and renames of groups follow', async () => {
  const here = await atRest();
  here.entra.setMember('design', 'bob', true);
  here.entra.renameGroup('design', 'Studio');
  await passMinutes(here, 2);
  expect(teamLines(here)).toContain('bob (invited): Studio');
  expect(here.team.groups()).toMatchObject([{ name: 'Studio', externalId: 'design' }]);
});

test('whom Entra names is taken out at once, and who is only missing is held', async () => {
  const here = await atRest();
  here.entra.changeUser('ada', { accountEnabled: false });
  here.entra.changeUser('bob', { state: 'soft' });
  here.entra.changeUser('cleo', { state: 'hard' });
  here.entra.setMember('design', 'dan', false);
  await passMinutes(here, 3);
  expect(held(here).toSorted()).toEqual([
    'e:design:dan remove leftGroup',
    // Ada is the admin who authorised us.
    'u:ada suspend blocked',
    'u:dan suspend notAssigned',
  ]);
});

/** A stream whose every page leads to itself. */
function endless(): (link: string) => Promise<StreamPage<never>> {
  let asked = 0;
  return async (link) => {
    asked += 1;
    if (asked > 50) throw new Error('a page was asked for again and again');
    return { items: [], next: { kind: 'next', link } };
  };
}

describe('a page that names itself as next', () => {
  test('ends the cycle instead of going round for ever, and keeps the way back', async () => {
    const here = await atRest();
    const before = (await loadCycleState(here.tables))?.value.users;
    here.graph.replace({ readUserChanges: endless() });
    await cycle(here);
    expect(await lastCycle(here)).toMatchObject({
      outcome: 'failed',
      error: 'cannot read the users stream: a page names itself as next',
    });
    expect((await loadCycleState(here.tables))?.value.users).toEqual(before);
    here.graph.replace({});
    here.entra.changeUser('ada', { surname: 'New' });
    await passMinutes(here, 3);
    expect(here.team.members()[0]).toMatchObject({ surname: 'New' });
  });
});

describe('a page that Graph has forgotten', () => {
  test('starts its round again from where the last one ended, and loses no change', async () => {
    const here = await atRest();
    for (const id of ['ada', 'bob', 'cleo']) here.entra.changeUser(id, { surname: 'New' });
    let isFirst = true;
    here.graph.replace({
      readUserChanges: async (link) => {
        const page = await here.entra.readUserChanges(link);
        if (isFirst) here.entra.expirePages();
        isFirst = false;
        return page;
      },
    });
    await cycle(here);
    expect(here.team.members().map(({ surname }) => surname)).toEqual([
      'New',
      'New',
      'New',
      'Example',
    ]);
    expect((await loadCycleState(here.tables))?.value).toMatchObject({
      phase: 'done',
      restarts: 1,
    });
  });

  test('again and again is left in peace for a minute after three new starts', async () => {
    const here = await atRest();
    here.graph.replace({
      readUserChanges: () => Promise.reject(new PageExpiredError('expired')),
    });
    here.graph.forgetCalls();
    await cycle(here);
    expect(here.graph.calls.filter((call) => call === 'readUserChanges')).toHaveLength(4);
    here.graph.forgetCalls();
    here.clock.jump(59_000);
    await cycle(here);
    expect(here.graph.calls).toEqual([]);
    here.graph.replace({});
    here.entra.changeUser('ada', { surname: 'New' });
    here.clock.jump(1_000);
    await cycle(here);
    expect(here.team.members()[0]).toMatchObject({ surname: 'New' });
  });
});

describe('a stream whose position Graph has forgotten', () => {
  for (const stream of ['users', 'groups'] as const) {
    test(`${stream}: everything is read again, all links are kept and nobody is invited twice`, async () => {
      const here = await atRest();
      const before = (await userRow(here, 'ada')).applied;
      here.team.accept(before.memberId ?? '');
      here.entra.changeUser('ada', { givenName: 'Augusta' });
      here.entra.resetStream(stream);
      await passMinutes(here, 2);
      expect(here.log.named('streamReset')).toHaveLength(1);
      expect((await userRow(here, 'ada')).applied.memberId).toBe(before.memberId);
      expect(here.team.invitations()).toBe(4);
      expect(here.team.members()[0]).toMatchObject({ givenName: 'Augusta' });
    });
  }

  test('somebody soft-deleted, whom the lists leave out, keeps their memberships', async () => {
    const here = await atRest();
    here.entra.changeUser('dan', { state: 'soft' });
    await passMinutes(here, 1);
    here.entra.resetStream('users');
    here.entra.resetStream('groups');
    await passMinutes(here, 20);
    expect(held(here)).toEqual([]);
    expect(here.team.writes.map(({ kind }) => kind)).not.toContain('removeGroupMembers');
  });

  test('a person who vanished meanwhile is held as missing, never as deleted', async () => {
    const here = await atRest();
    here.entra.setMember('design', 'dan', false);
    here.entra.changeUser('bob', { state: 'hard' });
    here.entra.resetStream('users');
    here.entra.resetStream('groups');
    await passMinutes(here, 2);
    expect(held(here).toSorted()).toEqual([
      'e:design:dan remove leftGroup',
      'u:bob suspend notAssigned',
      'u:dan suspend notAssigned',
    ]);
  });
});

test('a Graph that asks for patience is left in peace for as long, and the cycle goes on where it was', async () => {
  const here = await atRest();
  here.entra.changeUser('ada', { surname: 'New' });
  here.graph.failOnce('readUserChanges', new TransientError('429', 150_000));
  await cycle(here);
  here.graph.forgetCalls();
  here.clock.jump(149_000);
  await cycle(here);
  expect(here.graph.calls).toEqual([]);
  here.clock.jump(1_000);
  await cycle(here);
  expect(here.team.members()[0]).toMatchObject({ surname: 'New' });
  expect(pending(here)).toEqual([]);
});
