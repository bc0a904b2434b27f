import { describe, expect, test } from 'vitest';
import { tick } from '../../shared/cycle/tick.ts';
import { LostAnswerError, ThrottledError } from '../../shared/model/errors.ts';
import { applySlot } from '../../shared/apply/apply-slot.ts';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { loadEdges } from '../../shared/rows/edges.ts';
import { loadHeartbeat, saveHeartbeat } from '../../shared/rows/job.ts';
import { held, logLines, pending, teamLines, userRow } from '../world/look.ts';
import { cycle, passMinutes, work } from '../world/run.ts';
import { world } from '../world/world.ts';
import {
  accepted,
  adaId,
  desire,
  logOfAda,
  memberWrites,
  passSeconds,
  release,
  settle,
  taking,
  takingNothing,
} from './leaver.ts';

describe('somebody who is blocked in Entra', () => {
  test('is suspended within one cycle, devices untouched, with the reason in the log', async () => {
    const here = await accepted();
    here.entra.changeUser('ada', { accountEnabled: false });
    await cycle(here);
    expect(teamLines(here)).toEqual(['admin (active)', 'ada (suspended): design']);
    expect(here.team.writes.at(-1)).toEqual({
      kind: 'suspendMember',
      memberId: adaId,
      wipeData: false,
    });
    expect(logLines(here).at(-1)).toBe('u:ada suspendMember applied blocked');
    expect(here.tables.rows('ProvisioningLogs')[0]?.columns['reason']).toBe(
      'sign-in is blocked in Entra',
    );
  });

  test('is known as suspended by us, and nothing waits any more', async () => {
    const here = await accepted();
    here.entra.changeUser('ada', { accountEnabled: false });
    await passMinutes(here, 3);
    const { applied, desired } = await userRow(here, 'ada');
    expect(applied).toMatchObject({ status: 'suspended', suspendedByUs: true, intended: null });
    expect(applied.generation).toBe(desired.generation);
    expect([...pending(here), ...held(here)]).toEqual([]);
    expect(memberWrites(here)).toEqual(['suspendMember']);
  });

  test('is suspended also if renamed between the release and the call, and not renamed', async () => {
    const here = await accepted();
    await desire(here, taking('suspend', 'suspend'));
    here.entra.changeUser('ada', { givenName: 'Augusta', accountEnabled: false });
    await passMinutes(here, 2);
    expect(teamLines(here)).toContain('ada (suspended): design');
    expect(memberWrites(here)).toEqual(['suspendMember']);
  });
});

describe('somebody who is deleted for good in Entra', () => {
  test('is removed, devices untouched, recoverable, and known as removed by us', async () => {
    const here = await accepted();
    here.entra.changeUser('ada', { state: 'hard' });
    await cycle(here);
    expect(here.team.writes.filter(({ kind }) => kind === 'removeMember')).toEqual([
      { kind: 'removeMember', memberId: adaId, wipeData: false },
    ]);
    expect((await userRow(here, 'ada')).applied).toMatchObject({
      status: 'removed',
      removedByUs: true,
    });
    expect(logOfAda(logLines(here))).toEqual(['u:ada removeMember applied hardDeleted']);
  });

  test('is in no group any more as far as we know', async () => {
    const here = await accepted();
    await release(here, 'remove');
    const [edge] = await loadEdges(here.tables, 'design', ['ada']);
    expect(edge).toMatchObject({ applied: false, intendedAt: 0 });
  });
});

test('of a removal of which only a suspension was released, the suspension is carried out and the rest stays in held', async () => {
  const here = await accepted();
  await release(here, 'remove', 'suspend');
  expect(memberWrites(here)).toEqual(['suspendMember']);
  expect(held(here)).toEqual(['u:ada remove blocked']);
  expect(pending(here)).toEqual([]);
  await release(here, 'remove', 'remove');
  expect(memberWrites(here)).toEqual(['suspendMember', 'removeMember']);
});

