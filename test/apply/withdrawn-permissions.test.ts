import { describe, expect, test } from 'vitest';
import { applySlot } from '../../shared/apply/apply-slot.ts';
import { toHealth } from '../../shared/admin/health.ts';
import { CredentialError } from '../../shared/model/errors.ts';
import type { EntraReader, TeamReader, TeamWriter } from '../../shared/model/ports.ts';
import { tick } from '../../shared/cycle/tick.ts';
import { loadHeartbeat } from '../../shared/rows/job.ts';
import { logLines, pending, slots, teamLines } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { world, type World } from '../world/world.ts';

const minuteMs = 60_000;
const names = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay'];
const everybody = names.map((name) => `${name} (invited): design`);

function team(): World {
  const builder = world().group('design', names);
  for (const name of names) builder.user(name);
  return builder.build();
}

async function arrived(): Promise<World> {
  const here = team();
  await passMinutes(here, 5);
  here.dropbox.forgetCalls();
  here.graph.forgetCalls();
  return here;
}

/** Nobody is asked anything for as long as the job waits, then everything goes on. */
async function waitOut(here: World): Promise<void> {
  here.dropbox.forgetCalls();
  here.graph.forgetCalls();
  await passMinutes(here, 4);
  expect([...here.dropbox.calls, ...here.graph.calls]).toEqual([]);
  here.clock.jump(minuteMs);
  await passMinutes(here, 5);
  expect((await here.deps.brake.look({ fresh: true })).quarantine).toBeNull();
}

const graphCalls: readonly (keyof EntraReader)[] = [
  'readApp',
  'readAssignments',
  'readLatestLink',
  'readUserChanges',
  'readGroupChanges',
  'readFirstMembers',
];

describe('a permission that Entra withdraws in the middle of the first cycle', () => {
  for (const method of graphCalls) {
    test(`seen by ${method} stops everything at once, loses nothing, and everything converges when it is back`, async () => {
      const here = team();
      here.graph.failOnce(method, new CredentialError('403', 'entra', 'User.Read.All'));
      await cycle(here);
      expect(await here.deps.brake.look()).toMatchObject({
        mayWrite: false,
        quarantine: { code: 'permissionMissing', attempts: 1 },
      });
      expect(here.graph.calls.at(-1)).toBe(method);
      expect(here.team.writes).toEqual([]);
      await waitOut(here);
      expect(teamLines(here)).toEqual(everybody);
      expect(here.team.invitations()).toBe(names.length);
    });
  }
});

test('a permission that Entra withdraws later on loses no change, and nobody is taken anything', async () => {
  const here = await arrived();
  here.entra.changeUser('ada', { givenName: 'Augusta' });
  here.graph.failOnce('readGroupChanges', new CredentialError('401', 'entra'));
  await cycle(here);
  expect(await here.deps.brake.look()).toMatchObject({ quarantine: { code: 'credentialRefused' } });
  here.entra.changeUser('bob', { givenName: 'Robert' });
  await waitOut(here);
  expect(teamLines(here)).toEqual(everybody);
  const givenNames = here.team.members().map(({ givenName }) => givenName);
  expect(givenNames).toEqual(expect.arrayContaining(['Augusta', 'Robert']));
});

/** The n-th change is refused, and all that follow, until the scope is granted. */
function withdrawAt(here: World, call: number): { readonly grant: () => void } {
  let calls = 0;
  here.dropbox.replace({
    updateMember: (memberId, changes) => {
      calls += 1;
      return calls < call
        ? here.team.updateMember(memberId, changes)
        : Promise.reject(new CredentialError('missing_scope', 'dropbox', 'members.write'));
    },
  });
  return { grant: () => here.dropbox.replace({}) };
}

async function refusedAtThird(): Promise<World & { readonly grant: () => void }> {
  const here = await arrived();
  const { grant } = withdrawAt(here, 3);
  for (const name of names) here.entra.changeUser(name, { surname: 'New' });
  await cycle(here);
  return { ...here, grant };
}

function renamed(here: World): number {
  return here.team.members().filter(({ surname }) => surname === 'New').length;
}

