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
