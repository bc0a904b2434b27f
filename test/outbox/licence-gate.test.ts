import { describe, expect, test } from 'vitest';
import type { GateKind } from '../../shared/model/job.ts';
import { ranks } from '../../shared/outbox/entry.ts';
import {
  askGate,
  closeGate,
  isLicenceRefusal,
  openGate,
} from '../../shared/outbox/licence-gate.ts';
import { createBrake } from '../../shared/outbox/brake.ts';
import { schedule } from '../../shared/outbox/schedule.ts';
import { pending } from '../world/look.ts';
import { createMemoryLog, type MemoryLog } from '../memory/memory-log.ts';
import { createMemoryTables, type MemoryTables } from '../memory/memory-tables.ts';
import { createSeededRandom } from '../memory/seeded-random.ts';
import { createVirtualClock, type VirtualClock } from '../memory/virtual-clock.ts';

const minuteMs = 60_000;
const full = 'team_license_limit';

interface Instances {
  readonly tables: MemoryTables;
  readonly clock: VirtualClock;
  readonly log: MemoryLog;
  readonly one: Parameters<typeof askGate>[0];
  readonly other: Parameters<typeof askGate>[0];
}

/** Two instances of the app over one storage. */
function twoInstances(): Instances {
  const tables = createMemoryTables();
  const clock = createVirtualClock();
  const log = createMemoryLog();
  const create = (seed: number): Instances['one'] => {
    const random = createSeededRandom(seed);
    const brake = createBrake({ tables, clock, log, random, initialStatus: 'on' });
    return { brake, clock, log, tables };
  };
  return { tables, clock, log, one: create(1), other: create(2) };
}

async function closed(kind: GateKind = 'invite'): Promise<Instances> {
  const instances = twoInstances();
  await closeGate(instances.one, kind, full);
  return instances;
}

test('only a refusal for want of a licence closes a gate', () => {
  expect(isLicenceRefusal('team_license_limit')).toBe(true);
  expect(isLicenceRefusal('free_team_member_limit_reached')).toBe(true);
  expect(isLicenceRefusal('user_on_another_team')).toBe(false);
});

test('a gate that nobody closed lets everybody through, and costs no write', async () => {
  const { tables, one } = twoInstances();
  expect(await askGate(one, 'invite')).toEqual({ kind: 'open' });
  expect(tables.rows('Job')).toEqual([]);
});

describe('a gate that is closed', () => {
  test('is closed for all instances, for its own kind and no other', async () => {
    const { clock, other } = await closed();
    const gate = { since: clock.now(), nextProbe: clock.now() + 15 * minuteMs, code: full };
    expect(await askGate(other, 'invite')).toEqual({ kind: 'closed', gate });
    expect(await askGate(other, 'recover')).toEqual({ kind: 'open' });
    expect(await askGate(other, 'unsuspend')).toEqual({ kind: 'open' });
  });

  test('is probed by one of all who ask when a quarter of an hour is over', async () => {
    const { clock, one, other } = await closed();
    clock.jump(15 * minuteMs);
    const asked = [one, other, one, other, one].map((deps) => askGate(deps, 'invite'));
    const kinds = (await Promise.all(asked)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'probe')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'closed')).toHaveLength(4);
    clock.jump(14 * minuteMs);
    expect((await askGate(one, 'invite')).kind).toBe('closed');
    clock.jump(minuteMs);
    expect((await askGate(one, 'invite')).kind).toBe('probe');
  });

  test('after a long pause is probed once, not once for each quarter of an hour', async () => {
    const { clock, one } = await closed();
    clock.jump(24 * 60 * minuteMs);
    expect((await askGate(one, 'invite')).kind).toBe('probe');
    expect((await askGate(one, 'invite')).kind).toBe('closed');
  });

  test('stays closed since the first refusal, and its next probe stays, when others are refused too', async () => {
    const { clock, log, other } = await closed();
    const since = clock.now();
    clock.jump(minuteMs);
    const gate = await closeGate(other, 'invite', 'free_team_member_limit_reached');
    const nextProbe = since + 15 * minuteMs;
    expect(gate).toEqual({ since, nextProbe, code: 'free_team_member_limit_reached' });
    expect(log.named('licenceGateClosed')).toEqual([{ kind: 'invite', code: full }]);
  });

  test('opens for all instances with the first success', async () => {
    const { clock, log, one, other } = await closed('recover');
    clock.jump(15 * minuteMs);
    await openGate(other, 'recover', clock.now());
    clock.jump(2_000);
    expect(await askGate(one, 'recover')).toEqual({ kind: 'open' });
    expect(log.named('licenceGateOpened')).toEqual([
      { kind: 'recover', closedMs: 15 * minuteMs, people: 0 },
    ]);
  });

  test('stays closed after a success of a call that was made before it closed', async () => {
    const { clock, one } = await closed();
    clock.jump(1_000);
    await openGate(one, 'invite', clock.now() - 2_000);
    expect((await askGate(one, 'invite')).kind).toBe('closed');
  });
});

test('whoever waits for the next probe comes at once when the gate opens, whatever their rank; others keep their time', async () => {
  const { clock, tables, one } = await closed();
  const due = clock.now() + 15 * minuteMs;
  const people = Array.from({ length: 130 }, (_, index) => `u:${1_000 + index}`);
  await schedule(tables, [
    ...people.map((id) => ({ id, rank: ranks.invite, due, verify: false })),
    { id: 'u:returned', rank: ranks.returned, due, verify: true },
    { id: 'u:escrow', rank: ranks.invite, due: due + 1, verify: false },
  ]);
  clock.jump(minuteMs);
  await openGate(one, 'invite', clock.now());
  const lines = pending({ tables, clock });
  expect(lines).toHaveLength(132);
  expect(lines.filter((line) => line.includes(' in '))).toEqual(['invite u:escrow in 14 min']);
  expect(lines).toContain('returned u:returned verify');
});

test('somebody who is taken from the outbox while the gate opens is scheduled all the same', async () => {
  const { clock, tables, one } = await closed();
  const due = clock.now() + 15 * minuteMs;
  await schedule(tables, [{ id: 'u:ada', rank: ranks.invite, due, verify: false }]);
  const slow: typeof one.tables = {
    ...tables,
    page: async (...input) => {
      const page = await tables.page(...input);
      for (const { partitionKey, rowKey } of page.rows) {
        await tables.write('Schedule', partitionKey, [{ kind: 'delete', rowKey, etag: '*' }]);
      }
      return page;
    },
  };
  await openGate({ ...one, tables: slow }, 'invite', clock.now());
  expect(pending({ tables, clock })).toEqual(['invite u:ada']);
});
