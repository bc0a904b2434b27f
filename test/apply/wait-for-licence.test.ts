import { describe, expect, test } from 'vitest';
import { LostAnswerError } from '../../shared/model/errors.ts';
import type { UserRow } from '../../shared/model/user-row.ts';
import { ranks } from '../../shared/outbox/entry.ts';
import { closeGate } from '../../shared/outbox/licence-gate.ts';
import { schedule } from '../../shared/outbox/schedule.ts';
import { partitionOf, userAppliedAction, usersTable } from '../../shared/rows/users.ts';
import { logLines, pending, teamLines, userRow } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { world, type World } from '../world/world.ts';

const minuteMs = 60_000;

interface FullTeam extends World {
  /** How many more people may be invited from now on. */
  setSeats(count: number): void;
}

/** A team with so many seats left for people who are all assigned to the app. */
function teamOf(
  count: number,
  seats: number,
  refuse: (name: string) => string | undefined = () => undefined,
): FullTeam {
  let left = seats;
  const builder = world();
  for (let index = 0; index < count; index++) builder.user(nameOf(index));
  const here = builder.build({
    pageSize: 100,
    refuse: ({ externalId }) => {
      const tag = refuse(externalId);
      if (tag !== undefined) return tag;
      return left-- > 0 ? undefined : 'team_license_limit';
    },
  });
  return {
    ...here,
    setSeats(value) {
      left = value;
    },
  };
}

function nameOf(index: number): string {
  return `${(index % 16).toString(16)}${String(index).padStart(3, '0')}`;
}

/** How many people were asked for in each invitation since the last look. */
function invitationsOf({ team }: World): () => readonly number[] {
  let from = 0;
  return () => {
    const sizes = team.writes
      .slice(from)
      .flatMap((write) => (write.kind === 'inviteMembers' ? [write.members.length] : []));
    from = team.writes.length;
    return sizes;
  };
}

describe('a team without a free licence', () => {
  test('is asked no more in this quarter of an hour, whoever else is to be invited', async () => {
    const here = teamOf(70, 0);
    const invitations = invitationsOf(here);
    await passMinutes(here, 14);
    expect(invitations()).toEqual([20]);
    expect(here.team.members()).toEqual([]);
  });

  test('is asked for one person every quarter of an hour', async () => {
    const here = teamOf(70, 0);
    const invitations = invitationsOf(here);
    await passMinutes(here, 62);
    expect(invitations()).toEqual([20, 1, 1, 1, 1]);
  });

  test('lets nobody into escrow, says why in each row, and logs it once for each', async () => {
    const here = teamOf(30, 0);
    await passMinutes(here, 62);
    const { applied } = await userRow(here, nameOf(29));
    expect(applied).toMatchObject({ attempts: 0, error: { code: 'noLicence' } });
    expect(applied.error?.detail).toBe('No licence is left. Buy licences or free one.');
    const lines = logLines(here);
    expect(lines).toHaveLength(30);
    expect(new Set(lines.map((line) => line.split(' ').slice(1).join(' ')))).toEqual(
      new Set(['inviteMember skipped noLicence']),
    );
    expect(pending(here)).toHaveLength(30);
  });

  test('is no reason for quarantine', async () => {
    const here = teamOf(70, 0);
    await passMinutes(here, 62);
    expect(await here.deps.brake.look({ fresh: true })).toMatchObject({
      mayWrite: true,
      isCounting: false,
    });
  });

  test('takes all who wait as soon as the probe succeeds', async () => {
    const here = teamOf(50, 0);
    const invitations = invitationsOf(here);
    await passMinutes(here, 5);
    here.setSeats(1_000);
    await passMinutes(here, 9);
    expect(here.team.members()).toEqual([]);
    here.clock.jump(minuteMs);
    await cycle(here);
    expect(here.team.invitations()).toBe(50);
    expect(invitations().slice(0, 2)).toEqual([20, 1]);
    expect(pending(here)).toEqual([]);
    expect((await userRow(here, nameOf(49))).applied).toMatchObject({ error: null, nextTry: 0 });
  });

  test('takes as many as there are licences, and the gate closes again', async () => {
    const here = teamOf(50, 0);
    await passMinutes(here, 5);
    here.setSeats(7);
    await passMinutes(here, 12);
    expect(here.team.invitations()).toBe(7);
    expect((await here.deps.brake.look({ fresh: true })).gates.invite).toBeDefined();
    expect(pending(here)).toHaveLength(43);
  });

  test('is probed with somebody else when the first is refused for a reason of their own', async () => {
    const here = teamOf(30, 0, (name) => (name === nameOf(0) ? 'user_on_another_team' : undefined));
    await passMinutes(here, 5);
    here.setSeats(1_000);
    await passMinutes(here, 27);
    expect(here.team.invitations()).toBe(29);
  });

  test('costs each who waits one read of their row when the quarter of an hour is over, and no write of it', async () => {
    const here = teamOf(100, 0);
    await passMinutes(here, 14);
    const before = here.tables.rows('Users').map(({ etag }) => etag);
    const reads: string[] = [];
    const counting: World['deps'] = {
      ...here.deps,
      tables: {
        ...here.deps.tables,
        get: (table, partitionKey, rowKey) => {
          if (table === 'Members') reads.push(rowKey);
          return here.deps.tables.get(table, partitionKey, rowKey);
        },
      },
    };
    await passMinutes({ ...here, deps: counting }, 5);
    expect(here.tables.rows('Users').filter(({ etag }) => !before.includes(etag))).toEqual([]);
    // Whoever is in the slot of the probe is matched first.
    expect(reads.length).toBeLessThanOrEqual(40);
    expect(pending(here).filter((line) => line.endsWith('in 11 min'))).toHaveLength(100);
  });

  test('goes on with changes of those who are in', async () => {
    const here = teamOf(3, 1);
    await passMinutes(here, 2);
    here.entra.changeUser(nameOf(0), { givenName: 'Augusta' });
    await cycle(here);
    expect(here.team.members()).toMatchObject([{ givenName: 'Augusta' }]);
  });
});

