import { describe, expect, test } from 'vitest';
import { BadRequestError, LostAnswerError, TransientError } from '../../shared/model/errors.ts';
import type { NewMember } from '../../shared/model/target.ts';
import { logLines, pending, teamLines, userRow } from '../world/look.ts';
import { cycle, passMinutes, work } from '../world/run.ts';
import { addressOf, world, type World, type WorldOptions } from '../world/world.ts';

function people(count: number, options: WorldOptions = {}): World {
  const builder = world();
  for (let index = 0; index < count; index++) builder.user(nameOf(index));
  return builder.build({ pageSize: 100, ...options });
}

function nameOf(index: number): string {
  return `${(index % 16).toString(16)}${index}`;
}

function invitationSizes({ team }: World): readonly number[] {
  return team.writes.flatMap((write) =>
    write.kind === 'inviteMembers' ? [write.members.length] : [],
  );
}

test('people are invited twenty to a call, with address, names and our id', async () => {
  const here = people(45);
  await passMinutes(here, 1);
  expect(invitationSizes(here).toSorted((one, other) => other - one)).toEqual([20, 20, 5]);
  expect(here.team.members()).toHaveLength(45);
  expect(here.team.members()[0]).toMatchObject({ email: addressOf('00'), externalId: '00' });
});

test('who was invited is linked, with a record of what was sent', async () => {
  const here = people(1);
  await passMinutes(here, 1);
  expect((await userRow(here, '00')).applied).toMatchObject({
    memberId: 'dbmid:1',
    status: 'invited',
    origin: 'invited',
    generation: 1,
    error: null,
  });
  expect(logLines(here)).toEqual(['u:00 inviteMember applied']);
  expect(pending(here)).toEqual([]);
});

test('the order in which Dropbox answers does not matter, nor the case it writes addresses in', async () => {
  const here = people(3);
  here.dropbox.replace({
    inviteMembers: async (members) => {
      const answer = await here.team.inviteMembers(members);
      if (answer.kind !== 'complete') return answer;
      const rows = answer.rows.map((row) => ({ ...row, email: row.email.toUpperCase() }));
      return { kind: 'complete', rows: rows.toReversed() };
    },
  });
  await passMinutes(here, 1);
  for (const { memberId, externalId } of here.team.members()) {
    expect((await userRow(here, externalId ?? '')).applied.memberId).toBe(memberId);
  }
});

test('somebody the answer forgot is looked for, found and never invited again', async () => {
  const here = people(2);
  here.dropbox.replace({
    inviteMembers: async (members) => {
      const answer = await here.team.inviteMembers(members);
      return answer.kind === 'complete' ? { kind: 'complete', rows: answer.rows.slice(1) } : answer;
    },
  });
  await passMinutes(here, 2);
  expect((await userRow(here, '00')).applied).toMatchObject({ memberId: 'dbmid:1', error: null });
  expect(here.team.invitations()).toBe(2);
  expect(invitationSizes(here)).toEqual([2]);
});

describe('an answer that is lost', () => {
  for (const when of ['before', 'after'] as const) {
    test(`${when} the invitation took effect ends with everybody invited once`, async () => {
      const here = people(3);
      here.dropbox.failOnce('inviteMembers', new LostAnswerError('reset'), when);
      await cycle(here);
      expect(pending(here)).toEqual(
        [0, 1, 2].map((index) => `invite u:${nameOf(index)} in 2 s verify`),
      );
      await passMinutes(here, 2);
      expect(here.team.invitations()).toBe(3);
      expect((await userRow(here, '00')).applied).toMatchObject({ status: 'invited', error: null });
    });
  }

  test('is treated the same when nobody knows the error', async () => {
    const here = people(1);
    here.dropbox.failOnce('inviteMembers', new Error('what is this?'), 'after');
    await passMinutes(here, 2);
    expect(here.team.invitations()).toBe(1);
    expect(here.log.named('unknownError')).toEqual([{ message: 'what is this?' }]);
  });

  test('is looked for no sooner than Dropbox allows, and nothing is repeated meanwhile', async () => {
    const here = people(1);
    here.dropbox.failOnce('inviteMembers', new LostAnswerError('reset'));
    await cycle(here);
    here.dropbox.failOnce('readMembersInfo', new TransientError('503', 90_000));
    here.clock.jump(2_000);
    await cycle(here);
    expect(invitationSizes(here)).toEqual([]);
    expect(pending(here)).toEqual(['invite u:00 in 1.5 min verify']);
  });
});

function refusing(here: World, bad: (member: NewMember) => boolean): void {
  here.dropbox.replace({
    inviteMembers: async (members) => {
      if (members.some(bad)) throw new BadRequestError('HTTP 400');
      return here.team.inviteMembers(members);
    },
  });
}

