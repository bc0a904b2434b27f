import { describe, expect, test } from 'vitest';
import type { Fault } from '../sandbox/wire/types.ts';
import { buildFault } from '../sandbox/wire/fault-list.ts';
import { readQueueLengths } from './queues.ts';
import { findSecondInvitations } from './recorded-writes.ts';
import { judgePace } from './request-pace.ts';
import type { SandboxRun } from './sandbox-run.ts';
import { useRun } from './use-run.ts';

/** Waiting for jobs would only take time. */
const noJobs = { asyncAdd: 'never' } as const;

/** Refusals with one to three seconds to wait, in each form in which the service may say so. */
function throttling(route: string, every: readonly number[]): readonly Fault[] {
  const [often = 3, seldom = 5, rarely = 7] = every;
  const refuse = { kind: 'status', status: 429 } as const;
  return [
    buildFault({ route, every: often, times: 4 }, { ...refuse, retryAfter: '1' }),
    buildFault({ route, every: seldom, times: 2 }, { ...refuse, retryAfter: '2', body: 'text' }),
    buildFault({ route, every: rarely, times: 2 }, { ...refuse, retryAfter: '3', body: 'empty' }),
  ];
}

/** Failures without a word of when to come back, and some with. */
function failing(route: string): readonly Fault[] {
  return [
    buildFault({ route, every: 3, times: 4 }, { kind: 'status', status: 503 }),
    buildFault({ route, every: 4, times: 3 }, { kind: 'status', status: 500, body: 'html' }),
    buildFault({ route, nth: 5, times: 2 }, { kind: 'status', status: 504, body: 'empty' }),
    buildFault({ route, nth: 9 }, { kind: 'status', status: 503, retryAfter: '2' }),
  ];
}

async function expectAllIsWell(run: SandboxRun): Promise<void> {
  await run.converge();
  expect(await run.compare()).toEqual([]);
  expect(await findSecondInvitations(run)).toEqual([]);
  expect(await readQueueLengths(run)).toEqual({ waiting: 0, poisoned: 0 });
}

describe('a service that has too much to do is left alone as long as it asks', () => {
  test('Dropbox', async () => {
    const run = await useRun({ users: 40, groups: 5, dropbox: noJobs });
    await run.dropbox.write('POST', '/faults', throttling('/2/*', [3, 5, 8]));
    await run.startApp();
    await expectAllIsWell(run);
    const { asked, tooSoon } = await judgePace(run.dropbox);
    expect(asked).toBeGreaterThan(5);
    expect(tooSoon).toEqual([]);
  }, 90_000);

  test('Dropbox, by its own limit of calls', async () => {
    const run = await useRun({
      users: 40,
      groups: 5,
      dropbox: { ...noJobs, rateLimitCalls: 6, rateLimitWindowSeconds: 2, rateLimitBody: 'text' },
    });
    await run.startApp();
    await expectAllIsWell(run);
    const { asked, tooSoon } = await judgePace(run.dropbox);
    expect(asked).toBeGreaterThan(1);
    expect(tooSoon).toEqual([]);
  }, 90_000);

  test('Graph', async () => {
    const run = await useRun({ users: 40, groups: 5, dropbox: noJobs });
    await run.entra.write('POST', '/faults', throttling('/*', [3, 5, 7]));
    await run.startApp();
    await expectAllIsWell(run);
    const { asked, tooSoon } = await judgePace(run.entra);
    expect(asked).toBeGreaterThan(5);
    expect(tooSoon).toEqual([]);
  }, 90_000);
});

describe('a service that fails now and then is asked again', () => {
  test.each(['entra', 'dropbox'] as const)(
    '%s',
    async (side) => {
      const run = await useRun({ users: 40, groups: 5, dropbox: noJobs });
      await run[side].write('POST', '/faults', failing(side === 'entra' ? '/*' : '/2/*'));
      await run.startApp();
      await expectAllIsWell(run);
    },
    90_000,
  );
});
