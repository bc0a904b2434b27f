import { describe, expect, test } from 'vitest';
import { applySlot } from '../../shared/apply/apply-slot.ts';
import { marginOf, startTurn } from '../../shared/apply/turn.ts';
import { CredentialError, ThrottledError, TransientError } from '../../shared/model/errors.ts';
import { ranks } from '../../shared/outbox/entry.ts';
import type { TakenSlot } from '../../shared/outbox/slot.ts';
import { pending, slots, teamLines } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { tick } from '../../shared/cycle/tick.ts';
import { world, type World } from '../world/world.ts';

const claimMs = 180_000;

function turnOf({ deps, clock }: World): ReturnType<typeof startTurn> {
  const until = clock.now() + claimMs;
  const slot: TakenSlot = {
    index: 0,
    token: 't',
    until,
    ids: [],
    running: true,
    verify: false,
    tries: 1,
  };
  return startTurn(slot, deps);
}

describe('before each call', () => {
  test('the brake is looked at: a pause halts within two seconds', async () => {
    const here = world().build({ claimMs });
    const turn = turnOf(here);
    expect(await turn.mayCall()).toBe(true);
    await here.setOperator({ status: 'on', paused: true });
    here.clock.jump(2_000);
    expect(await turn.mayCall()).toBe(false);
  });

  test('the claim is looked at: none is begun that could outlive it', async () => {
    const here = world().build({ claimMs });
    const turn = turnOf(here);
    here.clock.jump(claimMs - marginOf(claimMs));
    expect(await turn.mayCall()).toBe(true);
    here.clock.jump(1);
    expect(await turn.mayCall()).toBe(false);
  });

  test('a wait that Dropbox asked for is waited out, if it ends within the claim', async () => {
    const here = world().build({ claimMs });
    const turn = turnOf(here);
    const asked = here.clock.now() + 60_000;
    await here.deps.brake.throttle(60_000);
    expect(await turn.mayCall()).toBe(true);
    expect(here.clock.now()).toBeGreaterThanOrEqual(asked);
  });

  test('a longer wait hands the rest back at once', async () => {
    const here = world().build({ claimMs });
    const turn = turnOf(here);
    await here.deps.brake.throttle(claimMs);
    expect(await turn.mayCall()).toBe(false);
    expect(here.clock.slept).toEqual([]);
  });
});

test('of two wishes to come again the earlier counts, and "read back" is kept', () => {
  const turn = turnOf(world().build());
  const entry = { id: 'u:ada', rank: ranks.invite, due: 9_000, verify: true };
  turn.comeAgain(entry);
  turn.comeAgain({ ...entry, due: 5_000, verify: false });
  turn.comeAgain({ ...entry, due: 7_000, verify: false });
  expect(turn.again).toEqual([{ ...entry, due: 5_000, verify: true }]);
});

test('a ring for a group takes nothing back from what was said about it before', () => {
  const here = world().build();
  const turn = turnOf(here);
  const entry = { id: 'g:design', rank: ranks.groups, due: 9_000, verify: true };
  turn.comeAgain(entry);
  turn.ringGroups(['design', 'sales']);
  expect(turn.again).toMatchObject([entry, { id: 'g:sales', verify: false }]);
});

describe('a worker', () => {
  test('that is paused between two objects hands the rest back and goes on there when resumed', async () => {
    const here = world().user('ada').user('bob').member('ada').member('bob').build();
    here.dropbox.replace({
      updateMember: async (...input) => {
        here.dropbox.replace({});
        await here.setOperator({ status: 'on', paused: true });
        here.clock.jump(3_000);
        return here.team.updateMember(...input);
      },
    });
    await cycle(here);
    expect(here.team.writes).toHaveLength(1);
    expect(pending(here)).toHaveLength(1);
    expect(await slots(here)).toEqual([undefined, undefined]);
    await here.setOperator({ status: 'on', paused: false });
    here.clock.jump(3_000);
    await cycle(here);
    expect(here.team.writes).toHaveLength(2);
  });

  test('whose claim runs short hands the rest back, and calls nobody twice', async () => {
    const builder = world();
    for (const name of ['a', 'b', 'c', 'd']) builder.user(name).member(name);
    const here = builder.build({ claimMs: 30_000 });
    here.dropbox.replace({
      updateMember: async (...input) => {
        here.clock.jump(11_000);
        return here.team.updateMember(...input);
      },
    });
    await passMinutes(here, 3);
    const ids = here.team.writes.map((write) =>
      write.kind === 'updateMember' ? write.memberId : '',
    );
    expect(ids.toSorted()).toEqual(['dbmid:a', 'dbmid:b', 'dbmid:c', 'dbmid:d']);
  });

  test('that is told to wait comes again no sooner than asked', async () => {
    const here = world().user('ada').build();
    here.dropbox.failOnce('inviteMembers', new ThrottledError('429', 600_000));
    await cycle(here);
    expect(teamLines(here)).toEqual([]);
    here.clock.jump(599_000);
    here.dropbox.forgetCalls();
    await cycle(here);
    expect(here.dropbox.calls).toEqual([]);
    here.clock.jump(5_000);
    await cycle(here);
    expect(teamLines(here)).toEqual(['ada (invited)']);
  });

  test('that meets a passing trouble comes again after its delay, and records nothing as final', async () => {
    const here = world().user('ada').build();
    here.dropbox.failOnce('inviteMembers', new TransientError('503', 20_000));
    await cycle(here);
    here.dropbox.forgetCalls();
    here.clock.jump(19_999);
    await cycle(here);
    expect(here.dropbox.calls).toEqual([]);
    here.clock.jump(2_001);
    await cycle(here);
    expect(teamLines(here)).toEqual(['ada (invited)']);
  });

  test('whose credentials are refused stops everything and says which scope is missing', async () => {
    const here = world().user('ada').build();
    const error = new CredentialError('missing_scope', 'dropbox', 'members.write');
    here.dropbox.failOnce('inviteMembers', error);
    await cycle(here);
    expect((await here.deps.brake.look({ fresh: true })).quarantine).toMatchObject({
      code: 'scopeMissing',
      detail: 'missing_scope',
    });
    expect(pending(here)).toEqual(['invite u:ada']);
  });
});

test('a doubled message does the work once', async () => {
  const here = world().user('ada').build();
  await tick(here.deps);
  const [message] = here.doorbell.messages();
  if (message === undefined) throw new Error('nobody rang');
  await Promise.all([applySlot(message, here.deps), applySlot(message, here.deps)]);
  await applySlot(message, here.deps);
  expect(here.team.writes).toHaveLength(1);
});

const build = (): World =>
  world()
    .user('ada')
    .user('bob', { unassigned: true })
    .group('design', ['ada', 'bob'])
    .member('bob')
    .build({ slots: 1 });

test('a worker that dies anywhere is followed by one that ends the same, with nobody invited twice', async () => {
  const calm = build();
  await tick(calm.deps);
  calm.crash.revive();
  await passMinutes(calm, 3);
  const whole = calm.crash.writes;
  const wanted = teamLines(calm).toSorted();
  for (let write = 0; write < whole; write++) {
    const here = build();
    await tick(here.deps);
    here.crash.at(write);
    await expect(passMinutes(here, 3), `no crash at ${write}`).rejects.toThrow('the process died');
    here.crash.revive();
    await passMinutes(here, 15);
    expect(teamLines(here).toSorted(), `after a crash at write ${write}`).toEqual(wanted);
    expect(here.team.invitations()).toBe(1);
    expect(pending(here)).toEqual([]);
  }
});
