import { describe, expect, test } from 'vitest';
import { generateWorld } from '../directory/generate-world.ts';
import { expectTeam } from '../oracle/expect-team.ts';
import { worldInWords } from '../oracle/world-in-words.ts';
import { computeFloor, writeFloor } from './floor.ts';

type Words = Parameters<typeof worldInWords>[0];

function floorOf(words: Words) {
  const world = worldInWords(words);
  return computeFloor(world.directory, world.team, expectTeam(world));
}

/** `p0` to `p<n-1>`. */
function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `p${index}`);
}

function usersOf(people: readonly string[]): NonNullable<Words['users']> {
  return Object.fromEntries(people.map((name) => [name, {}]));
}

describe('the floor of Graph requests', () => {
  test('is nine for the reference case: 1,000 people, 40 groups, 200 of them assigned directly', () => {
    const people = names(1000);
    const groups = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `g${index}`,
        people.slice(index * 20, index * 20 + 20),
      ]),
    );
    const assigned = [...Object.keys(groups), ...people.slice(800)];
    expect(floorOf({ users: usersOf(people), groups, assigned }).graph).toBe(9);
  });

  test('counts further pages of big groups, and batches of people and groups', () => {
    const people = names(2000);
    const big = { users: usersOf(people), groups: { big: people }, assigned: ['big'] };
    // 2 links, 1 app, 1 page of assignments, 1 batch of groups, 2 further pages, 0 direct, 2 streams
    expect(floorOf(big).graph).toBe(9);
    const direct = { users: usersOf(people), assigned: people.slice(0, 301) };
    // 2, 1, 1, no group, 301 people in 21 parts in 2 batches, 2
    expect(floorOf(direct).graph).toBe(8);
  });

  test('of a quiet cycle is two streams and the pages of assignments', () => {
    const people = names(1000);
    expect(floorOf({ users: usersOf(people), assigned: people }).graphPerIncrementalCycle).toBe(4);
    expect(floorOf({}).graphPerIncrementalCycle).toBe(3);
  });
});

describe('the floor of Dropbox requests', () => {
  test('is two listings and a probe where nothing is to be done', () => {
    expect(floorOf({}).dropbox).toBe(3);
  });

  test('adds invitations by twenty, memberships by hundred, and one for each other change', () => {
    const people = names(101);
    const world = worldInWords({
      users: usersOf([...people, 'ada']),
      groups: { all: people, few: people.slice(0, 3), old: ['p0'] },
      assigned: ['all', 'few', 'old', 'ada'],
      members: [{ email: 'ada@corp.example' }],
      teamGroups: [{ name: 'before', externalId: 'old' }],
    });
    const expected = expectTeam(world);
    // 6 calls for 101 invitations, 1 adoption, 2 groups made and 1 renamed, 2 + 1 + 1 calls for memberships
    expect(writeFloor(expected, { isFirst: true })).toBe(14);
    expect(computeFloor(world.directory, world.team, expected).dropbox).toBe(17);
  });

  test('is no write at all for a team that is as expected, whoever waits in escrow', () => {
    const world = generateWorld({ users: 300, groups: 6, seed: 1 });
    const { members, groups, skipped } = expectTeam(world);
    expect(skipped.map(({ reason }) => reason)).toContain('refusedByDropbox');
    const team = {
      ...world.team,
      members: members.map(({ origin: _origin, changes: _changes, ...member }) => member),
      groups: groups.map(({ origin: _origin, changes: _changes, ...group }) => group),
    };
    const expected = expectTeam({ directory: world.directory, team });
    expect(writeFloor(expected, { isFirst: false })).toBe(0);
  });
});
