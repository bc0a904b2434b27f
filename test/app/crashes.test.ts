import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createRandom } from '../sandbox/wire/random.ts';
import { findSecondInvitations, findUnowned, readWrites } from './recorded-writes.ts';
import type { SandboxRun } from './sandbox-run.ts';
import { useRun } from './use-run.ts';

/** A team that answers slowly, so that there is a middle to be killed in. */
const slowTeam = { latencyMs: 120 } as const;

/** How far the app has come, as its services see it. */
async function countProgress(run: SandboxRun, middle: 'reading' | 'writing'): Promise<number> {
  if (middle === 'writing') return (await readWrites(run)).length;
  const { graph, dropbox } = await run.readCounts();
  return graph.requests + dropbox.requests;
}

test('killed at random moments of the first load, the app goes on: nobody is invited twice, nothing is left unowned', async () => {
  const run = await useRun({
    users: 120,
    groups: 10,
    dropbox: slowTeam,
    settings: { SLOT_CLAIM_SECONDS: '4', LEASE_SECONDS: '3' },
  });
  const random = createRandom(2026);
  const writesAtKill: number[] = [];
  for (const middle of ['reading', 'reading', 'writing', 'writing', 'writing'] as const) {
    const before = await countProgress(run, middle);
    const app = await run.startApp();
    // First the lease, or the claim, of the one before has to run out.
    while ((await countProgress(run, middle)) === before) await wait(50);
    await wait(random.below(1_200));
    await app.kill();
    writesAtKill.push((await readWrites(run)).length);
  }
  await run.startApp();
  await run.converge();
  const writes = (await readWrites(run)).length;
  expect(writesAtKill.filter((count) => count > 0 && count < writes).length).toBeGreaterThan(1);
  expect(await run.compare()).toEqual([]);
  expect(await findSecondInvitations(run)).toEqual([]);
  expect(await findUnowned(run)).toEqual([]);
}, 120_000);

test('asked to stop in the middle of a load, the app ends within seconds, and goes on when it is started again', async () => {
  const run = await useRun({ users: 80, groups: 6, dropbox: slowTeam });
  const app = await run.startApp();
  while ((await readWrites(run)).length < 3) await wait(50);
  const { how, seconds } = await app.terminate();
  expect(how).toBe('with code 0');
  expect(seconds).toBeLessThan(10);
  const written = (await readWrites(run)).length;
  await run.startApp();
  await run.converge();
  expect((await readWrites(run)).length).toBeGreaterThan(written);
  expect(await run.compare()).toEqual([]);
  expect(await findSecondInvitations(run)).toEqual([]);
}, 90_000);
