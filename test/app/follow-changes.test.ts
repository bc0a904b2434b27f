import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFakeNames } from '../sandbox/directory/fake-names.ts';
import { createUser } from '../sandbox/directory/people.ts';
import type {
  DirectoryChange,
  DirectoryGroup,
  DirectoryUser,
} from '../sandbox/entra/directory-types.ts';
import { readHeld } from './read-held.ts';
import { readWrites } from './recorded-writes.ts';
import { byHand, startRun, type SandboxRun } from './sandbox-run.ts';

const names = createFakeNames(99);
let run: SandboxRun;

beforeAll(async () => {
  run = await startRun({ users: 60, groups: 5, schedule: byHand, dropbox: { asyncAdd: 'never' } });
  await run.startApp();
  await run.load();
}, 60_000);
afterAll(() => run.stop());

function newcomer(set: { readonly [property: string]: string | boolean } = {}): DirectoryUser {
  return createUser(names, names.person(), set);
}

function assignedGroup(): DirectoryGroup {
  const { groups, assignments } = run.world.directory;
  const found = groups.find(({ id }) => assignments.some(({ principalId }) => principalId === id));
  if (found === undefined) throw new Error('the world has no assigned group');
  return found;
}

/** People whom we invited in the load; each test takes another of them. */
async function takePerson(index: number): Promise<DirectoryUser> {
  const added = (await run.readTeam()).members.flatMap(({ externalId }) => externalId ?? []);
  const { users } = run.world.directory;
  const ours = users.filter(({ id, mail }) => added.includes(id) && mail !== undefined);
  const person = ours.at(-1 - index);
  if (person === undefined) throw new Error(`the world has no person ${index}`);
  return person;
}

/** Makes the changes, lets two cycles pass, and says what is not as the oracle expects. */
async function follow(...changes: readonly DirectoryChange[]): Promise<readonly string[]> {
  const before = await run.readTeam();
  const writes = await readWrites(run);
  await run.change(...changes);
  await run.cycle();
  await run.cycle();
  const written = (await readWrites(run)).length - writes.length;
  const differences = await run.compare(before);
  return written === 0 ? ['nothing was written', ...differences] : differences;
}

describe('what is given in Entra arrives within two cycles', () => {
  test('a user who is added to an assigned group is invited and added to the group', async () => {
    const user = newcomer();
    const groupId = assignedGroup().id;
    const changes = [
      { op: 'addUser', user },
      { op: 'addMember', groupId, memberId: user.id },
    ] as const;
    expect(await follow(...changes)).toEqual([]);
    expect((await run.readTeam()).members).toContainEqual(
      expect.objectContaining({ externalId: user.id, status: 'invited' }),
    );
  });

  test('a user who is assigned directly is invited', async () => {
    const user = newcomer();
    const changes = [
      { op: 'addUser', user },
      { op: 'assign', principalId: user.id },
    ] as const;
    expect(await follow(...changes)).toEqual([]);
    expect(JSON.stringify(await readWrites(run))).toContain(user.id);
  });

  test('a user who was there long before and is assigned now is invited', async () => {
    const user = newcomer();
    await run.change({ op: 'addUser', user });
    await run.cycle();
    expect(await follow({ op: 'assign', principalId: user.id })).toEqual([]);
  });

  test('a new name and a new address are followed', async () => {
    const { id } = await takePerson(0);
    expect(await follow({ op: 'updateUser', id, set: { surname: 'Newname' } })).toEqual([]);
    const mail = 'brand.new@northlight.example';
    expect(await follow({ op: 'updateUser', id, set: { mail } })).toEqual([]);
    expect((await run.readTeam()).members).toContainEqual(
      expect.objectContaining({ externalId: id, surname: 'Newname', email: mail }),
    );
  });

  test('a group that is newly assigned comes with its members', async () => {
    const users = [newcomer(), newcomer(), newcomer()];
    const group: DirectoryGroup = {
      id: names.guid(),
      displayName: 'Late arrivals',
      members: users.map(({ id }) => ({ id, kind: 'user' as const })),
      groupTypes: [],
      securityEnabled: true,
      mailEnabled: false,
    };
    await run.change(...users.map((user) => ({ op: 'addUser' as const, user })), {
      op: 'addGroup',
      group,
    });
    await run.cycle();
    expect(await follow({ op: 'assign', principalId: group.id, appRoleId: role() })).toEqual([]);
    const made = (await run.readTeam()).groups.find(({ externalId }) => externalId === group.id);
    expect(made?.members).toHaveLength(3);
  });

  test('a group that is renamed is renamed', async () => {
    const { id } = assignedGroup();
    const set = { displayName: 'Renamed and proud' };
    expect(await follow({ op: 'updateGroup', id, set })).toEqual([]);
    expect((await run.readTeam()).groups).toContainEqual(
      expect.objectContaining({ externalId: id, name: 'Renamed and proud' }),
    );
  });

  test('somebody who was blocked, and somebody who was deleted, before being invited is invited on coming back', async () => {
    const blocked = newcomer({ accountEnabled: false });
    const deleted = newcomer();
    const writes = await readWrites(run);
    await run.change(
      { op: 'addUser', user: blocked },
      { op: 'addUser', user: deleted },
      { op: 'assign', principalId: blocked.id },
      { op: 'assign', principalId: deleted.id },
      { op: 'deleteUser', id: deleted.id },
    );
    await run.cycle();
    await run.cycle();
    expect(await readWrites(run)).toEqual(writes);
    const back = [
      { op: 'updateUser', id: blocked.id, set: { accountEnabled: true } },
      { op: 'restoreUser', id: deleted.id },
    ] as const;
    expect(await follow(...back)).toEqual([]);
    const ids = (await run.readTeam()).members.map(({ externalId }) => externalId);
    expect(ids).toContain(blocked.id);
    expect(ids).toContain(deleted.id);
  });
});

