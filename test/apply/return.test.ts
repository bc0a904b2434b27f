import { describe, expect, test } from 'vitest';
import { LostAnswerError } from '../../shared/model/errors.ts';
import { loadEdges } from '../../shared/rows/edges.ts';
import { logLines, pending, teamLines, userRow } from '../world/look.ts';
import { passMinutes } from '../world/run.ts';
import { addressOf, type World } from '../world/world.ts';
import {
  accepted,
  adaId,
  desire,
  invited,
  logOfAda,
  memberWrites,
  passSeconds,
  release,
  settle,
  taking,
  takingNothing,
  wantBack,
} from './leaver.ts';

const dayMs = 86_400_000;

async function suspended(): Promise<World> {
  const here = await accepted();
  await release(here, 'suspend');
  return here;
}

async function removed(options: Parameters<typeof accepted>[0] = {}): Promise<World> {
  const here = await accepted(options);
  await release(here, 'remove');
  return here;
}

async function expectSettled(here: World): Promise<void> {
  const { applied, desired } = await userRow(here, 'ada');
  expect(applied).toMatchObject({ generation: desired.generation, error: null, intended: null });
  expect(pending(here)).toEqual([]);
}

describe('somebody whom we suspended, and who is wanted again,', () => {
  test('is unsuspended within one cycle of being allowed in Entra', async () => {
    const here = await accepted();
    here.entra.changeUser('ada', { accountEnabled: false });
    await passMinutes(here, 1);
    here.entra.changeUser('ada', { accountEnabled: true });
    await passMinutes(here, 1);
    expect(teamLines(here)).toEqual(['admin (active)', 'ada (active): design']);
    expect(logOfAda(logLines(here))).toEqual([
      'u:ada suspendMember applied blocked',
      'u:ada unsuspendMember applied',
    ]);
    await expectSettled(here);
  });

  test('is changed in the same turn if the name is another one by now', async () => {
    const here = await suspended();
    const { desired } = await userRow(here, 'ada');
    const target = desired.target === null ? null : { ...desired.target, givenName: 'Augusta' };
    await wantBack(here, { target });
    expect(memberWrites(here)).toEqual(['suspendMember', 'unsuspendMember', 'updateMember']);
    expect(here.team.members()).toContainEqual(
      expect.objectContaining({ givenName: 'Augusta', status: 'active' }),
    );
    await expectSettled(here);
  });

  test('and was unsuspended by hand meanwhile needs no more than a note', async () => {
    const here = await suspended();
    here.team.unsuspendByHand(adaId);
    await wantBack(here);
    expect(logOfAda(logLines(here)).at(-1)).toBe('u:ada unsuspendMember alreadyDone');
    expect((await userRow(here, 'ada')).applied).toMatchObject({
      status: 'active',
      suspendedByUs: false,
    });
    await expectSettled(here);
  });

  test('and was removed by hand meanwhile is reported, not recovered', async () => {
    const here = await suspended();
    here.team.removeByHand(adaId);
    await wantBack(here);
    expect(memberWrites(here)).toEqual(['suspendMember', 'unsuspendMember']);
    expect(logOfAda(logLines(here)).at(-1)).toBe('u:ada none skipped removedInDropbox');
    expect(pending(here)).toEqual(['attributes u:ada in 6 h verify']);
  });

  for (const when of ['before', 'after'] as const) {
    test(`is unsuspended once if the answer is lost ${when} it took effect`, async () => {
      const here = await suspended();
      here.dropbox.failOnce('unsuspendMember', new LostAnswerError('reset'), when);
      await wantBack(here);
      expect(pending(here)).toEqual(['returned u:ada in 2 s verify']);
      await passSeconds(here, 10);
      const outcome = when === 'before' ? 'applied' : 'alreadyDone';
      expect(logOfAda(logLines(here)).at(-1)).toBe(`u:ada unsuspendMember ${outcome}`);
      expect(teamLines(here)).toContain('ada (active): design');
      await expectSettled(here);
    });
  }

  test('waits for a licence where Dropbox wants one, and comes back when there is one', async () => {
    const here = await suspended();
    here.dropbox.replace({
      unsuspendMember: async () => ({
        kind: 'refused',
        refusal: { tag: 'team_license_limit' },
      }),
    });
    await wantBack(here);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ intended: null });
    here.dropbox.replace({});
    await passMinutes(here, 20);
    expect(teamLines(here)).toContain('ada (active): design');
    await expectSettled(here);
  });
});

