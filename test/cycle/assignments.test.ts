import { describe, expect, test } from 'vitest';
import { PageExpiredError, TransientError } from '../../shared/model/errors.ts';
import { loadHeartbeat } from '../../shared/rows/job.ts';
import { groupRow, held, teamLines, userRow } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { world } from '../world/world.ts';

test('an unchanged list of assignments costs its read and no look at the table', async () => {
  const here = world().user('ada').group('design', ['ada']).build();
  await passMinutes(here, 3);
  here.graph.forgetCalls();
  await cycle(here);
  expect(here.graph.calls.toSorted()).toEqual([
    'readApp',
    'readAssignments',
    'readGroupChanges',
    'readUserChanges',
  ]);
});

test('somebody newly assigned is read by id and invited', async () => {
  const here = world().user('ada').user('bob', { unassigned: true }).build();
  await passMinutes(here, 2);
  here.entra.setAssigned('bob', true);
  here.graph.forgetCalls();
  await passMinutes(here, 2);
  expect(here.graph.calls.filter((call) => call === 'readByIds')).toHaveLength(1);
  expect(teamLines(here)).toEqual(['ada (invited)', 'bob (invited)']);
});

test('the members of a newly assigned group arrive, and later changes of the group are followed', async () => {
  const here = world()
    .user('ada', { unassigned: true })
    .user('bob', { unassigned: true })
    .group('design', ['ada'], { unassigned: true })
    .build();
  await passMinutes(here, 1);
  expect(teamLines(here)).toEqual([]);
  here.entra.setAssigned('design', true);
  await passMinutes(here, 2);
  expect(teamLines(here)).toEqual(['ada (invited): design']);
  here.entra.setMember('design', 'bob', true);
  await passMinutes(here, 2);
  expect(teamLines(here)).toEqual(['ada (invited): design', 'bob (invited): design']);
});

describe('what is no longer assigned', () => {
  test('is held: the group, and whoever was in scope only because of it', async () => {
    const here = world()
      .user('ada')
      .user('bob', { unassigned: true })
      .group('design', ['ada', 'bob'])
      .build();
    await passMinutes(here, 3);
    here.entra.setAssigned('design', false);
    await passMinutes(here, 2);
    expect(held(here).toSorted()).toEqual([
      'g:design remove groupNotAssigned',
      'u:bob suspend notAssigned',
    ]);
    expect((await userRow(here, 'ada')).desired.because).toEqual(['role:role-user']);
    expect(teamLines(here)).toEqual(['ada (invited): design', 'bob (invited): design']);
  });

  test('and assigned again is let go, and nobody is invited twice', async () => {
    const here = world().user('bob', { unassigned: true }).group('design', ['bob']).build();
    await passMinutes(here, 3);
    here.entra.setAssigned('design', false);
    await passMinutes(here, 1);
    here.entra.setAssigned('design', true);
    await passMinutes(here, 3);
    expect(held(here)).toEqual([]);
    expect(here.team.invitations()).toBe(1);
    expect(await groupRow(here, 'design')).toMatchObject({ desired: { takes: 'none' } });
  });
});

test('assignments that give nobody access are counted for the operator', async () => {
  const here = world().user('ada').build();
  const one = { principalKind: 'user', principalName: '', roleId: 'r-unknown' } as const;
  here.graph.replace({
    readAssignments: async () => ({ items: [{ ...one, principalId: 'ada' }] }),
  });
  await cycle(here);
  expect((await loadHeartbeat(here.tables)).value.excluded).toEqual({ unknownRole: 1 });
  expect(teamLines(here)).toEqual([]);
});

test('a list of assignments that leads back to itself ends the cycle, and nobody loses anything by it', async () => {
  const here = world().user('ada').build();
  await passMinutes(here, 2);
  here.graph.replace({ readAssignments: async () => ({ items: [], nextLink: 'the same' }) });
  await cycle(here);
  const { lastCycle } = (await loadHeartbeat(here.tables)).value;
  expect(lastCycle).toMatchObject({
    outcome: 'failed',
    error: 'cannot read the assignments: a page names itself as next',
  });
  expect(held(here)).toEqual([]);
});

describe('a group whose members cannot be read', () => {
  test('holds up no other group, and is tried again in the next cycle', async () => {
    const here = world()
      .user('ada', { unassigned: true })
      .user('bob', { unassigned: true })
      .group('design', ['ada'])
      .group('sales', ['bob'])
      .build();
    const error = new TransientError('503', 1_000);
    here.graph.replace({
      readFirstMembers: async (ids) => {
        const answers = await here.entra.readFirstMembers(ids);
        return new Map(answers).set('design', { kind: 'failed', error });
      },
    });
    await passMinutes(here, 2);
    expect(teamLines(here)).toEqual(['bob (invited): sales']);
    expect(here.log.named('groupMembersUnread')[0]).toEqual({ groupId: 'design', reason: '503' });
    here.graph.replace({});
    await passMinutes(here, 3);
    expect(teamLines(here)).toEqual(['bob (invited): sales', 'ada (invited): design']);
  });

  test('whose next page Graph has forgotten is read again from its first page', async () => {
    const names = ['ada', 'bob', 'cleo', 'dan'];
    const builder = world();
    for (const name of names) builder.user(name, { unassigned: true });
    const here = builder.group('design', names).build();
    let forgotten = 0;
    here.graph.replace({
      readMoreMembers: (link) => {
        forgotten += 1;
        if (forgotten === 1) return Promise.reject(new PageExpiredError('expired'));
        return here.entra.readMoreMembers(link);
      },
    });
    await passMinutes(here, 3);
    expect(forgotten).toBeGreaterThan(1);
    expect(teamLines(here)).toEqual(names.map((name) => `${name} (invited): design`));
    expect(held(here)).toEqual([]);
  });
});
