import { describe, expect, test } from 'vitest';
import { LostAnswerError, TransientError } from '../../shared/model/errors.ts';
import { logLines, pending, teamLines, userRow } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { world, type World } from '../world/world.ts';
import {
  accepted,
  adaId,
  invited,
  logOfAda,
  memberWrites,
  passSeconds,
  release,
  wantBack,
} from './leaver.ts';

/** What Dropbox does when it is asked to recover an invitation it has removed, as some teams may. */
function bringInvitationsBack(here: World): void {
  const removed = new Set<string>();
  const asInvited = here.team.members().find(({ memberId }) => memberId === adaId);
  here.dropbox.replace({
    removeMember: async (memberId) => {
      removed.add(memberId);
      return { kind: 'done', value: null };
    },
    recoverMember: async (memberId) => {
      removed.delete(memberId);
      return { kind: 'done', value: null };
    },
    readMembersInfo: async (selectors) =>
      selectors.map((selector) =>
        selector.kind === 'memberId' && !removed.has(selector.memberId) ? asInvited : undefined,
      ),
  });
}

/** Ada accepts the invitation the moment it is to be removed. */
function acceptJustBeforeRemoval(here: World): void {
  here.dropbox.replace({
    removeMember: async (...input) => {
      here.team.accept(adaId);
      return here.team.removeMember(...input);
    },
  });
}

describe('somebody who has not accepted the invitation and is blocked', () => {
  test('loses the invitation, as Dropbox suspends active members only, and that is what the log says', async () => {
    const here = await invited();
    here.entra.changeUser('ada', { accountEnabled: false });
    await passMinutes(here, 2);
    expect(memberWrites(here)).toEqual(['suspendMember', 'removeMember', 'recoverMember']);
    expect(here.team.writes).toContainEqual({
      kind: 'removeMember',
      memberId: adaId,
      wipeData: false,
    });
    expect(teamLines(here)).toEqual(['admin (active)']);
    expect(logOfAda(logLines(here))).toEqual(['u:ada removeMember applied invitationRemoved']);
    expect(here.tables.rows('ProvisioningLogs')[0]?.columns['reason']).toBe(
      'Dropbox cannot suspend somebody who has not accepted the invitation yet, so the invitation was removed: sign-in is blocked in Entra',
    );
    const { applied, desired } = await userRow(here, 'ada');
    expect(applied).toMatchObject({ status: 'removed', removedByUs: true, intended: null });
    expect(applied.generation).toBe(desired.generation);
    expect(pending(here)).toEqual([]);
  });

  test('of whom a removal is desired and only a suspension released, loses it as well', async () => {
    const here = await invited();
    await release(here, 'remove', 'suspend');
    expect(memberWrites(here)).toEqual(['suspendMember', 'removeMember', 'recoverMember']);
    expect(logOfAda(logLines(here))).toEqual(['u:ada removeMember applied invitationRemoved']);
  });

  test('and is to be removed anyway is removed without a try to suspend', async () => {
    const here = await invited();
    await release(here, 'remove');
    expect(memberWrites(here)).toEqual(['removeMember']);
  });
});

test('whoever accepted while we thought them invited is suspended, with nothing removed', async () => {
  const here = await accepted();
  await release(here, 'suspend');
  expect(memberWrites(here)).toEqual(['suspendMember']);
});

