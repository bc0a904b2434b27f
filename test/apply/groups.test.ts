import { describe, expect, test } from 'vitest';
import { LostAnswerError } from '../../shared/model/errors.ts';
import { groupRow, held, logLines, pending, teamLines } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { world, type WorldBuilder } from '../world/world.ts';

function designers(): WorldBuilder {
  return world()
    .user('ada', { unassigned: true })
    .group('design', ['ada'], { displayName: 'Design' });
}

test('a group is created with its name and our id, managed by the company, and filled', async () => {
  const here = designers().build();
  await passMinutes(here, 3);
  expect(here.team.groups()).toMatchObject([
    { name: 'Design', externalId: 'design', management: 'company' },
  ]);
  expect(teamLines(here)).toEqual(['ada (invited): Design']);
  expect((await groupRow(here, 'design')).applied).toMatchObject({
    origin: 'created',
    error: null,
  });
});

test('an empty group is created too', async () => {
  const here = world().group('design', []).build();
  await passMinutes(here, 2);
  expect(here.team.groups()).toHaveLength(1);
});

test('a group that is renamed in Entra is renamed in Dropbox', async () => {
  const here = designers().build();
  await passMinutes(here, 3);
  here.entra.renameGroup('design', 'Studio');
  await passMinutes(here, 2);
  expect(here.team.groups()).toMatchObject([{ name: 'Studio' }]);
  expect(logLines(here)).toContain('g:design updateGroup applied');
});

test('a group that carries our id is taken over and renamed, whoever was in it stays', async () => {
  const memberIds = new Set(['dbmid:zoe']);
  const here = designers()
    .member('zoe')
    .teamGroup('Old', { externalId: 'design', memberIds })
    .build();
  await passMinutes(here, 3);
  expect(here.team.groups()).toMatchObject([{ groupId: 'g:Old', name: 'Design' }]);
  expect(teamLines(here)).toEqual(['zoe (active): Design', 'ada (invited): Design']);
});

describe('a group of the same name that is not ours', () => {
  test('is left alone, and the person reading the log learns what to do', async () => {
    const here = designers().teamGroup('DESIGN').build();
    await passMinutes(here, 3);
    expect(here.team.writes.map(({ kind }) => kind)).toEqual(['inviteMembers']);
    expect(logLines(here)).toContain('g:design none skipped groupNameTaken');
    expect(teamLines(here)).toEqual(['ada (invited)']);
  });

  test('is adopted where that is configured, marked with our id, and filled', async () => {
    const here = designers().teamGroup('Design').build({ adoptGroupsByName: true });
    await passMinutes(here, 3);
    expect(here.team.groups()).toMatchObject([{ groupId: 'g:Design', externalId: 'design' }]);
    expect(teamLines(here)).toEqual(['ada (invited): Design']);
    expect((await groupRow(here, 'design')).applied.origin).toBe('adopted');
  });

  test('that Dropbox keeps itself is never adopted', async () => {
    const here = designers()
      .teamGroup('Design', { management: 'system' })
      .build({ adoptGroupsByName: true });
    await passMinutes(here, 3);
    expect(logLines(here)).toContain('g:design none skipped groupNameTaken');
  });

  test('and came after the team was listed is a refusal, tried again after six hours', async () => {
    const here = designers().teamGroup('Design').build();
    here.dropbox.replace({ readGroups: async () => ({ items: [], cursor: '', hasMore: false }) });
    await passMinutes(here, 2);
    expect((await groupRow(here, 'design')).applied.error).toMatchObject({
      code: 'group_name_already_used',
    });
    expect(pending(here).join()).toContain('groups g:design in 6 h');
  });
});

describe('a creation whose answer is lost', () => {
  for (const when of ['before', 'after'] as const) {
    test(`${when} it took effect ends with one group, ours and filled`, async () => {
      const here = designers().build();
      here.dropbox.failOnce('createGroup', new LostAnswerError('reset'), when);
      await passMinutes(here, 4);
      expect(here.team.groups()).toHaveLength(1);
      expect(teamLines(here)).toEqual(['ada (invited): Design']);
      expect(here.team.writes.filter(({ kind }) => kind === 'createGroup')).toHaveLength(1);
    });
  }
});

test('a group that is unassigned is held, and keeps its name and its members', async () => {
  const here = designers().build();
  await passMinutes(here, 3);
  const writes = here.team.writes.length;
  here.entra.setAssigned('design', false);
  here.entra.renameGroup('design', 'Studio');
  await passMinutes(here, 3);
  expect(here.team.writes).toHaveLength(writes);
  expect(held(here)).toContain('g:design remove groupNotAssigned');
  expect(teamLines(here)).toEqual(['ada (invited): Design']);
});

test('a linked group that was deleted in Dropbox is a refusal that names it', async () => {
  const here = designers().build();
  await passMinutes(here, 3);
  here.dropbox.replace({
    updateGroup: async () => ({ kind: 'refused', refusal: { tag: 'group_not_found' } }),
  });
  here.entra.renameGroup('design', 'Studio');
  await cycle(here);
  expect((await groupRow(here, 'design')).applied.error).toMatchObject({ code: 'group_not_found' });
  expect(logLines(here)).toContain('g:design updateGroup failed group_not_found');
});
