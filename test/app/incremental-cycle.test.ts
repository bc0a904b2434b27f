import { afterAll, beforeAll, expect, test } from 'vitest';
import { countApiCalls, countsBetween } from './api-calls.ts';
import { byHand, startRun, type RunCounts, type SandboxRun } from './sandbox-run.ts';

let run: SandboxRun;
beforeAll(async () => {
  run = await startRun({ users: 60, groups: 5, schedule: byHand, dropbox: { asyncAdd: 'never' } });
  await run.startApp();
  await run.load();
}, 60_000);
afterAll(() => run.stop());

async function countCycle(): Promise<RunCounts> {
  const before = await run.readCounts();
  await run.cycle();
  const after = await run.readCounts();
  return {
    graph: countsBetween(before.graph, after.graph),
    dropbox: countsBetween(before.dropbox, after.dropbox),
  };
}

/** People whom we provisioned, so that a new name is one call to Dropbox. */
function ordinaryPeople(count: number): readonly string[] {
  const ids = run.world.directory.users
    .filter(({ mail, accountEnabled, userType }) => mail && accountEnabled && userType === 'Member')
    .map(({ id }) => id);
  return ids.slice(-count);
}

test('a cycle without changes asks Graph four times and Dropbox not at all', async () => {
  const { graph, dropbox } = await countCycle();
  const pages = Math.ceil(run.world.directory.assignments.length / 999);
  expect(graph.requests).toBeLessThanOrEqual(3 + pages);
  expect(dropbox.requests).toBe(0);
});

test('a changed person costs one call to Dropbox and nothing more of Graph, ten cost ten', async () => {
  for (const [round, count] of [1, 10].entries()) {
    const changes = ordinaryPeople(count).map((id) => ({
      op: 'updateUser' as const,
      id,
      set: { surname: `Changed${round}` },
    }));
    await run.change(...changes);
    const { graph, dropbox } = await countCycle();
    expect(graph.requests).toBeLessThanOrEqual(4);
    expect(dropbox.byRoute).toEqual({ '/2/team/members/set_profile_v2': count });
    expect(countApiCalls(dropbox)).toBe(count);
  }
  expect(await run.compare()).toEqual([]);
});
