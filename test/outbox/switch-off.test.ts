import { describe, expect, test } from 'vitest';
import { switchOffIfHopeless } from '../../shared/outbox/switch-off.ts';
import { loadBrake, loadOperator } from '../../shared/rows/job.ts';
import { world, type World } from '../world/world.ts';

const dayMs = 24 * 3_600_000;
const refused = { code: 'credentialRefused', detail: 'dropbox: 401' };

/** A job in quarantine for so many days, whose last attempt failed a moment ago. */
async function quarantined(days: number, paused = false): Promise<World> {
  const here = world().build();
  await here.setOperator({ status: 'on', paused });
  for (let day = 0; day <= days; day++) {
    await here.deps.brake.quarantine(refused);
    if (day < days) here.clock.jump(dayMs);
  }
  here.clock.jump(60_000);
  return here;
}

async function statusOf({ tables }: World): Promise<string | undefined> {
  return (await loadOperator(tables))?.value.status;
}

describe('a quarantine of four weeks', () => {
  test('switches the job off, and raises the alarm', async () => {
    const here = await quarantined(28);
    expect(await switchOffIfHopeless(here.deps)).toBe(true);
    expect(await statusOf(here)).toBe('off');
    expect(here.log.named('switchedOffAfterQuarantine')).toEqual([
      { code: 'credentialRefused', days: 28 },
    ]);
  });

  test('less a day leaves it on', async () => {
    const here = await quarantined(27);
    expect(await switchOffIfHopeless(here.deps)).toBe(false);
    expect(await statusOf(here)).toBe('on');
  });

  test('counts one that was lifted in between and came back within the day', async () => {
    const here = await quarantined(27);
    await here.deps.brake.quarantine(null);
    here.clock.jump(dayMs - 60_000);
    await here.deps.brake.quarantine(refused);
    expect(await switchOffIfHopeless(here.deps)).toBe(true);
  });

  test('leaves a paused job alone, and one whose next attempt is due: nobody knows yet whether it would fail', async () => {
    expect(await switchOffIfHopeless((await quarantined(28, true)).deps)).toBe(false);
    const here = await quarantined(28);
    here.clock.jump(dayMs);
    expect(await switchOffIfHopeless(here.deps)).toBe(false);
    expect(await statusOf(here)).toBe('on');
  });

  test('is forgiven when somebody switches the job on again: it tries at once, and has four weeks more', async () => {
    const here = await quarantined(28);
    await switchOffIfHopeless(here.deps);
    here.clock.jump(3 * dayMs);
    await here.setOperator({ status: 'on', paused: false });
    expect(await switchOffIfHopeless(here.deps)).toBe(false);
    const { quarantine } = (await loadBrake(here.tables)).value;
    expect(quarantine?.nextAttempt).toBeLessThanOrEqual(here.clock.now());
    await here.deps.brake.quarantine(refused);
    expect((await here.deps.brake.look()).quarantine).toMatchObject({ attempts: 1 });
    expect(await switchOffIfHopeless(here.deps)).toBe(false);
  });

  test('that ended between the two writes of an instance that died is forgiven all the same', async () => {
    const here = await quarantined(28);
    here.crash.at(1);
    await expect(switchOffIfHopeless(here.deps)).rejects.toThrow('the process died');
    here.crash.revive();
    expect(await statusOf(here)).toBe('off');
    expect(await switchOffIfHopeless(here.deps)).toBe(false);
    const { quarantine } = (await loadBrake(here.tables)).value;
    expect(quarantine?.since).toBe(here.clock.now());
    expect(here.log.named('switchedOffAfterQuarantine')).toHaveLength(1);
  });
});

test('a job that is not in quarantine is left as it is, and nothing is written', async () => {
  const here = world().build();
  expect(await switchOffIfHopeless(here.deps)).toBe(false);
  expect(here.tables.rows('Job')).toEqual([]);
});