describe('credentials that Dropbox refuses in the middle of a slot', () => {
  test('let the calls before it stand, and no other is made', async () => {
    const here = await refusedAtThird();
    expect(renamed(here)).toBe(2);
    expect(here.dropbox.calls).toEqual(['updateMember', 'updateMember', 'updateMember']);
    expect(await here.deps.brake.look()).toMatchObject({
      quarantine: { code: 'scopeMissing', detail: 'missing_scope', attempts: 1 },
    });
  });

  test('turn health red, with the reason and the time of the next attempt', async () => {
    const here = await refusedAtThird();
    const { value } = await loadHeartbeat(here.tables);
    const health = toHealth(await here.deps.brake.look(), value, here.clock.now());
    expect(health).toMatchObject({ status: 'unhealthy', job: 'quarantine' });
    expect(health.problems[0]).toMatch(/^quarantine, scopeMissing: missing_scope; tried again at /);
  });

  test('leave the others where they were: due, in nobody’s hands, and in no escrow', async () => {
    const here = await refusedAtThird();
    expect(pending(here)).toHaveLength(4);
    expect(pending(here).every((line) => /^attributes u:\w+$/.test(line))).toBe(true);
    expect(await slots(here)).toEqual([undefined, undefined]);
    expect(logLines(here).filter((line) => line.includes('failed'))).toEqual([]);
  });

  test('are tried again after five minutes, and what is left is done when they work', async () => {
    const here = await refusedAtThird();
    here.grant();
    await waitOut(here);
    expect(renamed(here)).toBe(6);
    const updates = here.team.writes.filter(({ kind }) => kind === 'updateMember');
    expect(updates).toHaveLength(6);
  });

  test('and still refuse although the probe succeeds are tried more and more slowly', async () => {
    const here = await refusedAtThird();
    const since = here.clock.now();
    const attempts: number[] = [];
    for (let minute = 0; minute < 60; minute++) {
      here.clock.jump(minuteMs);
      await cycle(here);
      const { quarantine } = await here.deps.brake.look({ fresh: true });
      attempts.push(quarantine?.attempts ?? 0);
      expect(quarantine?.since).toBe(since);
    }
    expect(attempts.at(-1)).toBe(4);
    expect(here.dropbox.calls.filter((call) => call === 'updateMember')).toHaveLength(2 + 4);
    here.grant();
    await passMinutes(here, 45);
    expect(renamed(here)).toBe(6);
  });
});

test('two workers whose calls are refused at the same moment are one attempt', async () => {
  const builder = world();
  for (let index = 0; index < 25; index++) builder.user(`a${index}`);
  const here = builder.build({ pageSize: 100 });
  await tick(here.deps);
  const messages = here.doorbell.messages();
  expect(messages).toHaveLength(2);
  here.dropbox.replace({
    inviteMembers: () => Promise.reject(new CredentialError('401', 'dropbox')),
  });
  await Promise.all(messages.map(({ slot, token }) => applySlot({ slot, token }, here.deps)));
  expect(here.dropbox.calls.filter((call) => call === 'inviteMembers')).toHaveLength(2);
  expect((await here.deps.brake.look({ fresh: true })).quarantine).toMatchObject({ attempts: 1 });
});

const dropboxCalls: readonly (keyof (TeamReader & TeamWriter))[] = [
  'readMembers',
  'readGroups',
  'inviteMembers',
  'createGroup',
  'addGroupMembers',
];

describe('credentials that Dropbox refuses once', () => {
  for (const method of dropboxCalls) {
    test(`at ${method} stop everything at once, lose nothing, and everything converges afterwards`, async () => {
      const here = team();
      here.dropbox.failOnce(method, new CredentialError('invalid_access_token', 'dropbox'));
      for (let minute = 0; minute < 5; minute++) {
        if ((await here.deps.brake.look({ fresh: true })).quarantine !== null) break;
        await cycle(here);
        here.clock.jump(1_000);
      }
      expect(await here.deps.brake.look()).toMatchObject({
        quarantine: { code: 'credentialRefused', attempts: 1 },
      });
      expect(here.dropbox.calls.at(-1)).toBe(method);
      await waitOut(here);
      expect(teamLines(here)).toEqual(everybody);
      expect(here.team.invitations()).toBe(names.length);
    });
  }
});
