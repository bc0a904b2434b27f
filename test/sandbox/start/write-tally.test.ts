import { expect, test } from 'vitest';
import { expectTeam } from '../oracle/expect-team.ts';
import { worldInWords } from '../oracle/world-in-words.ts';
import { createWriteTally } from './write-tally.ts';

const world = worldInWords({
  users: { ada: {}, bob: {}, cleo: {} },
  groups: { design: ['ada', 'bob', 'cleo'] },
  assigned: ['design'],
  members: [{ email: 'cleo@corp.example' }],
});
const member = (id: string) => ({ kind: 'member' as const, id });
const invite = (...emails: readonly string[]) => ({
  sequence: 1,
  route: '/2/team/members/add_v2',
  argument: { new_members: emails.map((member_email) => ({ member_email })) },
  result: { changed: [] },
});

test('counts people, groups and memberships against what is expected, a repeated invitation once', () => {
  const tally = createWriteTally(expectTeam(world));
  expect(tally([])).toEqual({
    people: { done: 0, of: 3 },
    groups: { done: 0, of: 1 },
    edges: { done: 0, of: 3 },
    writes: 0,
  });
  tally([invite('Ada@corp.example', 'who@corp.example'), invite('ada@corp.example')]);
  const profile = {
    sequence: 2,
    route: '/2/team/members/set_profile_v2',
    argument: {},
    result: { changed: [member('dbmid:1')] },
  };
  const group = {
    sequence: 3,
    route: '/2/team/groups/create',
    argument: {},
    result: { changed: [{ kind: 'group' as const, id: 'g:1' }] },
  };
  const edges = {
    sequence: 4,
    route: '/2/team/groups/members/add',
    argument: { members: [{}, {}] },
    result: { changed: [] },
  };
  expect(tally([profile, group, edges])).toEqual({
    people: { done: 2, of: 3 },
    groups: { done: 1, of: 1 },
    edges: { done: 2, of: 3 },
    writes: 5,
  });
});
