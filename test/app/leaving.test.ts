import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFakeNames } from '../sandbox/directory/fake-names.ts';
import { createUser } from '../sandbox/directory/people.ts';
import type { DirectoryChange, DirectoryUser } from '../sandbox/entra/directory-types.ts';
import { readHeld } from './read-held.ts';
import { readWrites } from './recorded-writes.ts';
import { byHand, startRun, type SandboxRun } from './sandbox-run.ts';

const names = createFakeNames(77);
let run: SandboxRun;
let directory: string;

beforeAll(async () => {
  run = await startRun({ users: 60, groups: 5, schedule: byHand, dropbox: { asyncAdd: 'never' } });
  directory = await mkdtemp(join(tmpdir(), 'leaving-'));
  const path = join(directory, 'provisioning.json');
  // An absence counts as soon as a cycle that began later has seen it.
  await writeFile(path, JSON.stringify({ leaving: { settleMinutes: 0 } }));
  await run.startApp({ PROVISIONING_CONFIG: path });
  await run.load();
}, 60_000);
afterAll(async () => {
  await run.stop();
  await rm(directory, { recursive: true });
});

/** Somebody who came, was put into a group, and has accepted the invitation. */
async function arrive(): Promise<{ readonly user: DirectoryUser; readonly groupId: string }> {
  const user = createUser(names, names.person(), {});
  const { groups, assignments } = run.world.directory;
  const group = groups.find(({ id }) => assignments.some(({ principalId }) => principalId === id));
  if (group === undefined) throw new Error('the world has no assigned group');
  await run.change(
    { op: 'addUser', user },
    { op: 'addMember', groupId: group.id, memberId: user.id },
  );
  await cycles(2);
  await run.dropbox.write('POST', '/changes', [{ op: 'acceptAll' }]);
  return { user, groupId: group.id };
}

async function cycles(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await run.cycle();
}

async function statusOf({ id }: DirectoryUser): Promise<string> {
  const { members } = await run.readTeam();
  return members.find(({ externalId }) => externalId === id)?.status ?? 'none';
}

interface Leaving {
  readonly title: string;
  readonly leave: (id: string, groupId: string) => DirectoryChange;
  readonly back: (id: string, groupId: string) => DirectoryChange;
  /** Entra names the leaver: done in the cycle that hears of it. */
  readonly cycles: number;
}

describe('access is taken away, and given back', () => {
  test.each<Leaving>([
    {
      title: 'somebody who is blocked',
      leave: (id) => ({ op: 'updateUser', id, set: { accountEnabled: false } }),
      back: (id) => ({ op: 'updateUser', id, set: { accountEnabled: true } }),
      cycles: 1,
    },
    {
      title: 'somebody who is deleted',
      leave: (id) => ({ op: 'deleteUser', id }),
      back: (id) => ({ op: 'restoreUser', id }),
      cycles: 1,
    },
    {
      title: 'somebody who left their only group',
      leave: (id, groupId) => ({ op: 'removeMember', groupId, memberId: id }),
      back: (id, groupId) => ({ op: 'addMember', groupId, memberId: id }),
      cycles: 2,
    },
  ])('$title is suspended without a wipe, and unsuspended on coming back', async (one) => {
    const { user, groupId } = await arrive();
    await run.change(one.leave(user.id, groupId));
    await cycles(one.cycles);
    expect(await statusOf(user)).toBe('suspended');
    expect(await readHeld(run)).toEqual([]);
    await run.change(one.back(user.id, groupId));
    await cycles(2);
    expect(await statusOf(user)).toBe('active');
    const suspensions = (await readWrites(run)).filter(({ route }) => route.endsWith('/suspend'));
    expect(suspensions.map(({ argument }) => argument)).toContainEqual(
      expect.objectContaining({ wipe_data: false }),
    );
  });
});
