import { expect, test } from 'vitest';
import { createOldestRemoval } from '../../shared/cycle/oldest-removal.ts';
import { ranks } from '../../shared/outbox/entry.ts';
import { loadHeartbeat } from '../../shared/rows/job.ts';
import { saveIdentityDecision } from '../../shared/rows/decisions.ts';
import { settledTeam } from '../leaving/settled-team.ts';
import { createMemoryTables } from '../memory/memory-tables.ts';
import { passMinutes } from '../world/run.ts';
import type { World, WorldOptions } from '../world/world.ts';

const minuteMs = 60_000;

/** For how many minutes the oldest removal waits; undefined where none does. */
async function waitsFor({ tables, clock }: World): Promise<number | undefined> {
  const { oldestRemoval } = (await loadHeartbeat(tables)).value.backlog;
  return oldestRemoval === 0 ? undefined : Math.round((clock.now() - oldestRemoval) / minuteMs);
}

async function withAdaGone(options: WorldOptions = {}): Promise<World> {
  const here = await settledTeam(options);
  here.entra.setAssigned('ada', false);
  return here;
}

test('a removal that settles waits since the absence was seen, and no longer when it is done', async () => {
  const here = await withAdaGone();
  await passMinutes(here, 6);
  expect(await waitsFor(here)).toBe(6);
  await passMinutes(here, 10);
  expect(await waitsFor(here)).toBeUndefined();
});

test('a removal that was released waits since it was due; its next try, and what gives, count for nothing', () => {
  const oldest = createOldestRemoval(createMemoryTables(), 1_000);
  oldest.seePending({ rank: ranks.invite, due: 1 });
  oldest.seePending({ rank: ranks.takenAway, due: 1_001 });
  expect(oldest.since).toBe(0);
  oldest.seePending({ rank: ranks.takenAway, due: 900 });
  oldest.seePending({ rank: ranks.takenAway, due: 950 });
  expect(oldest.since).toBe(900);
});

test('what waits for a person, or for nobody at all, is no removal that is late', async () => {
  const budget = { people: 0, percent: 0, windowHours: 24 };
  const staged = await withAdaGone({ guards: { budget } });
  await passMinutes(staged, 20);
  expect(await waitsFor(staged)).toBeUndefined();

  const guarded = await withAdaGone({ guards: { protectedMembers: ['ada@contoso.com'] } });
  await passMinutes(guarded, 20);
  expect(await waitsFor(guarded)).toBeUndefined();
});

test('what a person has put on hold is not late before the hold has ended', async () => {
  const here = await withAdaGone();
  const at = here.clock.now();
  const until = at + 30 * minuteMs;
  const decision = { verdict: 'hold', by: 'olga', at, until, hash: '' } as const;
  await saveIdentityDecision(here.tables, 'u:ada', decision);
  await passMinutes(here, 20);
  expect(await waitsFor(here)).toBeUndefined();
  const rows = here.tables.rows('Schedule').filter(({ partitionKey }) => partitionKey === 'held');
  const whenOver = createOldestRemoval(here.tables, until);
  await whenOver.seeHeld(rows);
  expect(whenOver.since).toBe(at);
});
