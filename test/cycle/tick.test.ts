import { describe, expect, test } from 'vitest';
import { takeLease } from '../../shared/cycle/lease.ts';
import { tick } from '../../shared/cycle/tick.ts';
import { CredentialError, ThrottledError, TransientError } from '../../shared/model/errors.ts';
import { loadCycleState, loadHeartbeat, loadOperator } from '../../shared/rows/job.ts';
import type { Heartbeat } from '../../shared/model/job.ts';
import { pending, teamLines, userRow } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { world, type World, type WorldOptions } from '../world/world.ts';

async function heartbeat(here: World): Promise<Heartbeat> {
  return (await loadHeartbeat(here.tables)).value;
}

function ada(options: WorldOptions = {}): World {
  return world().user('ada').build(options);
}

test('the first tick writes down the state the job begins with', async () => {
  const here = ada({ status: 'planOnly' });
  await tick(here.deps);
  const operator = (await loadOperator(here.tables))?.value;
  expect(operator).toEqual({ status: 'planOnly', paused: false });
});

describe('a job that is', () => {
  test('off asks nobody anything, and shows that the timer lives', async () => {
    const here = ada({ status: 'off' });
    await cycle(here);
    expect([...here.graph.calls, ...here.dropbox.calls]).toEqual([]);
    expect(await heartbeat(here)).toMatchObject({ at: here.clock.now(), lastCycle: null });
  });

  test('paused asks nobody anything, and goes on where it was when resumed', async () => {
    const here = ada();
    await tick(here.deps);
    await here.setOperator({ status: 'on', paused: true });
    here.graph.forgetCalls();
    here.clock.jump(3_000);
    await cycle(here);
    expect(here.graph.calls).toEqual([]);
    expect(teamLines(here)).toEqual([]);
    await here.setOperator({ status: 'on', paused: false });
    here.clock.jump(180_000);
    await cycle(here);
    expect(teamLines(here)).toEqual(['ada (invited)']);
  });

  test('planning only computes and shows everything and sends nothing', async () => {
    const here = ada({ status: 'planOnly' });
    await passMinutes(here, 3);
    expect(here.team.writes).toEqual([]);
    expect(here.doorbell.messages()).toEqual([]);
    expect(await userRow(here, 'ada')).toMatchObject({ desired: { presence: 'member' } });
    expect((await heartbeat(here)).backlog.pending).toBeGreaterThan(0);
  });

  test('no longer planning only starts an initial cycle and carries everything out', async () => {
    const here = ada({ status: 'planOnly' });
    await passMinutes(here, 2);
    expect(await heartbeat(here)).toMatchObject({ lastCycle: { kind: 'incremental' } });
    await here.setOperator({ status: 'on', paused: false });
    here.clock.jump(3_000);
    await cycle(here);
    expect(await heartbeat(here)).toMatchObject({ lastCycle: { kind: 'initial' } });
    expect(teamLines(here)).toEqual(['ada (invited)']);
  });
});

test('a changed configuration starts an initial cycle that keeps all links', async () => {
  const before = ada();
  await passMinutes(before, 2);
  const here = { ...before, deps: { ...before.deps, cycle: { ...before.deps.cycle } } };
  const changed = { ...here.deps.cycle, fingerprint: 'another' };
  await cycle({ ...here, deps: { ...here.deps, cycle: changed } });
  expect(await heartbeat(here)).toMatchObject({ lastCycle: { kind: 'initial' } });
  expect(here.team.invitations()).toBe(1);
});

test('nothing is given before everything has been read once', async () => {
  const here = ada();
  const error = new TransientError('503', 60_000);
  here.graph.replace({ readGroupChanges: () => Promise.reject(error) });
  await passMinutes(here, 3);
  expect(await heartbeat(here)).toMatchObject({ initialDone: false });
  expect(pending(here)).toEqual(['invite u:ada']);
  expect(here.doorbell.messages()).toEqual([]);
  here.graph.replace({});
  await cycle(here);
  expect(teamLines(here)).toEqual(['ada (invited)']);
});

test('a cycle whose time is up ends between two pages, and the next tick goes on there', async () => {
  const here = ada({ budgetMs: 5_000 });
  here.graph.replace({
    readApp: async () => {
      here.clock.jump(10_000);
      return here.entra.readApp();
    },
  });
  await tick(here.deps);
  const state = (await loadCycleState(here.tables))?.value;
  expect(state?.phase).not.toBe('done');
  here.graph.replace({});
  await cycle(here);
  expect((await loadCycleState(here.tables))?.value).toMatchObject({
    id: state?.id,
    phase: 'done',
  });
  expect(teamLines(here)).toEqual(['ada (invited)']);
});

