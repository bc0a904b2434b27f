import { expect, test } from 'vitest';
import { loadOperator, saveOperator } from '../../shared/rows/job.ts';
import { loadUsers } from '../../shared/rows/users.ts';
import { expectTeam } from '../sandbox/oracle/expect-team.ts';
import { readWrites } from './recorded-writes.ts';
import { byHand, type SandboxRun } from './sandbox-run.ts';
import { useRun } from './use-run.ts';

async function countPlanned({ tables, world }: SandboxRun): Promise<number> {
  const rows = await loadUsers(
    tables,
    world.directory.users.map(({ id }) => id),
  );
  return rows.filter(({ desired }) => desired.presence === 'member' && desired.skip === null)
    .length;
}

async function switchOn({ tables }: SandboxRun): Promise<void> {
  const operator = await loadOperator(tables);
  const value = { status: 'on', paused: false } as const;
  await saveOperator(tables, { value, etag: operator?.etag });
}

test('planning only, the app computes everything and writes nothing; switched on, it reads all again and provisions', async () => {
  const run = await useRun({
    users: 40,
    groups: 4,
    schedule: byHand,
    settings: { PROVISIONING_INITIAL_STATUS: 'planOnly' },
    dropbox: { asyncAdd: 'never' },
  });
  await run.startApp();
  expect(await run.plan()).toMatchObject({ kind: 'initial', outcome: 'complete' });
  expect(await run.plan()).toMatchObject({ kind: 'incremental', changed: 0 });
  const expected = expectTeam(run.world);
  const foundByDropbox = expected.skipped.filter(({ reason }) =>
    ['refusedByDropbox', 'foreignExternalId'].includes(reason),
  );
  const provisioned = expected.members.filter(({ origin }) => origin !== 'stranger').length;
  expect(await countPlanned(run)).toBe(provisioned + foundByDropbox.length);
  expect(await readWrites(run)).toEqual([]);
  const { dropbox } = await run.readCounts();
  expect(Object.keys(dropbox.byRoute).toSorted()).toEqual([
    '/2/team/get_info',
    '/2/team/groups/list',
    '/2/team/members/list_v2',
    '/oauth2/token',
  ]);

  await switchOn(run);
  expect(await run.cycle()).toMatchObject({ kind: 'initial', outcome: 'complete' });
  await run.load();
  expect(await run.compare()).toEqual([]);
}, 60_000);
