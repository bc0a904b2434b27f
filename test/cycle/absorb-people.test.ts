import { describe, expect, test } from 'vitest';
import { absorbPeople, type PersonFact } from '../../shared/cycle/absorb-people.ts';
import { StaleCycleError } from '../../shared/cycle/stale-cycle-error.ts';
import type { EntraUser } from '../../shared/model/source.ts';
import type { UserApplied } from '../../shared/model/user-row.ts';
import { partitionOf, userAppliedAction, usersTable } from '../../shared/rows/users.ts';
import { held, logLines, pending, userRow } from '../world/look.ts';
import { world, type World } from '../world/world.ts';

function entraUser(id: string, attributes: EntraUser['attributes'] = {}): EntraUser {
  const usual = {
    mail: `${id}@contoso.com`,
    givenName: id,
    surname: 'Example',
    accountEnabled: true,
    userPrincipalName: `${id}@contoso.onmicrosoft.com`,
  };
  return { id, attributes: { ...usual, ...attributes } };
}

type Facts = ReadonlyMap<string, PersonFact>;

function facts(about: { readonly [id: string]: PersonFact }): Facts {
  return new Map(Object.entries(about));
}

const adaArrives = facts({ ada: { user: entraUser('ada'), roles: ['r1'] } });

async function worldWith(...pages: readonly Facts[]): Promise<World> {
  const here = world().build();
  for (const page of pages) await absorbPeople(here.deps, page);
  return here;
}

async function setApplied(here: World, id: string, applied: Partial<UserApplied>): Promise<void> {
  const row = await userRow(here, id);
  const action = userAppliedAction(row, { ...row.applied, ...applied });
  await here.tables.write(usersTable, partitionOf(id), [action]);
}

test('somebody newly assigned gets a row and is scheduled', async () => {
  const here = world().build();
  expect(await absorbPeople(here.deps, adaArrives)).toMatchObject({ changed: 1, scheduled: 1 });
  expect(pending(here)).toEqual(['invite u:ada']);
  expect(await userRow(here, 'ada')).toMatchObject({
    source: { roles: ['r1'], groups: [], deleted: 'no' },
    desired: { generation: 1, presence: 'member' },
  });
});

test('people nobody has assigned cost a look and no row', async () => {
  const page = facts({ zoe: { user: entraUser('zoe'), deleted: 'no' } });
  const here = await worldWith(page);
  expect(here.tables.rows(usersTable)).toEqual([]);
  expect(pending(here)).toEqual([]);
});

test('the same page again changes nothing, and schedules whoever is not yet as desired', async () => {
  const here = await worldWith(adaArrives);
  const before = here.tables.rows(usersTable);
  expect(await absorbPeople(here.deps, adaArrives)).toMatchObject({ changed: 0, scheduled: 1 });
  expect(here.tables.rows(usersTable)).toEqual(before);
});

test('the same page again leaves whoever is as desired in peace', async () => {
  const here = await worldWith(adaArrives);
  await setApplied(here, 'ada', { generation: 1, tried: 1, memberId: 'dbmid:1' });
  here.clock.jump(120_000);
  expect(await absorbPeople(here.deps, adaArrives)).toMatchObject({ changed: 0, scheduled: 0 });
  expect(pending(here)).toHaveLength(1);
});

describe('somebody whom Dropbox refused', () => {
  const error = { code: 'user_on_another_team', detail: '', at: 0, since: 0 };
  const renamed = facts({ ada: { user: entraUser('ada', { givenName: 'Augusta' }) } });

  test('keeps the time of the next try when nothing changed', async () => {
    const here = await worldWith(adaArrives);
    const nextTry = here.clock.now() + 6 * 3_600_000;
    await setApplied(here, 'ada', { tried: 1, nextTry, error });
    await absorbPeople(here.deps, adaArrives);
    expect(pending(here)).toEqual(['invite u:ada', 'invite u:ada in 6 h']);
  });

  test('is tried at once when something did', async () => {
    const here = await worldWith(adaArrives);
    const nextTry = here.clock.now() + 6 * 3_600_000;
    await setApplied(here, 'ada', { tried: 1, nextTry, error });
    here.clock.jump(120_000);
    await absorbPeople(here.deps, renamed);
    expect(pending(here)).toEqual(['invite u:ada', 'invite u:ada']);
  });

  test('and was given up stays so until something changes', async () => {
    const here = await worldWith(adaArrives);
    await setApplied(here, 'ada', { tried: 1, nextTry: 0, error });
    here.clock.jump(120_000);
    expect(await absorbPeople(here.deps, adaArrives)).toMatchObject({ scheduled: 0 });
    expect(await absorbPeople(here.deps, renamed)).toMatchObject({ scheduled: 1 });
  });
});

test('somebody who cannot be provisioned is logged once with the reason, and rings nobody', async () => {
  const page = facts({ ada: { user: entraUser('ada', { mail: null }), roles: ['r1'] } });
  const here = await worldWith(page, page);
  expect(pending(here)).toEqual([]);
  expect(logLines(here)).toEqual(['u:ada none skipped noDeliverableAddress']);
});

