import { describe, expect, test } from 'vitest';
import { tick } from '../../shared/cycle/tick.ts';
import { BadRequestError, LostAnswerError, TransientError } from '../../shared/model/errors.ts';
import type { UserRow } from '../../shared/model/user-row.ts';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { ranks } from '../../shared/outbox/entry.ts';
import { schedule } from '../../shared/outbox/schedule.ts';
import {
  partitionOf,
  userAppliedAction,
  userFactsAction,
  usersTable,
} from '../../shared/rows/users.ts';
import { held, logLines, pending, teamLines, userRow } from '../world/look.ts';
import { cycle, passMinutes, work } from '../world/run.ts';
import { addressOf, world, type World } from '../world/world.ts';

async function arrived(): Promise<World> {
  const here = world().user('ada').build();
  await passMinutes(here, 2);
  return here;
}

test('exactly what changed is written, with a record of old and new', async () => {
  const here = await arrived();
  here.entra.changeUser('ada', { givenName: 'Augusta' });
  await cycle(here);
  expect(here.team.writes.at(-1)).toMatchObject({ kind: 'updateMember' });
  const changes = here.tables.rows('ProvisioningLogs')[0]?.columns['changes'];
  expect(changes).toBe(JSON.stringify([{ name: 'givenName', from: 'ada', to: 'Augusta' }]));
});

test('a change back before anything was written needs no call', async () => {
  const here = await arrived();
  const writes = here.team.writes.length;
  await here.setOperator({ status: 'on', paused: true });
  here.clock.jump(3_000);
  here.entra.changeUser('ada', { givenName: 'Augusta' });
  here.entra.changeUser('ada', { givenName: 'ada' });
  await here.setOperator({ status: 'on', paused: false });
  here.clock.jump(3_000);
  await passMinutes(here, 2);
  expect(here.team.writes).toHaveLength(writes);
});

describe('an adoption', () => {
  test('that needs no change needs no call, and is logged all the same', async () => {
    const here = world().user('ada').member('ada', { externalId: 'ada' }).build();
    await passMinutes(here, 2);
    expect(here.team.writes).toEqual([]);
    expect(logLines(here)).toEqual(['u:ada adoptMember applied']);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ origin: 'linked' });
  });

  test('of somebody known by address marks them with our id', async () => {
    const here = world().user('ada').member('ada').build();
    await passMinutes(here, 2);
    expect(here.team.members()).toMatchObject([{ memberId: 'dbmid:ada', externalId: 'ada' }]);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ origin: 'adopted' });
  });
});

/** Assigned eleven minutes after the team was listed, with a member of the same address in it. */
async function lateArrival(): Promise<World> {
  const here = world().user('ada', { unassigned: true }).member('ada').build();
  await passMinutes(here, 11);
  here.entra.setAssigned('ada', true);
  here.dropbox.forgetCalls();
  return here;
}

describe('a listing of the team that is older than ten minutes', () => {
  test('is not believed about whom it would let us change: Dropbox is asked first', async () => {
    const here = await lateArrival();
    await cycle(here);
    expect(here.dropbox.calls).toEqual(['readMembersInfo', 'updateMember']);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ origin: 'adopted' });
  });

  test('lets nobody change a member who has passed to another provisioner since', async () => {
    const here = await lateArrival();
    await here.team.updateMember('dbmid:ada', { externalId: 'another' });
    await cycle(here);
    expect(here.team.members()).toMatchObject([{ externalId: 'another', givenName: 'ada' }]);
    expect(logLines(here)).toContain('u:ada none skipped foreignExternalId');
  });
});