describe('somebody whom an admin suspended by hand', () => {
  test('is never unsuspended by us: said once, and looked at after six hours', async () => {
    const here = await accepted();
    here.team.suspendByHand(adaId);
    await release(here, 'suspend');
    await wantBack(here);
    await passSeconds(here, 30);
    expect(memberWrites(here)).toEqual(['suspendMember']);
    expect(logOfAda(logLines(here)).at(-1)).toBe('u:ada none skipped suspendedInDropbox');
    expect(pending(here)).toEqual(['attributes u:ada in 6 h verify']);
    const lines = logLines(here).length;
    here.clock.jump(6 * 3_600_000);
    await settle(here);
    expect(logLines(here)).toHaveLength(lines);
    expect(pending(here)).toEqual(['attributes u:ada in 12 h verify']);
  });

  test('is let be as soon as the admin lifts it', async () => {
    const here = await accepted();
    here.team.suspendByHand(adaId);
    await release(here, 'suspend');
    await wantBack(here);
    here.team.unsuspendByHand(adaId);
    here.clock.jump(6 * 3_600_000);
    await settle(here);
    expect((await userRow(here, 'ada')).applied.status).toBe('active');
    await expectSettled(here);
  });

  test('keeps up with changes of name, and the suspension is still said', async () => {
    const here = await accepted();
    here.team.suspendByHand(adaId);
    await release(here, 'suspend');
    const { desired } = await userRow(here, 'ada');
    const target = desired.target === null ? null : { ...desired.target, givenName: 'Augusta' };
    await wantBack(here, { target });
    expect(memberWrites(here)).toEqual(['suspendMember', 'updateMember']);
    expect(logOfAda(logLines(here)).at(-1)).toBe('u:ada none skipped suspendedInDropbox');
  });
});

test('somebody whose invitation we removed is invited anew, and joins the groups again', async () => {
  const here = await invited();
  await release(here, 'suspend');
  await wantBack(here);
  await passSeconds(here, 10);
  expect(here.team.invitations()).toBe(2);
  expect(teamLines(here)).toEqual(['admin (active)', 'ada (invited): design']);
  expect(logLines(here)).toContain('u:ada unlinkMember applied user_not_found');
  await expectSettled(here);
});

describe('somebody whom we removed and who is wanted again', () => {
  test.each(['active', 'suspended'] as const)(
    'within seven days is recovered, groups and all, whether they are %s then',
    async (status) => {
      const here = await accepted({ team: { recoverEarlierStatus: status === 'suspended' } });
      if (status === 'suspended') await release(here, 'suspend');
      await release(here, 'remove');
      here.clock.jump(6 * dayMs);
      await wantBack(here);
      await passSeconds(here, 10);
      expect(teamLines(here)).toEqual(['admin (active)', 'ada (active): design']);
      expect((await userRow(here, 'ada')).applied).toMatchObject({
        memberId: adaId,
        suspendedByUs: false,
        removedByUs: false,
      });
      expect(here.team.invitations()).toBe(1);
      await expectSettled(here);
    },
  );

  test('after seven days is invited anew under a new member id', async () => {
    const here = await removed();
    here.clock.jump(8 * dayMs);
    await wantBack(here);
    await passSeconds(here, 10);
    const { applied } = await userRow(here, 'ada');
    expect(applied.memberId).not.toBe(adaId);
    expect(applied).toMatchObject({ status: 'invited', origin: 'invited', removedByUs: false });
    expect(logLines(here)).toContain('u:ada unlinkMember applied user_unrecoverable');
    expect(teamLines(here).at(-1)).toBe('ada (invited): design');
    await expectSettled(here);
  });

  test('after seven days is invited anew also where Dropbox still shows the one removed', async () => {
    const here = await removed();
    const gone = here.team.members().find(({ memberId }) => memberId === adaId);
    here.clock.jump(8 * dayMs);
    const shown = gone === undefined ? undefined : { ...gone, isRecoverable: false };
    here.dropbox.replace({ readMembersInfo: async (selectors) => selectors.map(() => shown) });
    await wantBack(here);
    expect(teamLines(here).at(-1)).toBe('ada (invited): design');
  });

  test('and whom an admin recovered by hand meanwhile is linked as before', async () => {
    const here = await removed();
    here.team.recoverByHand(adaId);
    await wantBack(here);
    await passSeconds(here, 10);
    expect(logOfAda(logLines(here)).at(-1)).toBe('u:ada recoverMember alreadyDone');
    expect(teamLines(here)).toEqual(['admin (active)', 'ada (active): design']);
    expect(here.team.invitations()).toBe(1);
  });

  for (const when of ['before', 'after'] as const) {
    test(`is recovered once if the answer is lost ${when} it took effect`, async () => {
      const here = await removed();
      here.dropbox.failOnce('recoverMember', new LostAnswerError('reset'), when);
      await wantBack(here);
      expect(pending(here)).toEqual(['returned u:ada in 2 s verify']);
      await passSeconds(here, 10);
      expect(teamLines(here)).toEqual(['admin (active)', 'ada (active): design']);
      await expectSettled(here);
    });
  }

  test('while the removal is still a job of Dropbox is recovered when that has ended', async () => {
    const here = await removed({ team: { removeJobMs: () => 10_000 } });
    const { applied } = await userRow(here, 'ada');
    expect(applied).toMatchObject({ intended: { operation: 'removeMember' } });
    expect(applied.jobId).not.toBeNull();
    await desire(here, takingNothing);
    here.dropbox.forgetCalls();
    await passSeconds(here, 60);
    expect(here.dropbox.calls).toContain('readRemoveJob');
    expect(here.dropbox.calls).not.toContain('readInviteJob');
    expect(teamLines(here)).toEqual(['admin (active)', 'ada (active): design']);
    expect(memberWrites(here)).toEqual(['removeMember', 'recoverMember']);
    await expectSettled(here);
  });
});