describe('a call that is malformed as a whole', () => {
  test('is halved until the one at fault stands alone; everybody else is invited', async () => {
    const here = people(20);
    refusing(here, ({ externalId }) => externalId === nameOf(7));
    await passMinutes(here, 1);
    expect(here.team.invitations()).toBe(19);
    expect((await userRow(here, nameOf(7))).applied).toMatchObject({
      memberId: null,
      error: { code: 'malformed' },
    });
    expect(logLines(here)).toContain(`u:${nameOf(7)} inviteMember failed malformed`);
    expect(here.dropbox.calls.filter((call) => call === 'inviteMembers').length).toBeLessThan(12);
  });

  test('by everybody ends with everybody in escrow, and in no other way', async () => {
    const here = people(5);
    refusing(here, () => true);
    await passMinutes(here, 1);
    expect(pending(here)).toEqual(
      [0, 1, 2, 3, 4].map((index) => `invite u:${nameOf(index)} in 6 h`),
    );
  });
});

/** Came to the team after it was listed. */
async function lateComer(about: { externalId?: string }): Promise<World> {
  const here = world().user('ada', { givenName: 'Ada' }).member('ada', about).build();
  here.dropbox.replace({
    readMembers: async () => ({ items: [], cursor: '', hasMore: false }),
  });
  await passMinutes(here, 2);
  return here;
}

describe('somebody Dropbox says is on the team already', () => {
  test('is looked at and adopted', async () => {
    const here = await lateComer({});
    expect(here.team.members()).toMatchObject([{ givenName: 'Ada', externalId: 'ada' }]);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ origin: 'adopted' });
  });

  test("under another provisioner's id is left alone", async () => {
    const here = await lateComer({ externalId: 'another' });
    expect(here.team.members()).toMatchObject([{ givenName: 'ada', externalId: 'another' }]);
    expect(logLines(here)).toContain('u:ada none skipped foreignExternalId');
  });
});

describe('an invitation that becomes a job', () => {
  test('is asked for again until it is done, and everybody is linked then', async () => {
    const here = people(3, { jobMs: () => 5_000 });
    await cycle(here);
    expect(teamLines(here)).toEqual([]);
    expect((await userRow(here, '00')).applied.jobId).toBe('job:1');
    for (let second = 0; second < 20; second++) {
      here.clock.jump(1_000);
      await cycle(here);
    }
    expect(here.team.invitations()).toBe(3);
    expect((await userRow(here, '00')).applied).toMatchObject({ jobId: null, status: 'invited' });
    expect(here.dropbox.calls.filter((call) => call === 'readInviteJob').length).toBeLessThan(8);
  });

  test('that Dropbox has forgotten is not repeated before everybody was looked for', async () => {
    const here = people(2, { jobMs: () => 5_000 });
    await cycle(here);
    here.dropbox.replace({ readInviteJob: async () => ({ kind: 'failed', reason: 'gone' }) });
    here.clock.jump(10_000);
    await passMinutes(here, 2);
    expect(here.team.invitations()).toBe(2);
    expect(invitationSizes(here)).toEqual([2]);
  });

  for (const when of ['while it was running', 'when nobody has looked since it ended']) {
    test(`takes in what changed in Entra, seen ${when}`, async () => {
      const here = people(1, { jobMs: () => 30_000 });
      await cycle(here);
      here.entra.changeUser('00', { givenName: 'Augusta' });
      here.clock.jump(10_000);
      if (when === 'while it was running') await cycle(here);
      here.clock.jump(30_000);
      await passMinutes(here, 3);
      expect(here.team.members()).toMatchObject([{ givenName: 'Augusta' }]);
    });
  }

  test('takes in an address that changed in Entra while it was running, and invites nobody twice', async () => {
    const here = people(1, { jobMs: () => 30_000 });
    await cycle(here);
    here.entra.changeUser('00', { mail: 'augusta@contoso.com' });
    here.clock.jump(40_000);
    await passMinutes(here, 3);
    expect(here.team.members()).toMatchObject([{ email: 'augusta@contoso.com' }]);
    expect(here.team.invitations()).toBe(1);
  });
});

describe('a team without a free licence', () => {
  test('is asked again after a quarter of an hour, and the person is in no escrow', async () => {
    let isFull = true;
    const refuse = (): string | undefined => (isFull ? 'team_license_limit' : undefined);
    const here = people(1, { refuse });
    await cycle(here);
    expect(pending(here)).toEqual(['invite u:00 in 15 min']);
    expect((await userRow(here, '00')).applied).toMatchObject({
      attempts: 0,
      error: { code: 'noLicence' },
    });
    isFull = false;
    here.clock.jump(15 * 60_000);
    await work(here);
    await passMinutes(here, 2);
    expect(here.team.invitations()).toBe(1);
  });
});
