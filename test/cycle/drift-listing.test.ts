import { describe, expect, test } from 'vitest';
import { CursorExpiredError, ThrottledError, TransientError } from '../../shared/model/errors.ts';
import type { TeamMember, TeamPage } from '../../shared/model/target.ts';
import { loadRequest } from '../../shared/rows/requests.ts';
import { held, logLines, userRow } from '../world/look.ts';
import { passMinutes } from '../world/run.ts';
import { world, type World } from '../world/world.ts';
import { heartbeat, hourMs, idsOf, linkedTeam, nextDay, onRequest, settled } from './reconcile.ts';

const many = idsOf(30);

/** A team of thirty whom we manage. */
function bigTeam(): Promise<World> {
  return settled(linkedTeam(many).build());
}

/** Everything about our people that anybody goes by. */
function linksOf(here: World): unknown {
  return [here.tables.rows('Users'), held(here), here.team.writes.length, logLines(here)];
}

/** Dropbox lists the team otherwise from now on; the first page stands for all. */
function listAs(here: World, list: (page: TeamPage<TeamMember>) => Partial<TeamPage<TeamMember>>) {
  here.dropbox.replace({
    readMembers: async (cursor) => {
      const page = await here.team.readMembers(cursor);
      return { ...page, ...list(page) };
    },
  });
}

describe('nobody is touched and nobody unlinked', () => {
  test('where the listing of a large team comes back empty: it is doubted, and read again in an hour', async () => {
    const here = await bigTeam();
    const before = linksOf(here);
    listAs(here, () => ({ items: [], hasMore: false }));
    await nextDay(here);
    expect(linksOf(here)).toEqual(before);
    expect(here.log.named('teamListingDoubted')).toEqual([{ linked: 30, missing: 30 }]);
    expect(here.dropbox.calls.filter((call) => call === 'readMembersInfo')).toHaveLength(1);
    here.log.clear();
    await passMinutes(here, 57);
    expect(here.log.named('teamListingDoubted')).toEqual([]);
    await passMinutes(here, 4);
    expect(here.log.named('teamListingDoubted')).toHaveLength(1);
  });

  test('where most pages of the listing are lost', async () => {
    const here = await bigTeam();
    const before = linksOf(here);
    let pages = 0;
    listAs(here, ({ items }) => ({ items: ++pages <= 4 ? items : [] }));
    await nextDay(here);
    expect(linksOf(here)).toEqual(before);
    expect(here.log.named('teamListingDoubted')).toEqual([{ linked: 30, missing: 18 }]);
  });

  test('where one page is lost: those are asked about by id', async () => {
    const here = await bigTeam();
    const before = linksOf(here);
    let pages = 0;
    listAs(here, ({ items }) => ({ items: ++pages === 4 ? [] : items }));
    await nextDay(here);
    expect(linksOf(here)).toEqual(before);
    expect(here.log.named('teamListingShort')).toEqual([{ members: 3 }]);
    expect((await heartbeat(here)).drift).toEqual({ members: 0, gone: 0, strangers: 0 });
  });

  test('where the listing of a small team comes back empty', async () => {
    const here = await settled(linkedTeam(['ada', 'bob']).build());
    const before = linksOf(here);
    listAs(here, () => ({ items: [], hasMore: false }));
    await nextDay(here);
    expect(linksOf(here)).toEqual(before);
    expect(here.log.named('teamListingShort')).toEqual([{ members: 2 }]);
  });

  test('where Dropbox forgets its cursor again and again: the comparison is put off for an hour', async () => {
    const here = await bigTeam();
    const before = linksOf(here);
    here.dropbox.replace({
      readMembers: (cursor) =>
        cursor === undefined
          ? here.team.readMembers()
          : Promise.reject(new CursorExpiredError('invalid_cursor')),
    });
    await onRequest(here, 5);
    expect(linksOf(here)).toEqual(before);
    expect(here.dropbox.calls.filter((call) => call === 'readMembers')).toHaveLength(8);
    expect(await loadRequest(here.tables)).toBeUndefined();
    here.dropbox.replace({});
    here.dropbox.forgetCalls();
    here.clock.jump(hourMs);
    await passMinutes(here, 2);
    expect(here.dropbox.calls.filter((call) => call === 'readGroups')).toHaveLength(1);
  });
});