describe('the admin who authorised us', () => {
  test('is never suspended nor removed, which is said once', async () => {
    const here = await accepted();
    const { value, etag } = await loadHeartbeat(here.tables);
    await saveHeartbeat(here.tables, { value: { ...value, authorisingAdmin: adaId }, etag });
    await release(here, 'suspend');
    expect(pending(here)).toEqual(['takenAway u:ada in 6 h verify']);
    here.clock.jump(6 * 3_600_000);
    await settle(here);
    await release(here, 'remove');
    expect(memberWrites(here)).toEqual([]);
    expect(logOfAda(logLines(here))).toEqual([
      'u:ada none skipped authorisingAdmin',
      'u:ada none skipped authorisingAdmin',
    ]);
  });
});

test('the last admin of the team stays, with advice, and is tried again after six hours', async () => {
  const here = await accepted({ team: { lastAdmin: adaId } });
  await release(here, 'suspend');
  expect(teamLines(here)).toContain('ada (active): design');
  const { error, intended } = (await userRow(here, 'ada')).applied;
  expect(error?.code).toBe('suspend_last_admin');
  expect(error?.detail).toContain('admin');
  expect(intended).toBeNull();
  expect(pending(here)).toEqual(['takenAway u:ada in 6 h']);
  await release(here, 'remove');
  expect((await userRow(here, 'ada')).applied.error?.code).toBe('remove_last_admin');
});

describe('somebody whom an admin had already', () => {
  test('suspended by hand stays theirs: logged as such, and not ours to lift', async () => {
    const here = await accepted();
    here.team.suspendByHand(adaId);
    await release(here, 'suspend');
    expect((await userRow(here, 'ada')).applied).toMatchObject({
      status: 'suspended',
      suspendedByUs: false,
      intended: null,
    });
    expect(logOfAda(logLines(here))).toEqual([
      'u:ada suspendMember alreadyDone suspendedInDropbox',
    ]);
  });

  test('suspended by hand while our call was put off stays theirs', async () => {
    const here = await accepted();
    here.dropbox.failOnce('suspendMember', new ThrottledError('429', 30_000));
    await release(here, 'suspend');
    expect((await userRow(here, 'ada')).applied.intended).toBeNull();
    here.team.suspendByHand(adaId);
    await passSeconds(here, 60);
    expect(memberWrites(here)).toEqual(['suspendMember']);
    expect((await userRow(here, 'ada')).applied).toMatchObject({
      status: 'suspended',
      suspendedByUs: false,
    });
  });

  test.each(['suspend', 'remove'] as const)('removed by hand needs no %s', async (effect) => {
    const here = await accepted();
    here.team.removeByHand(adaId);
    await release(here, effect);
    expect((await userRow(here, 'ada')).applied).toMatchObject({
      status: 'removed',
      removedByUs: false,
      error: null,
    });
    expect(logOfAda(logLines(here))).toEqual(['u:ada removeMember alreadyDone removedInDropbox']);
    expect(pending(here)).toEqual([]);
  });
});

