import { describe, expect, test } from 'vitest';
import { expectTeam } from './expect-team.ts';
import { worldInWords } from './world-in-words.ts';

type Words = Parameters<typeof worldInWords>[0];

function people(words: Words): readonly string[] {
  const { members } = expectTeam(worldInWords(words));
  return members.map(({ email, origin }) => `${origin} ${email}`);
}

function reasons(words: Words): readonly string[] {
  const { skipped, skippedGroups, excluded } = expectTeam(worldInWords(words));
  return [...skipped, ...skippedGroups, ...excluded].map(({ id, reason }) => `${id}: ${reason}`);
}

function groups(words: Words, adoptGroupsByName = false): readonly string[] {
  const expected = expectTeam({ ...worldInWords(words), adoptGroupsByName });
  return expected.groups.map(({ origin, name, members }) =>
    [origin, name, ...members.map((edge) => `${edge.origin}:${edge.email}`)].join(' '),
  );
}

const ada = { ada: {} };
const adaAssigned = { users: ada, assigned: ['ada'] } as const;

describe('scope', () => {
  test('invites who is assigned directly, by a group, or by both, and once only', () => {
    const world = {
      users: { ada: {}, bob: {}, cleo: {}, dora: {} },
      groups: { design: ['bob', 'cleo'], sales: ['cleo'] },
      assigned: ['ada', 'cleo', 'design', 'sales'],
    } as const;
    expect(people(world)).toEqual([
      'invited ada@corp.example',
      'invited bob@corp.example',
      'invited cleo@corp.example',
    ]);
  });

  test('does not follow a group within a group', () => {
    const world = {
      users: ada,
      groups: { inner: ['ada'], outer: { members: [{ id: 'inner', kind: 'group' }] } },
      assigned: ['outer'],
    } as const;
    expect(people(world)).toEqual([]);
  });

  test('leaves out Default Access and switched-off roles, and says so unless another role counts', () => {
    const world = {
      users: { ada: {}, bob: {}, cleo: {}, dora: {} },
      groups: { visitors: ['cleo', 'dora'] },
      assigned: [['ada', 'default'], ['bob', 'off'], ['visitors', 'default'], 'dora'],
    } as const;
    expect(people(world)).toEqual(['invited dora@corp.example']);
    expect(reasons(world)).toEqual([
      'ada: defaultAccess',
      'bob: roleDisabled',
      'cleo: defaultAccess',
      'visitors: defaultAccess',
    ]);
  });

  test('counts Default Access in an app that declares no role for users', () => {
    const roles = [
      { id: 'machine', displayName: 'M', allowedMemberTypes: ['Application'] },
    ] as const;
    expect(people({ users: ada, roles, assigned: [['ada', 'default']] })).toHaveLength(1);
  });

  test('passes over deleted people and the members of deleted groups', () => {
    const world = {
      users: { ada: { deleted: 'soft' }, bob: {} },
      groups: { gone: { deleted: 'soft', members: [{ id: 'bob', kind: 'user' }] } },
      assigned: ['ada', 'gone'],
    } as const;
    expect(people(world)).toEqual([]);
    expect(reasons(world)).toEqual([]);
  });
});