test('an address that belongs to somebody else in Dropbox is a refusal with advice, tried again soon: its holder may be about to give it up', async () => {
  const here = world().user('ada').member('zoe').build();
  await passMinutes(here, 2);
  here.entra.changeUser('ada', { mail: addressOf('zoe') });
  await cycle(here);
  expect((await userRow(here, 'ada')).applied.error).toMatchObject({
    code: 'email_reserved_for_other_user',
    detail:
      'The address belongs to somebody else in Dropbox. Free the address there, also as a second address, or give the person another one.',
  });
  expect(pending(here)).toEqual(['attributes u:ada in 1 min']);
});

/** A name changes in Entra after this has happened in Dropbox. */
async function changeAfter(leave: (here: World) => void): Promise<World> {
  const here = await arrived();
  leave(here);
  here.entra.changeUser('ada', { givenName: 'Augusta' });
  here.dropbox.forgetCalls();
  await cycle(here);
  return here;
}

describe('an update of a member who is not in the team any more', () => {
  test('asks Dropbox about the member by id, says so, and invites nobody', async () => {
    const here = await changeAfter(({ team }) => team.removeByHand('dbmid:1'));
    expect(here.dropbox.calls.slice(0, 2)).toEqual(['updateMember', 'readMembersInfo']);
    expect((await userRow(here, 'ada')).applied).toMatchObject({
      status: 'removed',
      removedByUs: false,
      error: { code: 'removedInDropbox' },
    });
    expect(logLines(here)).toContain('u:ada none skipped removedInDropbox');
    await passMinutes(here, 3);
    expect(here.team.invitations()).toBe(1);
  });

  test('waits for an answer where Dropbox cannot be asked', async () => {
    const here = await changeAfter(({ team, dropbox }) => {
      team.removeByHand('dbmid:1');
      dropbox.failOnce('readMembersInfo', new TransientError('503', 30_000));
    });
    expect(pending(here)).toEqual([
      expect.stringMatching(/^attributes u:ada in 3\d(\.\d+)? s verify$/),
    ]);
    await passMinutes(here, 2);
    expect((await userRow(here, 'ada')).applied.error).toMatchObject({ code: 'removedInDropbox' });
  });

  test('is an ordinary refusal where Dropbox shows the member all the same', async () => {
    const refusal = { tag: 'user_not_found' };
    const here = await changeAfter(({ dropbox }) =>
      dropbox.replace({ updateMember: async () => ({ kind: 'refused', refusal }) }),
    );
    expect((await userRow(here, 'ada')).applied).toMatchObject({
      status: 'invited',
      error: { code: 'user_not_found' },
    });
    expect(pending(here)).toEqual(['attributes u:ada in 6 h']);
  });
});

describe('a change that is malformed', () => {
  test('of one of twenty spoils nobody else', async () => {
    const builder = world();
    const names = Array.from({ length: 20 }, (_, index) => `a${index}`);
    for (const name of names) builder.user(name);
    const here = builder.build({ pageSize: 100 });
    await passMinutes(here, 2);
    here.dropbox.replace({
      updateMember: async (memberId, changes) => {
        if (changes.givenName === 'New a7') throw new BadRequestError('HTTP 400');
        return here.team.updateMember(memberId, changes);
      },
    });
    for (const name of names) here.entra.changeUser(name, { givenName: `New ${name}` });
    await cycle(here);
    const changed = here.team.members().filter(({ givenName }) => givenName.startsWith('New'));
    expect(changed).toHaveLength(19);
    expect(pending(here)).toEqual(['attributes u:a7 in 6 h']);
    expect((await userRow(here, 'a7')).applied.error).toMatchObject({ code: 'malformed' });
  });
});

describe('an update whose answer is lost', () => {
  for (const when of ['before', 'after'] as const) {
    test(`${when} it took effect is read back, and made only if it is still needed`, async () => {
      const here = await arrived();
      here.entra.changeUser('ada', { givenName: 'Augusta' });
      here.dropbox.failOnce('updateMember', new LostAnswerError('reset'), when);
      await passMinutes(here, 3);
      expect(here.team.members()).toMatchObject([{ givenName: 'Augusta' }]);
      const updates = here.team.writes.filter(({ kind }) => kind === 'updateMember');
      expect(updates).toHaveLength(1);
      expect((await userRow(here, 'ada')).applied).toMatchObject({ error: null, attempts: 0 });
    });
  }
});