test('somebody assigned whom Entra has not shown is a stub whose attributes are still to be read', async () => {
  const here = world().build();
  const page = facts({ ada: { joins: ['design'] } });
  expect(await absorbPeople(here.deps, page)).toMatchObject({ unknown: ['ada'], scheduled: 0 });
  expect(await userRow(here, 'ada')).toMatchObject({ source: { attributes: null } });
});

describe('a user shown without what every user has', () => {
  const blank = entraUser('ada', { accountEnabled: null, userPrincipalName: null, mail: null });

  test('is counted as unreadable and changes nothing', async () => {
    const here = await worldWith(adaArrives);
    const before = await userRow(here, 'ada');
    const page = facts({ ada: { user: blank, deleted: 'no' } });
    expect(await absorbPeople(here.deps, page)).toMatchObject({ changed: 0, unreadable: 1 });
    expect((await userRow(here, 'ada')).source).toEqual(before.source);
  });
});

test('joining and leaving groups is added to what is known, roles replace it', async () => {
  const here = await worldWith(
    facts({ ada: { user: entraUser('ada'), joins: ['sales', 'design'], roles: ['r1', 'r0'] } }),
    facts({ ada: { leaves: ['sales', 'never-in'], joins: ['art'], roles: ['r2'] } }),
  );
  expect((await userRow(here, 'ada')).source).toMatchObject({
    groups: ['art', 'design'],
    roles: ['r2'],
  });
});

describe('somebody who loses access', () => {
  const blocked = facts({ ada: { user: entraUser('ada', { accountEnabled: false }) } });

  test('is held with effect and reason, and not scheduled', async () => {
    const here = await worldWith(adaArrives);
    expect(await absorbPeople(here.deps, blocked)).toMatchObject({ changed: 1, scheduled: 0 });
    expect(held(here)).toEqual(['u:ada suspend blocked']);
  });

  test('is held although nobody was ever invited as far as we know: an invitation may be in flight', async () => {
    const here = await worldWith(adaArrives, facts({ ada: { roles: [] } }));
    expect((await userRow(here, 'ada')).applied.memberId).toBeNull();
    expect(held(here)).toEqual(['u:ada suspend notAssigned']);
  });

  test('and comes back is let go and scheduled as returned', async () => {
    const here = await worldWith(adaArrives, blocked);
    here.clock.jump(60_000);
    await absorbPeople(here.deps, adaArrives);
    expect(held(here)).toEqual([]);
    expect(pending(here)).toContain('returned u:ada');
  });

  test('more than before is held under the new effect alone', async () => {
    const here = await worldWith(adaArrives, blocked);
    here.clock.jump(60_000);
    await absorbPeople(here.deps, facts({ ada: { deleted: 'hard' } }));
    expect(held(here)).toEqual(['u:ada remove hardDeleted']);
  });
});

describe('beside another writer', () => {
  test('what the worker wrote meanwhile is kept, and ours is written over nothing else', async () => {
    const here = await worldWith(adaArrives);
    let isFirst = true;
    const tables: typeof here.deps.tables = {
      ...here.deps.tables,
      write: async (table, partition, actions) => {
        if (isFirst && table === usersTable) {
          isFirst = false;
          await setApplied(here, 'ada', { memberId: 'dbmid:1' });
        }
        return here.deps.tables.write(table, partition, actions);
      },
    };
    const page = facts({ ada: { user: entraUser('ada', { givenName: 'Augusta' }) } });
    await absorbPeople({ ...here.deps, tables }, page);
    expect(await userRow(here, 'ada')).toMatchObject({
      applied: { memberId: 'dbmid:1' },
      desired: { generation: 2, target: { givenName: 'Augusta' } },
    });
  });

  test('a cycle that was frozen finds that another has moved on, and stops', async () => {
    const here = await worldWith(adaArrives);
    let isFirst = true;
    const tables: typeof here.deps.tables = {
      ...here.deps.tables,
      write: async (table, partition, actions) => {
        if (isFirst && table === usersTable) {
          isFirst = false;
          const moved = facts({ ada: { user: entraUser('ada', { givenName: 'Agnes' }) } });
          await absorbPeople(here.deps, moved);
        }
        return here.deps.tables.write(table, partition, actions);
      },
    };
    const page = facts({ ada: { user: entraUser('ada', { givenName: 'Augusta' }) } });
    const frozen = absorbPeople({ ...here.deps, tables }, page);
    await expect(frozen).rejects.toThrow(StaleCycleError);
    expect((await userRow(here, 'ada')).desired.target?.givenName).toBe('Agnes');
  });
});

test('a page of a thousand people in sixteen partitions is taken in whole', async () => {
  const page = new Map(
    Array.from({ length: 1_000 }, (_, index): [string, PersonFact] => {
      const id = `${(index % 16).toString(16)}${index}`;
      return [id, { user: entraUser(id), roles: ['r1'] }];
    }),
  );
  const here = await worldWith(page);
  expect(here.tables.rows(usersTable)).toHaveLength(1_000);
  expect(pending(here)).toHaveLength(1_000);
  expect(here.crash.writes).toBeLessThanOrEqual(60);
});
