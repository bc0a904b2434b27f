import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readRange } from '../../shared/model/table-pages.ts';
import { logsTable } from '../../shared/rows/log-records.ts';
import { putMessage, readQueueLengths } from './queues.ts';
import type { SandboxRun } from './sandbox-run.ts';
import { useRun } from './use-run.ts';

async function readPoison({ tables }: SandboxRun): Promise<readonly string[]> {
  const messages: string[] = [];
  for await (const rows of readRange(tables, logsTable, 'poison')) {
    messages.push(...rows.map(({ columns }) => String(columns['message'])));
  }
  return messages.toSorted();
}

test('messages that nobody can read end in poison and are recorded, and the app goes on', async () => {
  const run = await useRun({
    users: 20,
    groups: 2,
    // Five tries five seconds apart would only take time.
    settings: { AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:00' },
  });
  await run.startApp();
  await run.converge();
  await putMessage(run, Buffer.from('not a doorbell').toString('base64'));
  await putMessage(run, Buffer.from('{"v":2,"slot":0,"token":"t"}').toString('base64'));
  while ((await readPoison(run)).length < 2) await wait(200);
  expect(await readPoison(run)).toEqual(['not a doorbell', '{"v":2,"slot":0,"token":"t"}']);
  expect(await readQueueLengths(run)).toEqual({ waiting: 0, poisoned: 0 });

  const before = await run.readTeam();
  const user = run.world.directory.users.at(-1);
  if (user === undefined) throw new Error('the world is empty');
  await run.change({ op: 'updateUser', id: user.id, set: { surname: 'Afterwards' } });
  await run.converge();
  expect(await run.compare(before)).toEqual([]);
  expect(await run.readTeam()).not.toEqual(before);
}, 60_000);
