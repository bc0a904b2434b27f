import { describe, expect, test } from 'vitest';
import { explainMember } from '../../shared/apply/explain-member.ts';
import { LostAnswerError } from '../../shared/model/errors.ts';
import type { TeamMember } from '../../shared/model/target.ts';
import {
  nothingAppliedToUser,
  nothingDesiredOfUser,
  type UserApplied,
} from '../../shared/model/user-row.ts';
import { schedule } from '../../shared/outbox/schedule.ts';
import { ranks } from '../../shared/outbox/entry.ts';
import { logLines, pending, userRow } from '../world/look.ts';
import type { World } from '../world/world.ts';
import { accepted, adaId, logOfAda, memberWrites, release, settle, wantBack } from './leaver.ts';

/** Somebody has Ada read back: the reconciling cycle, or an operator. */
async function verify(here: World): Promise<void> {
  here.clock.jump(1_000);
  const entry = { id: 'u:ada', rank: ranks.attributes, due: here.clock.now(), verify: true };
  await schedule(here.tables, [entry]);
  await settle(here);
}

function changesLogged(here: World): unknown {
  const drift = here.tables
    .rows('ProvisioningLogs')
    .find(({ columns }) => columns['outcome'] === 'drift' && columns['identity'] === 'u:ada');
  return JSON.parse(String(drift?.columns['changes'] ?? 'null'));
}

describe('a member who is read back', () => {
  test('and has accepted the invitation is as they should be', async () => {
    const here = await accepted();
    await verify(here);
    expect(logOfAda(logLines(here))).toEqual([]);
    expect((await userRow(here, 'ada')).applied.status).toBe('active');
  });

  test('and was renamed by hand is reported from and to, and renamed back', async () => {
    const here = await accepted();
    await verify(here);
    here.team.changeByHand(adaId, { givenName: 'Adele' });
    await verify(here);
    expect(changesLogged(here)).toEqual([{ name: 'givenName', from: 'ada', to: 'Adele' }]);
    expect(logOfAda(logLines(here)).toSorted()).toEqual([
      'u:ada none drift',
      'u:ada updateMember applied',
    ]);
    expect(here.team.members()).toContainEqual(expect.objectContaining({ givenName: 'ada' }));
    await verify(here);
    expect(logOfAda(logLines(here))).toHaveLength(2);
  });

  test('and was suspended by hand is reported, and left so', async () => {
    const here = await accepted();
    await verify(here);
    here.team.suspendByHand(adaId);
    await verify(here);
    expect(changesLogged(here)).toEqual([{ name: 'status', from: 'active', to: 'suspended' }]);
    expect(logOfAda(logLines(here)).toSorted()).toEqual([
      'u:ada none drift',
      'u:ada none skipped suspendedInDropbox',
    ]);
    expect(memberWrites(here)).toEqual([]);
    expect(pending(here)).toEqual(['attributes u:ada in 6 h verify']);
  });

  test('and was removed by hand is reported, and neither recovered nor invited again', async () => {
    const here = await accepted();
    await verify(here);
    here.team.removeByHand(adaId);
    await verify(here);
    expect(changesLogged(here)).toEqual([{ name: 'status', from: 'active', to: 'removed' }]);
    expect(memberWrites(here)).toEqual([]);
    expect(here.team.invitations()).toBe(1);
  });

  test('and whom we suspended was allowed in by hand is reported, and suspended again', async () => {
    const here = await accepted();
    await release(here, 'suspend');
    here.team.unsuspendByHand(adaId);
    await verify(here);
    expect(changesLogged(here)).toEqual([{ name: 'status', from: 'suspended', to: 'active' }]);
    expect(memberWrites(here)).toEqual(['suspendMember', 'suspendMember']);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ suspendedByUs: true });
  });

  test('and whom somebody else suspended after we had unsuspended them stays so', async () => {
    const here = await accepted();
    await release(here, 'suspend');
    await wantBack(here);
    here.team.suspendByHand(adaId);
    await verify(here);
    expect(memberWrites(here)).toEqual(['suspendMember', 'unsuspendMember']);
  });

  test('after the answer to our own change was lost is no drift', async () => {
    const here = await accepted();
    await verify(here);
    here.entra.changeUser('ada', { givenName: 'Augusta' });
    here.dropbox.failOnce('updateMember', new LostAnswerError('reset'), 'after');
    const { desired } = await userRow(here, 'ada');
    const target = desired.target === null ? null : { ...desired.target, givenName: 'Augusta' };
    await wantBack(here, { target });
    here.clock.jump(3_000);
    await settle(here);
    expect(logOfAda(logLines(here))).toEqual([]);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ error: null });
  });
});

describe('what Dropbox shows of a member', () => {
  const target = { email: 'ada@contoso.com', givenName: 'Ada', surname: 'L', externalId: 'ada' };
  const member: TeamMember = { memberId: adaId, status: 'active', ...target };

  function explain(
    found: Partial<TeamMember> | undefined,
    about: Partial<UserApplied>,
  ): ReturnType<typeof explainMember> {
    const linked = { memberId: adaId, status: 'active' as const, actual: target };
    const applied = { ...nothingAppliedToUser, ...linked, ...about };
    const desired = { ...nothingDesiredOfUser, target };
    return explainMember(
      { applied, desired },
      found === undefined ? found : { ...member, ...found },
    );
  }

  test('says nothing new where the status is one that this release does not know', () => {
    const { applied, drift } = explain(
      { status: 'unknown' },
      { suspendedByUs: true, status: 'suspended' },
    );
    expect(applied).toMatchObject({ status: 'suspended', suspendedByUs: true });
    expect(drift).toEqual([]);
  });

  test.each([
    ['suspendMember', 'active', 'suspended', { suspendedByUs: true, removedByUs: false }],
    ['removeMember', 'active', 'removed', { suspendedByUs: false, removedByUs: true }],
    ['unsuspendMember', 'suspended', 'active', { suspendedByUs: false, removedByUs: false }],
    ['recoverMember', 'removed', 'active', { suspendedByUs: false, removedByUs: false }],
  ] as const)('is our own work where %s was begun', (operation, before, status, flags) => {
    const intended = { operation, at: 1 };
    const { applied, done, drift } = explain({ status }, { status: before, intended });
    expect({ done, drift }).toEqual({ done: operation, drift: [] });
    expect(applied).toMatchObject({ status, ...flags });
  });

  test.each([
    ['removeMember', 'suspended'],
    ['suspendMember', 'removed'],
  ] as const)('is not, where %s was begun and they are %s', (operation, status) => {
    const { applied, done, drift } = explain({ status }, { intended: { operation, at: 1 } });
    expect(done).toBeUndefined();
    expect(drift).toEqual([{ name: 'status', from: 'active', to: status }]);
    expect(applied).toMatchObject({ suspendedByUs: false, removedByUs: false });
  });

  test('counts as removed where Dropbox knows nobody of that id, with the last known values', () => {
    expect(explain(undefined, {}).applied).toMatchObject({ status: 'removed', actual: target });
  });

  test('keeps a suspension of ours in mind while the member is removed', () => {
    const { applied } = explain(undefined, { status: 'suspended', suspendedByUs: true });
    expect(applied).toMatchObject({ status: 'removed', suspendedByUs: true, removedByUs: false });
  });

  test('lets nobody count as suspended or removed by us who is active', () => {
    const flags = { suspendedByUs: true, removedByUs: true };
    expect(explain({}, { status: 'removed', ...flags }).applied).toMatchObject({
      suspendedByUs: false,
      removedByUs: false,
    });
  });
});
