import { expect, test } from 'vitest';
import { describeWrite } from './describe-write.ts';

const member = (email: string) => ({ kind: 'member' as const, id: 'dbmid:1', email });
const group = { kind: 'group' as const, id: 'g:1', name: 'Design' };

test.each([
  ['members/add_v2', {}, [member('a@x.example')], 'invited a@x.example'],
  ['members/add_v2', {}, [], 'invited people, by a job that Dropbox does later'],
  ['members/add_v2', {}, ['a', 'b', 'c', 'd', 'e'].map(member), 'invited a, b, c and 2 more'],
  ['members/set_profile_v2', {}, [member('a@x.example')], 'updated a@x.example'],
  ['groups/create', {}, [group], 'created the group Design'],
  ['groups/update', {}, [group], 'updated the group Design'],
  ['groups/members/add', { members: [{}, {}] }, [group], 'added 2 to Design'],
  ['members/suspend', {}, [member('a@x.example')], 'members/suspend a@x.example'],
])('%s is told in words', (route, argument, changed, line) => {
  expect(
    describeWrite({ sequence: 1, route: `/2/team/${route}`, argument, result: { changed } }),
  ).toBe(line);
});
