import { expect, test } from 'vitest';
import { z } from 'zod';
import { buildFault } from '../sandbox/wire/fault-list.ts';
import type { Fault } from '../sandbox/wire/types.ts';
import { findSecondInvitations, findUnowned, readWrites } from './recorded-writes.ts';
import type { SandboxRun } from './sandbox-run.ts';
import { useRun } from './use-run.ts';

const writes = [
  '/2/team/members/add_v2',
  '/2/team/members/set_profile_v2',
  '/2/team/groups/create',
  '/2/team/groups/update',
  '/2/team/groups/members/add',
] as const;

/** Every third write takes effect, and nobody hears of it. */
function losing(effect: Fault['then'], every = 3): readonly Fault[] {
  return writes.map((route) => buildFault({ route, every, when: 'after' }, effect));
}

/** How often an answer was lost, by route. */
async function readLosses(run: SandboxRun): Promise<ReadonlyMap<string, number>> {
  const faults = await run.dropbox.read('/faults', struckSchema);
  return new Map(faults.map(({ route, struck }) => [route, struck]));
}

const struckSchema = z.array(z.object({ route: z.string(), struck: z.number() }));

async function expectNothingTwice(run: SandboxRun): Promise<void> {
  expect(await run.compare()).toEqual([]);
  expect(await findSecondInvitations(run)).toEqual([]);
  expect(await findUnowned(run)).toEqual([]);
  const made = (await readWrites(run))
    .filter(({ route }) => route === '/2/team/groups/create')
    .flatMap(({ result }) => result.changed.map(({ name }) => name));
  expect(made).toHaveLength(new Set(made).size);
}

test.each([
  ['the connection breaks', { kind: 'reset' }],
  ['a 500 comes', { kind: 'status', status: 500 }],
] as const)(
  'every third write takes effect but %s: nobody is invited twice and no group made twice',
  async (_name, effect) => {
    const run = await useRun({ users: 80, groups: 5 });
    await run.dropbox.write('POST', '/faults', losing(effect));
    await run.startApp();
    await run.converge();
    await expectNothingTwice(run);
    const losses = await readLosses(run);
    for (const route of ['members/add_v2', 'groups/create', 'groups/members/add']) {
      expect(losses.get(`/2/team/${route}`), route).toBeGreaterThan(0);
    }
  },
  90_000,
);

test('invitations that always go by a job arrive once, also when their effect is late', async () => {
  const run = await useRun({
    users: 40,
    groups: 4,
    dropbox: { asyncAdd: 'always', jobPolls: 2, asyncEffectMs: 700 },
  });
  await run.startApp();
  await run.converge();
  await expectNothingTwice(run);
}, 90_000);

test('a team whose lists are behind its writes, with answers lost, is still read back right', async () => {
  const run = await useRun({
    users: 40,
    groups: 4,
    dropbox: { listLagMs: 1_500, asyncAdd: 'never' },
  });
  await run.dropbox.write('POST', '/faults', losing({ kind: 'reset' }, 2));
  await run.startApp();
  await run.converge();
  await expectNothingTwice(run);
}, 90_000);
