import { describe, expect, test } from 'vitest';
import { tick } from '../../shared/cycle/tick.ts';
import { LostAnswerError } from '../../shared/model/errors.ts';
import { partitionOf, userAppliedAction, usersTable } from '../../shared/rows/users.ts';
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
    expect(logLines(here)).toEqual(['u:ada none skipped foreignExternalId']);
  });
});

test('an address that belongs to somebody else in Dropbox is a refusal with advice, tried again soon: its holder may be about to give it up', async () => {
  const here = world().user('ada').member('zoe').build();
  await passMinutes(here, 2);
  here.entra.changeUser('ada', { mail: addressOf('zoe') });
  await cycle(here);
  expect((await userRow(here, 'ada')).applied.error).toMatchObject({
    code: 'email_reserved_for_other_user',
    detail: 'the address belongs to somebody else in Dropbox',
  });
  expect(pending(here)).toEqual(['attributes u:ada in 1 min']);
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

describe('a worker that meets a taking nobody has released', () => {
  test('holds it, and makes no call', async () => {
    const here = world().user('ada').build({ status: 'planOnly' });
    await cycle(here);
    here.entra.changeUser('ada', { accountEnabled: false });
    await cycle(here);
    const { desired } = await userRow(here, 'ada');
    for (const { partitionKey, rowKey } of here.tables.rows('Schedule')) {
      if (partitionKey !== 'held') continue;
      await here.tables.write('Schedule', 'held', [{ kind: 'delete', rowKey, etag: '*' }]);
    }
    await here.setOperator({ status: 'on', paused: false });
    here.clock.jump(3_000);
    here.dropbox.forgetCalls();
    await work(here);
    await cycle(here);
    expect(desired.takes).toBe('suspend');
    expect(held(here)).toEqual(['u:ada suspend blocked']);
    expect(here.team.writes).toEqual([]);
  });

  test('leaves a member as they are', async () => {
    const here = await arrived();
    here.entra.changeUser('ada', { accountEnabled: false, givenName: 'Augusta' });
    await passMinutes(here, 3);
    expect(teamLines(here)).toEqual(['ada (invited)']);
    expect(here.team.members()).toMatchObject([{ givenName: 'ada' }]);
  });
});

test('somebody who was removed in Dropbox by somebody else is reported, not invited again, and looked for after six hours', async () => {
  const here = world().user('ada').member('ada', { status: 'removed' }).build();
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
      const action = userAppliedAction(row, { ...row.applied, suspendedByUs: true });
      await here.tables.write(usersTable, partitionOf('ada'), [action]);
      return here.team.updateMember(...input);
    },
  });
  here.dropbox.forgetCalls();
  await cycle(here);
  expect(here.dropbox.calls).toEqual(['updateMember', 'readMembersInfo']);
  expect((await userRow(here, 'ada')).applied).toMatchObject({
    suspendedByUs: true,
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
