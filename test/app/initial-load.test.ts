import { expect, test } from 'vitest';
import { computeFloor } from '../sandbox/start/floor.ts';

import { boundOf, countApiCalls } from './api-calls.ts';
import { readWrites } from './recorded-writes.ts';
import { byHand } from './sandbox-run.ts';
import { expectTeam } from '../sandbox/oracle/expect-team.ts';
import { useRun } from './use-run.ts';

test('the first load makes the team what Entra says, near the fewest calls, and the same again writes nothing', async () => {
  const run = await useRun({ users: 150, groups: 9, schedule: byHand });
  const { directory, team } = run.world;
  const app = await run.startApp();
  const floor = computeFloor(directory, team, expectTeam(run.world));

  expect(await run.cycle()).toMatchObject({ kind: 'initial', outcome: 'complete' });
  const { graph } = await run.readCounts();
  expect(graph.requests).toBeGreaterThanOrEqual(floor.graph);
  expect(graph.requests).toBeLessThanOrEqual(boundOf(floor.graph));

  await run.load();
  expect(await run.compare()).toEqual([]);
  const { dropbox } = await run.readCounts();
  expect(countApiCalls(dropbox)).toBeGreaterThanOrEqual(floor.dropbox);
  expect(countApiCalls(dropbox)).toBeLessThanOrEqual(boundOf(floor.dropbox));

  const writes = await readWrites(run);
  await app.terminate();
  await run.startApp();
  expect(await run.cycle()).toMatchObject({ kind: 'incremental', changed: 0 });
  await run.cycle();
  expect(await readWrites(run)).toEqual(writes);
}, 60_000);