describe('people', () => {
  test.each([
    [{ accountEnabled: false }, 'blocked'],
    [{ mail: undefined, userPrincipalName: 'ada_x.com#EXT#@corp.example' }, 'noDeliverableAddress'],
    [{ mail: null, userPrincipalName: 'ada@corp.onmicrosoft.com' }, 'noDeliverableAddress'],
    [{ mail: 'ädä@corp.example' }, 'addressRefused'],
    [{ mail: 'ada@corp.xn--p1ai' }, 'addressRefused'],
    [{ mail: `${'a'.repeat(250)}@corp.example` }, 'addressRefused'],
    [{ surname: 'S'.repeat(51) }, 'nameRefused'],
    [{ givenName: 'Ada / Shared' }, 'nameRefused'],
  ])('are skipped where they are %j: %s', (set, reason) => {
    expect(reasons({ users: { ada: set }, assigned: ['ada'] })).toEqual([`ada: ${reason}`]);
  });

  test('are invited by the userPrincipalName where there is no mail, in lower case', () => {
    const users = { ada: { mail: undefined, userPrincipalName: 'Ada.L@Corp.example' } };
    expect(people({ users, assigned: ['ada'] })).toEqual(['invited ada.l@corp.example']);
  });

  test('are invited with empty names where they have none, and with names of 50 characters', () => {
    const users = { ada: { givenName: undefined, surname: 'S'.repeat(50) } };
    expect(expectTeam(worldInWords({ users, assigned: ['ada'] })).members).toMatchObject([
      { givenName: '', surname: 'S'.repeat(50), externalId: 'ada', status: 'invited' },
    ]);
  });

  test('who claim one address are all skipped, whatever its letters, but a blocked one claims nothing', () => {
    const users = { ada: { mail: 'one@corp.example' }, bob: { mail: 'ONE@corp.example' } };
    const assigned = ['ada', 'bob'];
    expect(reasons({ users, assigned })).toEqual([
      'ada: duplicateAddress',
      'bob: duplicateAddress',
    ]);
    const blocked = { ...users, bob: { ...users.bob, accountEnabled: false } };
    expect(people({ users: blocked, assigned })).toEqual(['invited one@corp.example']);
  });

  test('keep the address they hold already when somebody else claims it', () => {
    const users = { ada: { mail: 'one@corp.example' }, bob: { mail: 'one@corp.example' } };
    const members = [{ email: 'one@corp.example', externalId: 'ada' }];
    expect(reasons({ users, assigned: ['ada', 'bob'], members })).toEqual([
      'bob: duplicateAddress',
    ]);
  });

  test('on the team are adopted by address and keep their state', () => {
    const members = [{ email: 'ada@corp.example', status: 'suspended' }] as const;
    expect(expectTeam(worldInWords({ ...adaAssigned, members })).members).toEqual([
      {
        email: 'ada@corp.example',
        externalId: 'ada',
        givenName: 'ada',
        surname: 'Smith',
        status: 'suspended',
        origin: 'adopted',
        changes: true,
      },
    ]);
  });

  test('are found by our external id before the address, and get the address of today', () => {
    const members = [{ email: 'maiden@corp.example', externalId: 'ada' }];
    expect(people({ ...adaAssigned, members })).toEqual(['linked ada@corp.example']);
  });

  test('are left alone where another provisioner has them, or where two members match', () => {
    const foreign = [{ email: 'ada@corp.example', externalId: 'S-1-5' }];
    expect(reasons({ ...adaAssigned, members: foreign })).toEqual(['ada: foreignExternalId']);
    const two = [{ email: 'old@corp.example', externalId: 'ada' }, { email: 'ada@corp.example' }];
    expect(reasons({ ...adaAssigned, members: two })).toEqual(['ada: ambiguousMatch']);
    expect(people({ ...adaAssigned, members: two })).toEqual([
      'stranger old@corp.example',
      'stranger ada@corp.example',
    ]);
  });

  test('whom Dropbox will refuse are expected to be refused', () => {
    const members = [{ email: 'ada@corp.example', status: 'removed' }] as const;
    expect(reasons({ ...adaAssigned, members })).toEqual(['ada: refusedByDropbox']);
    expect(people({ ...adaAssigned, members })).toEqual([]);
  });

  test('who are strangers stay as they are', () => {
    const stranger = { email: 'Free@lance.example', givenName: 'Free', status: 'invited' } as const;
    expect(expectTeam(worldInWords({ members: [stranger] })).members).toEqual([
      {
        email: 'free@lance.example',
        givenName: 'Free',
        surname: 'Body',
        status: 'invited',
        origin: 'stranger',
        changes: false,
      },
    ]);
  });
});

describe('groups', () => {
  const design = { users: ada, groups: { design: ['ada'] }, assigned: ['design'] } as const;

  test('are created with the direct members who are on the team by us', () => {
    const users = { ada: {}, bob: { accountEnabled: false }, cleo: {} };
    const world = {
      users,
      groups: { design: ['ada', 'bob'], other: ['cleo'] },
      assigned: ['design'],
    };
    expect(groups(world)).toEqual(['created design added:ada@corp.example']);
  });

  test('of ours keep strangers and edges, and take the name of today', () => {
    const members = [{ email: 'ada@corp.example', memberId: 'dbmid:1' }, {}];
    const teamGroups = [
      {
        name: 'Old',
        externalId: 'design',
        members: [{ email: 'somebody@corp.example' }, { memberId: 'dbmid:1' }],
      },
    ];
    expect(groups({ ...design, members, teamGroups })).toEqual([
      'linked design before:somebody@corp.example before:ada@corp.example',
    ]);
  });

  test('are refused where the team has a group of that name, unless it may be adopted', () => {
    const world = { ...design, teamGroups: [{ name: 'DESIGN' }] };
    expect(reasons(world)).toEqual(['design: groupNameTaken']);
    expect(groups(world)).toEqual(['stranger DESIGN']);
    expect(groups(world, true)).toEqual(['adopted design added:ada@corp.example']);
    const system = [{ name: 'design', management: 'system_managed' }] as const;
    expect(groups({ ...design, teamGroups: system }, true)).toEqual([]);
  });

  test('with one name are all refused, and their members are in scope all the same', () => {
    const members = [{ id: 'ada', kind: 'user' }] as const;
    const world = {
      users: ada,
      groups: { one: { displayName: 'X', members }, two: { displayName: 'x', members } },
      assigned: ['one', 'two'],
    } as const;
    expect(reasons(world)).toEqual(['one: duplicateGroupName', 'two: duplicateGroupName']);
    expect(people(world)).toEqual(['invited ada@corp.example']);
  });

  test('take a member who was suspended by hand and is adopted', () => {
    const members = [{ email: 'ada@corp.example', status: 'suspended' }] as const;
    expect(groups({ ...design, members })).toEqual(['created design added:ada@corp.example']);
  });

  test('keep the owner of a group that is not ours', () => {
    const teamGroups = [
      { members: [{ email: 'somebody@corp.example', accessType: 'owner' }] },
    ] as const;
    const { groups: expected } = expectTeam(worldInWords({ members: [{}], teamGroups }));
    expect(expected[0]?.members).toEqual([
      { email: 'somebody@corp.example', accessType: 'owner', origin: 'before' },
    ]);
  });
});