describe('somebody who waits for a licence', () => {
  test('and is not wanted any more is invited by nobody', async () => {
    const here = teamOf(3, 0);
    await passMinutes(here, 5);
    here.entra.setAssigned(nameOf(1), false);
    here.setSeats(1_000);
    await passMinutes(here, 15);
    expect(teamLines(here)).toHaveLength(2);
  });

  test('and whose address changes is invited under the new one, and logged no second time', async () => {
    const here = teamOf(1, 0);
    await passMinutes(here, 5);
    here.entra.changeUser(nameOf(0), { mail: 'ada.new@contoso.com' });
    await passMinutes(here, 5);
    expect(logLines(here)).toEqual(['u:0000 inviteMember skipped noLicence']);
    here.setSeats(1);
    await passMinutes(here, 10);
    expect(here.team.members()).toMatchObject([{ email: 'ada.new@contoso.com' }]);
  });

  test('and whose probe is answered by nobody is looked for, and invited once', async () => {
    const here = teamOf(2, 0);
    await passMinutes(here, 15);
    here.setSeats(2);
    here.dropbox.failOnce('inviteMembers', new LostAnswerError('reset'), 'after');
    await passMinutes(here, 20);
    expect(here.team.invitations()).toBe(2);
    expect(teamLines(here)).toHaveLength(2);
  });

  test('for more than four weeks starts its escrow from the beginning when it is refused for another reason', async () => {
    let tag: string | undefined;
    const here = teamOf(1, 0, () => tag);
    await passMinutes(here, 1);
    here.clock.jump(29 * 24 * 60 * minuteMs);
    tag = 'user_on_another_team';
    await cycle(here);
    expect(pending(here)).toEqual(['invite u:0000 in 6 h']);
  });
});

test('an invitation that became a job and finds no licence closes the gate too', async () => {
  let left = 0;
  const builder = world();
  for (let index = 0; index < 3; index++) builder.user(nameOf(index));
  const here = builder.build({
    pageSize: 100,
    jobMs: () => 5_000,
    refuse: () => (left-- > 0 ? undefined : 'team_license_limit'),
  });
  await passMinutes(here, 2);
  expect((await here.deps.brake.look({ fresh: true })).gates.invite).toBeDefined();
  expect((await userRow(here, nameOf(0))).applied).toMatchObject({
    jobId: null,
    error: { code: 'noLicence' },
  });
  left = 10;
  await passMinutes(here, 18);
  expect(here.team.invitations()).toBe(3);
});

/** A member whom we suspended or removed, and who is wanted again. */
async function returning(about: Partial<UserRow['applied']>): Promise<World> {
  const here = world().user('ada').member('ada', { externalId: 'ada' }).build();
  await passMinutes(here, 2);
  if (about.suspendedByUs === true) here.team.suspendByHand('dbmid:ada');
  else here.team.removeByHand('dbmid:ada');
  const row = await userRow(here, 'ada');
  const applied = { ...row.applied, ...about };
  await here.tables.write(usersTable, partitionOf('ada'), [userAppliedAction(row, applied)]);
  const entry = { id: 'u:ada', rank: ranks.returned, due: here.clock.now(), verify: false };
  await schedule(here.tables, [entry]);
  return here;
}

describe('somebody who comes back', () => {
  const cases = [
    ['unsuspendMember', 'unsuspend', { status: 'suspended', suspendedByUs: true }],
    ['recoverMember', 'recover', { status: 'removed', removedByUs: true }],
  ] as const;
  for (const [method, kind, about] of cases) {
    test(`by ${method} waits where there is no licence, and comes with the first that is free`, async () => {
      const here = await returning(about);
      const refusal = { tag: 'team_license_limit' };
      here.dropbox.replace({ [method]: async () => ({ kind: 'refused', refusal }) });
      here.dropbox.forgetCalls();
      await passMinutes(here, 31);
      expect(here.dropbox.calls.filter((call) => call === method)).toHaveLength(3);
      expect(Object.keys((await here.deps.brake.look({ fresh: true })).gates)).toEqual([kind]);
      expect((await userRow(here, 'ada')).applied).toMatchObject({
        attempts: 0,
        intended: null,
        error: { code: 'noLicence' },
      });
      expect(logLines(here).filter((line) => line.includes('noLicence'))).toEqual([
        `u:ada ${method} skipped noLicence`,
      ]);
      here.dropbox.replace({});
      await passMinutes(here, 16);
      expect(teamLines(here)).toEqual(['ada (active)']);
      expect((await here.deps.brake.look({ fresh: true })).gates).toEqual({});
    });
  }

  test('is brought back at once while only invitations lack a licence', async () => {
    const here = await returning({ status: 'suspended', suspendedByUs: true });
    await closeGate(here.deps, 'invite', 'team_license_limit');
    await cycle(here);
    expect(teamLines(here)).toEqual(['ada (active)']);
  });
});
