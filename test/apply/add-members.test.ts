import { describe, expect, test } from 'vitest';
import { LostAnswerError } from '../../shared/model/errors.ts';
import { loadEdges, loadMarkers, type EdgeRow } from '../../shared/rows/edges.ts';
import { groupRow, logLines, pending, teamLines } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { world, type World, type WorldOptions } from '../world/world.ts';

function names(count: number): readonly string[] {
  return Array.from(
    { length: count },
    (_, index) => `${(index % 16).toString(16)}${1_000 + index}`,
  );
}

/** A group of people who are on the team already, by our id; so only the group is left to do. */
function fullGroup(count: number, options: WorldOptions = {}): World {
  const builder = world();
  for (const name of names(count)) {
    builder.user(name, { unassigned: true }).member(name, { externalId: name });
  }
  return builder.group('design', names(count)).build({ pageSize: 999, ...options });
}

function additions({ team }: World): readonly number[] {
  return team.writes.flatMap((write) =>
    write.kind === 'addGroupMembers' ? [write.memberIds.length] : [],
  );
}

async function edge(here: World, userId: string): Promise<EdgeRow> {
  const [found] = await loadEdges(here.tables, 'design', [userId]);
  if (found === undefined) throw new Error('no edge');
  return found;
}

async function marked(here: World): Promise<readonly string[]> {
  return (await loadMarkers(here.tables, 'design', { limit: 1_000 })).map(({ userId }) => userId);
}

async function pass(here: World, minutes: number): Promise<void> {
  await passMinutes(here, minutes);
}

test('people are added a hundred to a call, however many there are', async () => {
  const here = fullGroup(230);
  await pass(here, 4);
  expect(additions(here)).toEqual([100, 100, 30]);
  expect(here.team.groups()[0]?.memberIds.size).toBe(230);
  expect(await marked(here)).toEqual([]);
  expect(await edge(here, names(1)[0] ?? '')).toMatchObject({ applied: true, ours: true });
});

test('a group of more than five hundred is filled in several turns', async () => {
  const here = fullGroup(620);
  await pass(here, 5);
  expect(here.team.groups()[0]?.memberIds.size).toBe(620);
  expect(additions(here)).toHaveLength(7);
  expect(pending(here)).toEqual([]);
});

describe('people who are not on the team yet', () => {
  test('are left marked, and ring for the group when they are', async () => {
    let isRefused = true;
    const here = world()
      .user('ada', { unassigned: true })
      .user('bob', { unassigned: true })
      .group('design', ['ada', 'bob'])
      .build({
        refuse: ({ externalId }) =>
          isRefused && externalId === 'bob' ? 'team_license_limit' : undefined,
      });
    await pass(here, 3);
    expect(teamLines(here)).toEqual(['ada (invited): design']);
    expect(await marked(here)).toEqual(['bob']);
    isRefused = false;
    await pass(here, 16);
    expect(teamLines(here)).toEqual(['ada (invited): design', 'bob (invited): design']);
    expect(await marked(here)).toEqual([]);
  });

  test('hide nobody behind them, be they ever so many, and keep no worker busy', async () => {
    const builder = world();
    const waiting = names(600);
    for (const name of waiting) builder.user(name, { unassigned: true });
    builder.user('zoe', { unassigned: true }).member('zoe', { externalId: 'zoe' });
    const here = builder.group('design', [...waiting, 'zoe']).build({
      pageSize: 999,
      refuse: () => 'team_license_limit',
    });
    await pass(here, 3);
    expect(teamLines(here)).toEqual(['zoe (active): design']);
    expect(await marked(here)).toHaveLength(600);
    expect(pending(here).filter((line) => line.includes('g:design'))).toEqual([]);
  });
});

describe('people who are in the group already', () => {
  test('count as ours from then on, and only the others are added', async () => {
    const memberIds = new Set(names(3).map((name) => `dbmid:${name}`));
    const builder = world();
    for (const name of names(5)) {
      builder.user(name, { unassigned: true }).member(name, { externalId: name });
    }
    const here = builder
      .group('design', names(5))
      .teamGroup('design', { externalId: 'design', memberIds })
      .build({ pageSize: 99 });
    await pass(here, 3);
    expect(here.team.groups()[0]?.memberIds.size).toBe(5);
    expect(additions(here)).toEqual([5, 2]);
    for (const name of names(5)) {
      expect(await edge(here, name)).toMatchObject({ applied: true, ours: true });
    }
  });
});

describe('a call that fails as a whole', () => {
  test('because of one person is halved until that one stands alone', async () => {
    const here = fullGroup(8);
    const bad = `dbmid:${names(8)[5]}`;
    here.dropbox.replace({
      addGroupMembers: async (groupId, memberIds) =>
        memberIds.includes(bad)
          ? { kind: 'refused', refusal: { tag: 'users_not_found', offenders: [bad] } }
          : here.team.addGroupMembers(groupId, memberIds),
    });
    await pass(here, 3);
    expect(here.team.groups()[0]?.memberIds.has(bad)).toBe(false);
    expect((await groupRow(here, 'design')).applied.error).toMatchObject({
      code: 'users_not_found',
    });
    expect(logLines(here)).toContain('g:design addGroupMembers failed users_not_found');
    expect(pending(here)).toContain('groups g:design in 6 h');
  });
});

describe('an addition whose answer is lost', () => {
  for (const when of ['before', 'after'] as const) {
    test(`${when} it took effect is read back, and the edges count as ours`, async () => {
      const here = fullGroup(3);
      here.dropbox.failOnce('addGroupMembers', new LostAnswerError('reset'), when);
      await pass(here, 4);
      expect(here.team.groups()[0]?.memberIds.size).toBe(3);
      expect(additions(here)).toEqual([3]);
      expect(await edge(here, names(1)[0] ?? '')).toMatchObject({
        applied: true,
        ours: true,
        intendedAt: 0,
      });
    });
  }
});

test('somebody who left before anybody looked is not added', async () => {
  const here = fullGroup(3);
  await here.setOperator({ status: 'on', paused: false });
  await pass(here, 3);
  const name = names(1)[0] ?? '';
  await here.setOperator({ status: 'planOnly', paused: false });
  here.clock.jump(3_000);
  here.entra.setMember('design', name, false);
  await cycle(here);
  here.entra.setMember('design', name, true);
  await cycle(here);
  expect(additions(here)).toEqual([3]);
});