/** The worker alone, about a row that takes away what nobody has released. */
async function meetUnreleased(here: World, name: string): Promise<void> {
  const row = await userRow(here, name);
  const desired: UserRow['desired'] = {
    ...row.desired,
    generation: row.desired.generation + 1,
    presence: 'absent',
    takes: 'suspend',
    takesBecause: { code: 'blocked', detail: '' },
    takesKind: 'said',
    takesSince: here.clock.now(),
  };
  const action = userFactsAction(row, row.source, desired);
  await here.tables.write(usersTable, partitionOf(name), [action]);
  const entry = { id: `u:${name}`, rank: ranks.attributes, due: here.clock.now(), verify: false };
  await schedule(here.tables, [entry]);
  here.dropbox.forgetCalls();
  await dispatch(here.deps);
  await work(here);
}

describe('a worker that meets a taking nobody has released', () => {
  test('of somebody who is not in the team holds it, and makes no call', async () => {
    const here = world().user('ada').build({ status: 'planOnly' });
    await cycle(here);
    await here.setOperator({ status: 'on', paused: false });
    await meetUnreleased(here, 'ada');
    expect(held(here)).toEqual(['u:ada suspend blocked']);
    expect(here.dropbox.calls).toEqual([]);
  });

  test('leaves a member as they are, also where a name has changed', async () => {
    const here = await arrived();
    here.team.changeByHand('dbmid:1', { givenName: 'Augusta' });
    await meetUnreleased(here, 'ada');
    expect(held(here)).toEqual(['u:ada suspend blocked']);
    expect(teamLines(here)).toEqual(['ada (invited)']);
    expect(here.dropbox.calls).toEqual([]);
  });
});

test('somebody who was removed in Dropbox by somebody else is reported, not invited again, and looked for after six hours', async () => {
  const here = world()
    .user('ada')
    .member('ada', { status: 'removed' })
    .build({ team: { removedInInfo: true } });
  await passMinutes(here, 2);
  expect(here.team.invitations()).toBe(0);
  expect(logLines(here)).toEqual(['u:ada none skipped removedInDropbox']);
  expect(pending(here)).toEqual(['invite u:ada in 6 h verify']);
});

test('a worker whose row another one has written gives up what it knows, and Dropbox is asked', async () => {
  const here = await arrived();
  here.entra.changeUser('ada', { givenName: 'Augusta' });
  here.dropbox.replace({
    updateMember: async (...input) => {
      const row = await userRow(here, 'ada');
      const action = userAppliedAction(row, { ...row.applied, origin: 'adopted' });
      await here.tables.write(usersTable, partitionOf('ada'), [action]);
      return here.team.updateMember(...input);
    },
  });
  here.dropbox.forgetCalls();
  await cycle(here);
  expect(here.dropbox.calls).toEqual(['updateMember', 'readMembersInfo']);
  expect((await userRow(here, 'ada')).applied).toMatchObject({
    origin: 'adopted',
    actual: { givenName: 'Augusta' },
  });
});

test('a desired state that moves while the call is out is carried out next', async () => {
  const here = await arrived();
  here.entra.changeUser('ada', { givenName: 'Augusta' });
  here.dropbox.replace({
    updateMember: async (...input) => {
      here.dropbox.replace({});
      here.entra.changeUser('ada', { givenName: 'Agnes' });
      here.clock.jump(1_000);
      await tick(here.deps);
      return here.team.updateMember(...input);
    },
  });
  await passMinutes(here, 2);
  expect(here.team.members()).toMatchObject([{ givenName: 'Agnes' }]);
  expect((await userRow(here, 'ada')).applied.generation).toBe(3);
});
