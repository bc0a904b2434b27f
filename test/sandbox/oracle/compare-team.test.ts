import { expect, test } from 'vitest';
import type { TeamDocument } from '../dropbox/team-types.ts';
import { compareTeam } from './compare-team.ts';
import { expectTeam } from './expect-team.ts';
import { worldInWords } from './world-in-words.ts';

const world = worldInWords({
  users: { ada: {} },
  groups: { design: ['ada'] },
  assigned: ['design'],
  members: [{ email: 'boss@corp.example', memberId: 'dbmid:boss' }],
});
const expected = expectTeam(world);

const boss = {
  memberId: 'dbmid:boss',
  email: 'boss@corp.example',
  givenName: 'Some',
  surname: 'Body',
  status: 'active',
} as const;
const ada = {
  memberId: 'dbmid:ada',
  email: 'ada@corp.example',
  externalId: 'ada',
  givenName: 'ada',
  surname: 'Smith',
  status: 'invited',
} as const;
const design = {
  groupId: 'g:1',
  name: 'design',
  externalId: 'design',
  management: 'company_managed',
  members: [{ memberId: 'dbmid:ada', accessType: 'member' }],
} as const;

function differences(set: Partial<TeamDocument>): readonly string[] {
  return compareTeam(expected, { ...world.team, members: [boss, ada], groups: [design], ...set });
}

test('finds nothing to say of a team that is as expected', () => {
  expect(differences({})).toEqual([]);
});

test('looks away from removed people and from groups that Dropbox keeps', () => {
  const gone = {
    ...boss,
    memberId: 'dbmid:2',
    email: 'gone@corp.example',
    status: 'removed',
  } as const;
  const everyone = { name: 'Everyone', management: 'system_managed' } as const;
  expect(differences({ members: [boss, ada, gone], groups: [design, everyone] })).toEqual([]);
});

test('names members who are missing, unexpected or not as they should be', () => {
  const stranger = { ...boss, memberId: 'dbmid:9', email: 'who@corp.example' };
  const renamed = { ...boss, surname: 'Bodie', status: 'suspended' } as const;
  expect(differences({ members: [renamed, stranger] })).toEqual([
    'member boss@corp.example: surname is "Bodie" instead of "Body"',
    'member boss@corp.example: status is suspended instead of active',
    'member ada@corp.example is missing',
    'member who@corp.example is there although nobody expects it',
    'group design: edge to ada@corp.example is absent instead of member',
    'group design: edge to id dbmid:ada is member instead of absent',
  ]);
});

test('names groups and edges that are not as they should be', () => {
  const members = [{ email: 'boss@corp.example', accessType: 'owner' }] as const;
  const wrong = { ...design, name: 'Design', externalId: 'x', management: 'user_managed', members };
  expect(differences({ groups: [{ ...wrong, management: 'user_managed' }] })).toEqual([
    'group design: name is "Design" instead of "design"',
    'group design: external id is x instead of design',
    'group design: management is user_managed instead of company_managed',
    'group design: edge to ada@corp.example is absent instead of member',
    'group design: edge to boss@corp.example is owner instead of absent',
  ]);
  expect(differences({ groups: [] })).toEqual(['group design is missing']);
});