test('a cursor that is forgotten once costs a second listing, and what differs is found', async () => {
  const here = await bigTeam();
  here.team.changeByHand('dbmid:a020', { surname: 'Byron' });
  let pages = 0;
  here.dropbox.replace({
    readMembers: async (cursor) => {
      if (++pages === 5) here.team.forgetCursors();
      return here.team.readMembers(cursor);
    },
  });
  await nextDay(here);
  expect(here.dropbox.calls.filter((call) => call === 'readMembers')).toHaveLength(5 + 10);
  expect((await heartbeat(here)).drift).toMatchObject({ members: 1 });
});

test('an initial cycle whose cursor is forgotten again and again waits five minutes and begins anew', async () => {
  const builder = world();
  for (const id of idsOf(4)) builder.user(id).member(id);
  const here = builder.build();
  let isForgetful = true;
  here.dropbox.replace({
    readMembers: (cursor) =>
      cursor !== undefined && isForgetful
        ? Promise.reject(new CursorExpiredError('invalid_cursor'))
        : here.team.readMembers(cursor),
  });
  await passMinutes(here, 5);
  expect(here.dropbox.calls.filter((call) => call === 'readMembers')).toHaveLength(8);
  isForgetful = false;
  await passMinutes(here, 2);
  expect((await userRow(here, 'a003')).applied.memberId).toBe('dbmid:a003');
  expect(here.team.invitations()).toBe(0);
});

test('people who have truly gone, even most of them, are asked about a hundred at a time and held', async () => {
  const ids = idsOf(230);
  const here = await settled(linkedTeam(ids).build());
  for (const id of ids.slice(0, 210)) here.team.removeByHand(`dbmid:${id}`);
  here.dropbox.forgetCalls();
  const sizes: number[] = [];
  here.dropbox.replace({
    readMembersInfo: (selectors) => {
      sizes.push(selectors.length);
      return here.team.readMembersInfo(selectors);
    },
  });
  await nextDay(here, 1);
  // The sample, those who are not listed, and then the workers' own looks.
  expect(sizes.slice(0, 4)).toEqual([70, 100, 100, 10]);
  expect(held(here)).toHaveLength(210);
  expect((await heartbeat(here)).drift).toMatchObject({ gone: 210 });
  expect(here.team.invitations()).toBe(0);
});

test('strangers whom a short listing does not show are not thought to have left', async () => {
  const builder = linkedTeam(['ada', 'bob', 'cleo', 'dan']).member('zoe');
  const here = await settled(builder.build());
  listAs(here, ({ items }) => ({ items: items.slice(0, 1) }));
  const lines = logLines(here);
  await nextDay(here);
  expect((await heartbeat(here)).drift.strangers).toBe(1);
  expect(logLines(here)).toEqual(lines);
});

describe('a Dropbox that does not list its team', () => {
  const broken = new TransientError('503', 60_000);

  test('is asked again, and holds up for half an hour at most what Entra says of others', async () => {
    const here = await settled(linkedTeam(['ada', 'bob']).build());
    here.dropbox.replace({ readMembers: () => Promise.reject(broken) });
    await nextDay(here, 20);
    expect((await heartbeat(here)).lastCycle).toMatchObject({ outcome: 'failed' });
    await passMinutes(here, 15);
    expect((await heartbeat(here)).lastCycle).toMatchObject({ outcome: 'complete' });
    expect(here.log.named('driftPostponed')).toEqual([{ phase: 'team', message: '503' }]);
  });

  test('and is well again within the half hour is compared in the same cycle', async () => {
    const here = await settled(linkedTeam(['ada', 'bob']).build());
    here.team.changeByHand('dbmid:ada', { surname: 'Byron' });
    here.dropbox.replace({ readMembers: () => Promise.reject(broken) });
    await nextDay(here, 10);
    here.dropbox.replace({});
    await passMinutes(here, 3);
    expect(here.team.members()[0]).toMatchObject({ surname: 'Example' });
    expect(here.log.named('driftPostponed')).toEqual([]);
  });

  test('but asks for patience while people are asked about is asked no sooner by anybody', async () => {
    const here = await settled(linkedTeam(['ada', 'bob']).build());
    here.team.removeByHand('dbmid:ada');
    here.dropbox.failOnce('readMembersInfo', new ThrottledError('429', 90_000));
    await nextDay(here, 1);
    expect((await here.deps.brake.look({ fresh: true })).notBefore).toBeGreaterThan(
      here.clock.now(),
    );
    expect(held(here)).toEqual([]);
    await passMinutes(here, 4);
    expect(held(here)).toEqual(['x:ada remove memberGone']);
  });
});