describe('what is only missing in Entra is held for ten minutes', () => {
  interface Leaving {
    readonly title: string;
    readonly leave: (id: string, groupId: string) => readonly DirectoryChange[];
    readonly back: (id: string, groupId: string) => readonly DirectoryChange[];
    /** By kind of identity. */
    readonly held: (id: string, groupId: string) => readonly string[];
    /** Through what the person is in scope before. */
    readonly by: 'group' | 'assignment';
  }
  const cases: readonly Leaving[] = [
    {
      title: 'somebody who is no longer assigned',
      by: 'assignment',
      leave: (id) => [{ op: 'unassign', principalId: id }],
      back: (id) => [{ op: 'assign', principalId: id }],
      held: (id) => [`u:${id} suspend missing notAssigned`],
    },
    {
      title: 'somebody who left their only group',
      by: 'group',
      leave: (id, groupId) => [{ op: 'removeMember', groupId, memberId: id }],
      back: (id, groupId) => [{ op: 'addMember', groupId, memberId: id }],
      held: (id, groupId) => [
        `e:${groupId}:${id} remove missing leftGroup`,
        `u:${id} suspend missing notAssigned`,
      ],
    },
  ];

  test.each(cases)(
    '$title stays, is held with the reason, and is let go on coming back',
    async (one) => {
      const user = newcomer();
      const groupId = assignedGroup().id;
      const give: DirectoryChange =
        one.by === 'group'
          ? { op: 'addMember', groupId, memberId: user.id }
          : { op: 'assign', principalId: user.id };
      expect(await follow({ op: 'addUser', user }, give)).toEqual([]);
      const [team, writes] = [await run.readTeam(), await readWrites(run)];
      expect(await readHeld(run)).toEqual([]);

      await run.change(...one.leave(user.id, groupId));
      await run.cycle();
      await run.cycle();
      expect(await readHeld(run)).toEqual(one.held(user.id, groupId));
      expect(await run.readTeam()).toEqual(team);

      await run.change(...one.back(user.id, groupId));
      await run.cycle();
      await run.cycle();
      expect(await readHeld(run)).toEqual([]);
      expect(await readWrites(run)).toEqual(writes);
    },
  );

  test('a group that is no longer assigned stays with everybody in it', async () => {
    const user = newcomer();
    const group: DirectoryGroup = {
      id: names.guid(),
      displayName: 'For a while',
      members: [{ id: user.id, kind: 'user' }],
    };
    const assign = { op: 'assign', principalId: group.id, appRoleId: role() } as const;
    expect(await follow({ op: 'addUser', user }, { op: 'addGroup', group }, assign)).toEqual([]);
    const [team, writes] = [await run.readTeam(), await readWrites(run)];

    await run.change({ op: 'unassign', principalId: group.id });
    await run.cycle();
    await run.cycle();
    expect(await readHeld(run)).toEqual([
      `g:${group.id} remove missing groupNotAssigned`,
      `u:${user.id} suspend missing notAssigned`,
    ]);
    expect(await run.readTeam()).toEqual(team);

    await run.change(assign);
    await run.cycle();
    await run.cycle();
    expect(await readHeld(run)).toEqual([]);
    expect(await readWrites(run)).toEqual(writes);
  });
});

/** A role that counts. */
function role(): string {
  return run.world.directory.app.appRoles[0]?.id ?? '';
}
