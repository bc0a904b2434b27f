import { describe, expect, test } from 'vitest';
import { documentSchema } from '../dropbox/team-document.ts';
import { directorySchema } from '../entra/directory-schema.ts';
import { expectTeam } from '../oracle/expect-team.ts';
import { generateWorld } from './generate-world.ts';

const company = generateWorld({ users: 1000, groups: 40, seed: 7 });

describe('a generated world', () => {
  test('is the same for the same seed, ids included, and another for another seed', () => {
    const size = { users: 120, groups: 9 };
    const first = generateWorld({ ...size, seed: 3 });
    expect(generateWorld({ ...size, seed: 3 })).toEqual(first);
    expect(generateWorld({ ...size, seed: 4 })).not.toEqual(first);
  });

  test.each([
    { users: 0, groups: 0 },
    { users: 1, groups: 0 },
    { users: 5, groups: 1 },
    { users: 17, groups: 3 },
    { users: 300, groups: 24 },
  ])('is what the emulators take, with $users people and $groups groups', (size) => {
    const { directory, team } = generateWorld({ ...size, seed: 1 });
    expect(directorySchema.parse(directory)).toEqual(directory);
    expect(documentSchema.parse(team)).toEqual(team);
    expect(directory.users).toHaveLength(size.users);
    expect(expectTeam({ directory, team }).inScope.groups).toBe(size.groups);
  });

  test('has ids and sign-in names that nobody shares, spread over all partitions', () => {
    const { users, groups } = company.directory;
    const ids = [...users, ...groups].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const names = users.map((user) => user['userPrincipalName']);
    expect(new Set(names).size).toBe(names.length);
    const perDigit = Map.groupBy(users, ({ id }) => id.slice(0, 1));
    expect(perDigit.size).toBe(16);
    for (const people of perDigit.values()) expect(people.length).toBeGreaterThan(40);
  });

  test('puts nearly everybody in scope, and leaves some out for each reason there is', () => {
    const expected = expectTeam(company);
    expect(expected.inScope.people).toBeGreaterThan(900);
    expect(new Set(expected.skipped.map(({ reason }) => reason))).toEqual(
      new Set([
        'blocked',
        'noDeliverableAddress',
        'addressRefused',
        'nameRefused',
        'duplicateAddress',
        'foreignExternalId',
        'refusedByDropbox',
      ]),
    );
    expect(new Set(expected.skippedGroups.map(({ reason }) => reason))).toEqual(
      new Set(['groupNameTaken', 'duplicateGroupName']),
    );
    expect(new Set(expected.excluded.map(({ reason }) => reason))).toEqual(
      new Set(['defaultAccess', 'roleDisabled']),
    );
    expect(new Set(expected.members.map(({ origin }) => origin))).toEqual(
      new Set(['invited', 'adopted', 'linked', 'stranger']),
    );
  });

  test('assigns about every fifth person directly, some of them by a group as well', () => {
    const { users, groups, assignments } = company.directory;
    const direct = new Set(
      assignments.filter(({ principalType }) => principalType === 'User').map((a) => a.principalId),
    );
    expect(direct.size).toBeGreaterThan(150);
    expect(direct.size).toBeLessThan(250);
    const inGroups = new Set(groups.flatMap(({ members }) => members.map(({ id }) => id)));
    expect(users.some(({ id }) => direct.has(id) && inGroups.has(id))).toBe(true);
    expect(users.some(({ id }) => direct.has(id) && !inGroups.has(id))).toBe(true);
  });

  test('has overlapping, empty, nested, dynamic and mixed groups, and some that nobody assigned', () => {
    const { groups, assignments } = company.directory;
    const assigned = new Set(assignments.map(({ principalId }) => principalId));
    const kinds = groups.flatMap(({ members }) => members.map(({ kind }) => kind));
    expect(new Set(kinds)).toEqual(new Set(['user', 'group', 'device', 'servicePrincipal']));
    expect(groups.some(({ members }) => members.length === 0)).toBe(true);
    expect(groups.some((group) => group['membershipRule'] !== undefined)).toBe(true);
    expect(groups.some(({ id }) => !assigned.has(id))).toBe(true);
    const edges = groups.flatMap(({ members }) => members.map(({ id }) => id));
    expect(edges.length).toBeGreaterThan(new Set(edges).size);
  });

  test('starts from a team with two admins, strangers, people in every state and a group of ours', () => {
    const { members, groups, team } = company.team;
    expect(members.filter(({ isAdmin }) => isAdmin)).toHaveLength(2);
    expect(new Set(members.map(({ status }) => status))).toEqual(
      new Set(['active', 'invited', 'suspended']),
    );
    expect(groups.filter(({ externalId }) => externalId !== undefined)).toHaveLength(1);
    expect(team.licences).toBeGreaterThan(expectTeam(company).members.length);
  });
});