describe('a suspension', () => {
  for (const when of ['before', 'after'] as const) {
    test(`whose answer is lost ${when} it took effect happens once, and is ours`, async () => {
      const here = await accepted();
      here.dropbox.failOnce('suspendMember', new LostAnswerError('reset'), when);
      await release(here, 'suspend');
      expect(pending(here)).toEqual(['takenAway u:ada in 2 s verify']);
      await passSeconds(here, 10);
      expect(teamLines(here)).toContain('ada (suspended): design');
      expect((await userRow(here, 'ada')).applied).toMatchObject({
        suspendedByUs: true,
        error: null,
        intended: null,
      });
      const outcome = when === 'before' ? 'applied' : 'alreadyDone';
      expect(logOfAda(logLines(here))).toEqual([`u:ada suspendMember ${outcome} blocked`]);
      expect(memberWrites(here)).toEqual(['suspendMember']);
    });
  }

  test('whose answer was lost, of somebody who is allowed again meanwhile, ends with them active', async () => {
    const here = await accepted();
    here.dropbox.failOnce('suspendMember', new LostAnswerError('reset'), 'after');
    await release(here, 'suspend');
    await desire(here, takingNothing);
    await passSeconds(here, 10);
    expect(teamLines(here)).toContain('ada (active): design');
    expect((await userRow(here, 'ada')).applied).toMatchObject({
      status: 'active',
      suspendedByUs: false,
      generation: (await userRow(here, 'ada')).desired.generation,
    });
  });

  test('of somebody who is allowed again just before the call is not made', async () => {
    const here = await accepted();
    await desire(here, taking('suspend', 'suspend'));
    await dispatch(here.deps);
    const message = here.doorbell.receive();
    let isAllowed = false;
    const write: typeof here.deps.tables.write = async (table, partition, actions) => {
      if (table === 'Users' && !isAllowed) {
        isAllowed = true;
        await desire(here, takingNothing);
      }
      return here.deps.tables.write(table, partition, actions);
    };
    const tables = { ...here.deps.tables, write };
    await applySlot(message ?? { slot: 0, token: '' }, { ...here.deps, tables });
    await settle(here);
    expect(isAllowed).toBe(true);
    expect(memberWrites(here)).toEqual([]);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ status: 'invited', error: null });
  });

  test('that Dropbox contradicts itself about is looked at again', async () => {
    const here = await accepted();
    here.dropbox.replace({
      suspendMember: async () => {
        here.dropbox.replace({});
        return { kind: 'refused', refusal: { tag: 'suspend_inactive_user' } };
      },
    });
    await release(here, 'suspend');
    expect(pending(here)).toEqual(['takenAway u:ada in 2 s verify']);
    await passSeconds(here, 5);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ suspendedByUs: true });
  });
});

test('a pause between two people of a slot stops before the second one within two seconds', async () => {
  const here = world().member('admin').user('a1').user('a2').build();
  await passMinutes(here, 2);
  for (const { memberId } of here.team.members()) here.team.accept(memberId);
  here.entra.changeUser('a1', { accountEnabled: false });
  here.entra.changeUser('a2', { accountEnabled: false });
  here.dropbox.replace({
    suspendMember: async (...input) => {
      const answer = await here.team.suspendMember(...input);
      await here.setOperator({ status: 'on', paused: true });
      here.clock.jump(2_000);
      return answer;
    },
  });
  await cycle(here);
  expect(memberWrites(here)).toEqual(['suspendMember']);
  await here.setOperator({ status: 'on', paused: false });
  here.clock.jump(2_000);
  here.dropbox.replace({});
  await passMinutes(here, 1);
  expect(memberWrites(here)).toEqual(['suspendMember', 'suspendMember']);
});

/** True where the worker died at that write; whatever happens, it ends the same. */
async function dying(effect: 'suspend' | 'remove', write: number): Promise<boolean> {
  const here = await accepted();
  await desire(here, taking(effect, effect));
  await dispatch(here.deps);
  here.crash.at(write);
  const message = here.doorbell.receive();
  let died = false;
  try {
    await applySlot(message ?? { slot: 0, token: '' }, here.deps);
  } catch {
    died = true;
  }
  here.crash.revive();
  here.clock.jump(200_000);
  await tick(here.deps);
  await work(here);
  await passMinutes(here, 2);
  const { applied } = await userRow(here, 'ada');
  const call = effect === 'suspend' ? 'suspendMember' : 'removeMember';
  expect(memberWrites(here).filter((kind) => kind === call)).toEqual([call]);
  expect(applied.suspendedByUs).toBe(effect === 'suspend');
  expect(applied.removedByUs).toBe(effect === 'remove');
  expect(applied.generation).toBe((await userRow(here, 'ada')).desired.generation);
  expect(new Set(logOfAda(logLines(here)).map((line) => line.split(' ')[1]))).toEqual(
    new Set([call]),
  );
  return died;
}

describe('a worker that dies at any of its writes while it', () => {
  test.each(['suspend', 'remove'] as const)(
    '%ss somebody leaves them so once, and as our work',
    async (effect) => {
      let write = 0;
      while (await dying(effect, write)) write += 1;
      expect(write).toBeGreaterThan(4);
    },
  );
});