test('while another tick holds the lease nothing is read, and what is due is given out all the same', async () => {
  const here = ada();
  await tick(here.deps);
  await takeLease(here.deps, 60_000);
  here.graph.forgetCalls();
  await cycle(here);
  expect(here.graph.calls).toEqual([]);
  expect(teamLines(here)).toEqual(['ada (invited)']);
});

describe('the wrong place', () => {
  test('another tenant goes into quarantine before anything is read', async () => {
    const before = ada();
    await passMinutes(before, 2);
    const here = world().user('eve').build({ after: before, tenantId: 'tenant-two' });
    await passMinutes(here, 2);
    expect((await here.deps.brake.look()).quarantine).toMatchObject({
      code: 'otherTenant',
      detail: 'the stored state belongs to tenant tenant-one, the settings name tenant-two',
    });
    expect(here.graph.calls).toEqual([]);
    expect(here.team.writes).toEqual([]);
  });

  test('another team goes into quarantine within the hour, and nobody is invited into it', async () => {
    const before = ada();
    await passMinutes(before, 2);
    const here = world().user('ada').build({ after: before, teamId: 'dbtid:two' });
    here.clock.jump(3_600_000);
    here.entra.changeUser('ada', { surname: 'New' });
    await passMinutes(here, 2);
    expect((await here.deps.brake.look()).quarantine).toMatchObject({ code: 'otherTeam' });
    expect(here.team.writes).toEqual([]);
  });
});

describe('credentials that are refused', () => {
  const refused = new CredentialError('403', 'entra', 'User.Read.All');

  test('put the job into quarantine and say which permission is missing', async () => {
    const here = ada();
    here.graph.failOnce('readApp', refused);
    await cycle(here);
    expect((await here.deps.brake.look()).quarantine).toMatchObject({
      code: 'permissionMissing',
      detail: 'entra: 403',
      attempts: 1,
    });
    here.graph.forgetCalls();
    here.clock.jump(240_000);
    await cycle(here);
    expect(here.graph.calls).toEqual([]);
  });

  test('that work again at the next attempt lift the quarantine', async () => {
    const here = ada();
    here.graph.failOnce('readApp', refused);
    await cycle(here);
    here.clock.jump(301_000);
    await cycle(here);
    expect((await here.deps.brake.look()).quarantine).toBeNull();
    expect(here.log.named('quarantineLifted')).toEqual([{ code: 'permissionMissing' }]);
    expect(teamLines(here)).toEqual(['ada (invited)']);
  });

  test('of the other service keep it there: both are asked before it is lifted', async () => {
    const here = ada();
    here.graph.failOnce('readApp', refused);
    await cycle(here);
    here.clock.jump(301_000);
    here.dropbox.failOnce('readTeam', new CredentialError('401', 'dropbox'));
    await cycle(here);
    expect((await here.deps.brake.look()).quarantine).toMatchObject({
      code: 'credentialRefused',
      attempts: 2,
    });
  });
});

test('a Dropbox that asks for patience while the team is listed is asked no sooner', async () => {
  const here = ada();
  here.dropbox.failOnce('readMembers', new ThrottledError('429', 90_000));
  await cycle(here);
  here.dropbox.forgetCalls();
  here.clock.jump(89_000);
  await cycle(here);
  expect(here.dropbox.calls).toEqual([]);
  here.clock.jump(4_000);
  await cycle(here);
  expect(teamLines(here)).toEqual(['ada (invited)']);
});

test('a listing whose cursor Dropbox forgot begins again, and whoever is on the team is found', async () => {
  const builder = world().user('ada');
  for (const name of ['k1', 'k2', 'k3', 'k4', 'ada']) builder.member(name);
  const here = builder.build();
  let isFirst = true;
  here.dropbox.replace({
    readMembers: async (cursor) => {
      if (cursor !== undefined && isFirst) {
        isFirst = false;
        here.team.forgetCursors();
      }
      return here.team.readMembers(cursor);
    },
  });
  await cycle(here);
  expect(here.team.invitations()).toBe(0);
  expect((await userRow(here, 'ada')).applied).toMatchObject({ memberId: 'dbmid:ada' });
});

test('an error nobody knows fails the tick, is shown without its words, and leaves the lease free for the next', async () => {
  const here = ada();
  here.graph.failOnce('readApp', new Error('a bug'));
  await expect(tick(here.deps)).rejects.toThrow('a bug');
  expect(await heartbeat(here)).toMatchObject({
    lastCycle: { outcome: 'failed', error: 'an error nobody knows; the log has it' },
  });
  await cycle(here);
  expect(teamLines(here)).toEqual(['ada (invited)']);
});

test('what waits is counted for the operator', async () => {
  const here = ada({ status: 'planOnly' });
  await tick(here.deps);
  expect((await heartbeat(here)).backlog).toMatchObject({
    pending: 1,
    held: 0,
    escrow: 0,
    slots: 0,
  });
  expect(pending(here)).toEqual(['invite u:ada']);
});
