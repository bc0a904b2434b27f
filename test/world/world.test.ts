import { expect, test } from 'vitest';
import { passMinutes } from './run.ts';
import { logLines, pending, teamLines } from './look.ts';
import { world } from './world.ts';

test('a small tenant arrives in an empty team, groups and all', async () => {
  const here = world()
    .user('ada')
    .user('bob', { unassigned: true })
    .user('cleo', { unassigned: true })
    .group('design', ['ada', 'bob'])
    .build();
  await passMinutes(here, 3);
  expect(teamLines(here)).toEqual(['ada (invited): design', 'bob (invited): design']);
  expect(logLines(here)).toEqual([
    'u:bob inviteMember applied',
    'u:ada inviteMember applied',
    'g:design createGroup applied',
    'g:design addGroupMembers applied',
  ]);
  expect(pending(here)).toEqual([]);
});

test('whoever was on the team before is adopted, and strangers are left alone', async () => {
  const here = world().user('ada', { givenName: 'Ada' }).member('ada').member('zoe').build();
  await passMinutes(here, 2);
  expect(teamLines(here)).toEqual(['ada (active)', 'zoe (active)']);
  expect(here.team.members()).toMatchObject([
    { givenName: 'Ada', externalId: 'ada' },
    { memberId: 'dbmid:zoe', givenName: 'zoe' },
  ]);
  expect(here.team.writes).toEqual([{ kind: 'updateMember', memberId: 'dbmid:ada' }]);
});