describe('whoever accepts between our question and the removal', () => {
  test('is brought back and suspended at once, and loses nothing', async () => {
    const here = await invited();
    acceptJustBeforeRemoval(here);
    await release(here, 'suspend');
    expect(memberWrites(here)).toEqual([
      'suspendMember',
      'removeMember',
      'recoverMember',
      'suspendMember',
    ]);
    expect(teamLines(here)).toEqual(['admin (active)', 'ada (suspended)']);
    expect((await userRow(here, 'ada')).applied).toMatchObject({
      memberId: adaId,
      status: 'suspended',
      suspendedByUs: true,
      removedByUs: false,
      intended: null,
    });
    expect(new Set(logOfAda(logLines(here)))).toEqual(
      new Set([
        'u:ada removeMember applied invitationRemoved',
        'u:ada recoverMember applied acceptedMeanwhile',
        'u:ada suspendMember applied blocked',
      ]),
    );
  });

  test('is in their groups again when they are allowed again', async () => {
    const here = await invited();
    acceptJustBeforeRemoval(here);
    await release(here, 'suspend');
    here.dropbox.replace({});
    await wantBack(here);
    await passSeconds(here, 10);
    expect(teamLines(here)).toEqual(['admin (active)', 'ada (active): design']);
  });

  test.each(['removeMember', 'recoverMember', 'readMembersInfo'] as const)(
    'ends the same if the answer to %s is lost',
    async (method) => {
      const here = await invited();
      acceptJustBeforeRemoval(here);
      if (method !== 'readMembersInfo') {
        here.dropbox.failOnce(method, new LostAnswerError('reset'), 'after');
      }
      here.dropbox.failOnce('readMembersInfo', new TransientError('503', 1_000));
      await release(here, 'suspend');
      await passSeconds(here, 60);
      expect(teamLines(here)).toEqual(['admin (active)', 'ada (suspended)']);
      expect((await userRow(here, 'ada')).applied).toMatchObject({
        suspendedByUs: true,
        removedByUs: false,
        error: null,
        intended: null,
      });
    },
  );

  test('ends the same if the removal is a job', async () => {
    const here = await invited({ team: { removeJobMs: () => 3_000 } });
    await release(here, 'suspend');
    expect((await userRow(here, 'ada')).applied.jobId).not.toBeNull();
    here.team.accept(adaId);
    await passSeconds(here, 15);
    expect(teamLines(here)).toEqual(['admin (active)', 'ada (suspended)']);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ suspendedByUs: true });
  });
});

test('an invitation that Dropbox brings back as one is removed again, and left so', async () => {
  const here = await invited();
  bringInvitationsBack(here);
  here.dropbox.forgetCalls();
  await release(here, 'suspend');
  await passSeconds(here, 30);
  expect(here.dropbox.calls.filter((call) => call === 'recoverMember')).toHaveLength(1);
  expect(here.dropbox.calls.filter((call) => call === 'removeMember')).toHaveLength(2);
  expect((await userRow(here, 'ada')).applied).toMatchObject({
    status: 'removed',
    removedByUs: true,
    intended: null,
    error: null,
  });
  expect(pending(here)).toEqual([]);
});

/** The invitation is under way, and nobody knows what came of it. */
async function inviting(lost: boolean): Promise<World> {
  const here = world()
    .member('admin')
    .user('ada')
    .build(lost ? {} : { jobMs: () => 30_000 });
  if (lost) here.dropbox.failOnce('inviteMembers', new LostAnswerError('reset'), 'after');
  await cycle(here);
  expect((await userRow(here, 'ada')).applied.memberId).toBeNull();
  return here;
}

describe('somebody who is blocked while the answer to their invitation is outstanding', () => {
  test.each([true, false])('is found and loses it all the same (lost: %s)', async (lost) => {
    const here = await inviting(lost);
    here.entra.changeUser('ada', { accountEnabled: false });
    await cycle(here);
    await passSeconds(here, 120);
    expect(teamLines(here)).toEqual(['admin (active)']);
    expect(logLines(here)).toContain('u:ada removeMember applied invitationRemoved');
    expect((await userRow(here, 'ada')).applied).toMatchObject({ removedByUs: true, error: null });
    expect(pending(here)).toEqual([]);
  });

  test('is found and suspended if they have accepted it', async () => {
    const here = await inviting(true);
    here.team.accept(adaId);
    here.entra.changeUser('ada', { accountEnabled: false });
    await passMinutes(here, 3);
    expect(teamLines(here)).toEqual(['admin (active)', 'ada (suspended)']);
  });

  test('is looked for again first of all, for ten minutes', async () => {
    const here = world().member('admin').user('ada').build();
    here.dropbox.failOnce('inviteMembers', new LostAnswerError('reset'));
    await cycle(here);
    await release(here, 'suspend');
    expect(pending(here)).toContain('takenAway u:ada in 4 s verify');
    await passSeconds(here, 1_200);
    expect(pending(here)).toEqual([]);
    expect(here.team.invitations()).toBe(0);
  });
});