test('somebody who is wanted again after a removal whose answer was lost is brought back, however late it takes effect', async () => {
  const here = await accepted({ team: { removeJobMs: () => 60_000 } });
  here.dropbox.failOnce('removeMember', new LostAnswerError('reset'), 'after');
  await release(here, 'remove');
  await desire(here, takingNothing);
  await passSeconds(here, 45);
  expect(teamLines(here)).toEqual(['admin (active)', 'ada (active): design']);
  await passSeconds(here, 300);
  expect(memberWrites(here)).toEqual(['removeMember', 'recoverMember']);
  expect(teamLines(here)).toEqual(['admin (active)', 'ada (active): design']);
  await expectSettled(here);
});

test('somebody who is wanted again and whose removal never took effect is let be after ten minutes', async () => {
  const here = await accepted();
  here.dropbox.failOnce('removeMember', new LostAnswerError('reset'));
  await release(here, 'remove');
  await desire(here, takingNothing);
  await passSeconds(here, 20 * 60);
  expect(memberWrites(here)).toEqual([]);
  await expectSettled(here);
});

test('a removal whose job Dropbox forgets is read back, and not made twice', async () => {
  const here = await accepted({ team: { removeJobMs: () => 1_000 } });
  here.dropbox.replace({ readRemoveJob: async () => ({ kind: 'failed' }) });
  await release(here, 'remove');
  await passSeconds(here, 30);
  expect(memberWrites(here)).toEqual(['removeMember']);
  expect((await userRow(here, 'ada')).applied).toMatchObject({
    status: 'removed',
    removedByUs: true,
    jobId: null,
  });
  await expectSettled(here);
});

test('a removal whose job never ends is read back after a quarter of an hour', async () => {
  const here = await accepted({ team: { removeJobMs: () => 30 * 60_000 } });
  await release(here, 'remove');
  await passSeconds(here, 14 * 60);
  expect(memberWrites(here)).toEqual(['removeMember']);
  here.dropbox.forgetCalls();
  await passSeconds(here, 120);
  expect(here.dropbox.calls).toContain('readMembersInfo');
});

describe('a member whom Dropbox does not know any more, and whose link may be dropped,', () => {
  test('is asked about once more and then invited anew, groups and all', async () => {
    const here = await accepted();
    here.team.removeByHand(adaId);
    here.clock.jump(8 * dayMs);
    await desire(here, taking('suspend', 'suspend'));
    await settle(here);
    await wantBack(here, { unlinks: adaId });
    await passSeconds(here, 10);
    expect(logLines(here)).toContain('u:ada unlinkMember applied memberGone');
    expect(teamLines(here).at(-1)).toBe('ada (invited): design');
    const [edge] = await loadEdges(here.tables, 'design', ['ada']);
    expect(edge?.applied).toBe(true);
    await expectSettled(here);
  });

  test('stays linked if that question finds them', async () => {
    const here = await accepted();
    here.team.removeByHand(adaId);
    await release(here, 'suspend');
    here.team.recoverByHand(adaId);
    await wantBack(here, { unlinks: adaId });
    expect(logOfAda(logLines(here)).at(-1)).toBe('u:ada unlinkMember skipped memberFound');
    expect((await userRow(here, 'ada')).applied).toMatchObject({
      memberId: adaId,
      status: 'active',
      actual: { email: addressOf('ada') },
    });
    await expectSettled(here);
  });
});
