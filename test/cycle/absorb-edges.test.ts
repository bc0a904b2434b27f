import { describe, expect, test } from 'vitest';
import { absorbEdges, type EdgeFact } from '../../shared/cycle/absorb-edges.ts';
import { StaleCycleError } from '../../shared/cycle/stale-cycle-error.ts';
import {
  edgeAppliedAction,
  loadEdges,
  loadMarkers,
  membershipsTable,
  type EdgeRow,
} from '../../shared/rows/edges.ts';
import { held, pending } from '../world/look.ts';
import { world, type World } from '../world/world.ts';

const joins: EdgeFact = { present: true };
const leaves: EdgeFact = { present: false };

async function absorb(here: World, about: { readonly [id: string]: EdgeFact }): Promise<number> {
  return absorbEdges(here.deps, 'design', new Map(Object.entries(about)));
}

async function edge(here: World, userId: string): Promise<EdgeRow> {
  const [found] = await loadEdges(here.tables, 'design', [userId]);
  if (found === undefined) throw new Error('no edge');
  return found;
}

async function marked(here: World): Promise<readonly string[]> {
  const markers = await loadMarkers(here.tables, 'design', { limit: 100 });
  return markers.map(({ userId }) => userId);
}

async function setApplied(here: World, userId: string): Promise<void> {
  const action = edgeAppliedAction(await edge(here, userId), {
    applied: true,
    ours: true,
    intendedAt: 0,
  });
  await here.tables.write(membershipsTable, 'design', [action]);
}

describe('somebody who joins', () => {
  test('is marked, and the group is scheduled once for all of them', async () => {
    const here = world().build();
    expect(await absorb(here, { ada: joins, bob: joins })).toBe(2);
    expect(await marked(here)).toEqual(['ada', 'bob']);
    expect(pending(here)).toEqual(['groups g:design']);
    expect(await edge(here, 'ada')).toMatchObject({ source: true, desired: true, takesSince: 0 });
  });

  test('and is in the group already is neither marked nor scheduled', async () => {
    const here = world().build();
    await absorb(here, { ada: joins });
    await setApplied(here, 'ada');
    const before = here.tables.rows('Memberships');
    here.clock.jump(60_000);
    expect(await absorb(here, { ada: joins })).toBe(0);
    expect(here.tables.rows('Memberships')).toEqual(before);
    expect(pending(here)).toHaveLength(1);
  });
});

describe('somebody who leaves', () => {
  test('is held with the reason, and nothing is scheduled', async () => {
    const here = world().build();
    await absorb(here, { ada: joins });
    await setApplied(here, 'ada');
    here.clock.jump(60_000);
    expect(await absorb(here, { ada: leaves })).toBe(1);
    expect(held(here)).toEqual(['e:design:ada remove leftGroup']);
    expect(await edge(here, 'ada')).toMatchObject({
      desired: false,
      applied: true,
      takesSince: here.clock.now(),
    });
  });

  test('for longer keeps the time since which', async () => {
    const here = world().build();
    await absorb(here, { ada: joins });
    await absorb(here, { ada: leaves });
    const since = (await edge(here, 'ada')).takesSince;
    here.clock.jump(60_000);
    await absorb(here, { ada: leaves });
    expect(await edge(here, 'ada')).toMatchObject({ takesSince: since });
    expect(held(here)).toHaveLength(1);
  });

  test('and comes back is let go', async () => {
    const here = world().build();
    await absorb(here, { ada: joins });
    await absorb(here, { ada: leaves });
    await absorb(here, { ada: joins });
    expect(held(here)).toEqual([]);
    expect(await edge(here, 'ada')).toMatchObject({ desired: true, takesSince: 0 });
  });

  test('without ever having been there leaves no row', async () => {
    const here = world().build();
    expect(await absorb(here, { ada: leaves })).toBe(0);
    expect(here.tables.rows('Memberships')).toEqual([]);
  });
});

/** A writer that comes in between the look and the first write of edges. */
function interrupted(here: World, other: () => Promise<unknown>): World['deps'] {
  let isFirst = true;
  return {
    ...here.deps,
    tables: {
      ...here.deps.tables,
      write: async (table, partition, actions) => {
        if (isFirst && table === membershipsTable) {
          isFirst = false;
          await other();
        }
        return here.deps.tables.write(table, partition, actions);
      },
    },
  };
}

test('what the worker wrote meanwhile is kept', async () => {
  const here = world().build();
  await absorb(here, { ada: joins });
  const deps = interrupted(here, () => setApplied(here, 'ada'));
  await absorbEdges(deps, 'design', new Map([['ada', leaves]]));
  expect(await edge(here, 'ada')).toMatchObject({ applied: true, ours: true, desired: false });
});

test('a cycle that was frozen finds that another has moved on, and stops', async () => {
  const here = world().build();
  await absorb(here, { ada: joins });
  const deps = interrupted(here, () => absorb(here, { ada: leaves }));
  const frozen = absorbEdges(deps, 'design', new Map([['ada', { present: true, readIn: 'x' }]]));
  await expect(frozen).rejects.toThrow(StaleCycleError);
  expect(await edge(here, 'ada')).toMatchObject({ desired: false });
});
