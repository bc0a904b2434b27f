import type { Timer } from '@azure/functions';
import { expect, test } from 'vitest';
import { syncCycleTimer } from '../../functions/sync-cycle.timer.ts';
import { world } from '../world/world.ts';
import { handled } from './handler-deps.ts';

const timer: Timer = {
  isPastDue: false,
  schedule: { adjustForDST: false },
  scheduleStatus: { last: '', next: '', lastUpdated: '' },
};

test('a tick makes sure that tables and queues are there, runs a cycle, and rings for what is due', async () => {
  const here = world().user('ada').build();
  const { deps, context, lines, prepared } = handled(here);
  await syncCycleTimer(deps)(timer, context);
  expect(prepared()).toBe(1);
  expect(here.doorbell.messages()).toHaveLength(1);
  expect(lines[0]).toMatch(/^information cycle \{"kind":"initial","outcome":"complete"/);
});

test('a tick whose tables cannot be made is an error of the function, and reads nothing', async () => {
  const here = world().user('ada').build();
  const { deps, context } = handled(here);
  const broken = { ...deps, prepare: () => Promise.reject(new Error('no storage')) };
  await expect(syncCycleTimer(broken)(timer, context)).rejects.toThrow('no storage');
  expect(here.graph.calls).toEqual([]);
});
