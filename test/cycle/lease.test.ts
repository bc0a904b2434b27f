import { expect, test } from 'vitest';
import { takeLease } from '../../shared/cycle/lease.ts';
import { StaleCycleError } from '../../shared/cycle/stale-cycle-error.ts';
import { world } from '../world/world.ts';

const leaseMs = 60_000;

test('of two ticks one has the lease, until it gives it back', async () => {
  const { deps } = world().build();
  const mine = await takeLease(deps, leaseMs);
  expect(mine).toBeDefined();
  expect(await takeLease(deps, leaseMs)).toBeUndefined();
  await mine?.release();
  expect(await takeLease(deps, leaseMs)).toBeDefined();
});

test('of two ticks at the same moment one has the lease', async () => {
  const { deps } = world().build();
  const both = await Promise.all([takeLease(deps, leaseMs), takeLease(deps, leaseMs)]);
  expect(both.filter((lease) => lease !== undefined)).toHaveLength(1);
});

test('the lease of a dead tick runs out', async () => {
  const { deps, clock } = world().build();
  await takeLease(deps, leaseMs);
  clock.jump(leaseMs - 1);
  expect(await takeLease(deps, leaseMs)).toBeUndefined();
  clock.jump(1);
  expect(await takeLease(deps, leaseMs)).toBeDefined();
});

test('a tick that keeps its lease has it for ever, and writes no more often than at half time', async () => {
  const { deps, clock, crash } = world().build();
  const lease = await takeLease(deps, leaseMs);
  crash.revive();
  for (let second = 0; second < 300; second++) {
    clock.jump(1_000);
    await lease?.keep();
  }
  expect(crash.writes).toBe(10);
  expect(await takeLease(deps, leaseMs)).toBeUndefined();
});

test('a tick that was frozen finds its lease gone and stops, and takes nothing from the next one', async () => {
  const { deps, clock } = world().build();
  const frozen = await takeLease(deps, leaseMs);
  clock.jump(leaseMs);
  const next = await takeLease(deps, leaseMs);
  await expect(frozen?.keep()).rejects.toThrow(StaleCycleError);
  await frozen?.release();
  clock.jump(leaseMs / 2);
  await expect(next?.keep()).resolves.toBeUndefined();
  expect(await takeLease(deps, leaseMs)).toBeUndefined();
});

test('what a cycle writes is fenced: renewed in time it goes through, after a freeze nothing does, reads always do', async () => {
  const { deps, clock, tables } = world().build();
  const lease = await takeLease(deps, leaseMs);
  const fenced = lease?.fence(deps.tables);
  const write = (rowKey: string): Promise<unknown> | undefined =>
    fenced?.write('Users', 'a', [{ kind: 'insert', rowKey, columns: {} }]);
  clock.jump(leaseMs / 2);
  await write('in time');
  clock.jump(leaseMs);
  await takeLease(deps, leaseMs);
  await expect(write('too late')).rejects.toThrow(StaleCycleError);
  expect(tables.rows('Users').map(({ rowKey }) => rowKey)).toEqual(['in time']);
  expect(await fenced?.get('Users', 'a', 'in time')).toBeDefined();
});

test('a renewal that took too long lets nothing through: the lease might be over before the write arrives', async () => {
  const { deps, clock, tables } = world().build();
  const slow: typeof deps.tables = {
    ...deps.tables,
    write: async (table, ...rest) => {
      const answer = await deps.tables.write(table, ...rest);
      if (table === 'Job') clock.jump(45_000);
      return answer;
    },
  };
  const lease = await takeLease({ ...deps, tables: slow }, leaseMs);
  const write = lease
    ?.fence(deps.tables)
    .write('Users', 'a', [{ kind: 'insert', rowKey: 'ada', columns: {} }]);
  await expect(write).rejects.toThrow('the lease is about to run out');
  expect(tables.rows('Users')).toEqual([]);
});
