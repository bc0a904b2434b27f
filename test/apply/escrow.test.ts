import { describe, expect, test } from 'vitest';
import { planEscrow } from '../../shared/apply/escrow.ts';
import { tick } from '../../shared/cycle/tick.ts';
import { logLines, pending, userRow } from '../world/look.ts';
import { cycle, work } from '../world/run.ts';
import { world, type World } from '../world/world.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The waits, in hours, of an operation that is refused each time it is tried; 0 where it is given up. */
function waitsOf(code: string, tries: number): readonly number[] {
  const waits: number[] = [];
  let now = 1_000_000;
  let previous: Parameters<typeof planEscrow>[0] = { attempts: 0, error: null };
  for (let attempt = 0; attempt < tries; attempt++) {
    const escrow = planEscrow(previous, { code, detail: '' }, now);
    waits.push(escrow.nextTry === 0 ? 0 : (escrow.nextTry - now) / hourMs);
    previous = escrow;
    now = Math.max(now, escrow.nextTry);
  }
  return waits;
}

test('a refusal is tried again after 6, 12 and 24 hours, then daily, and given up at 28 days', () => {
  const waits = waitsOf('user_on_another_team', 31);
  expect(waits.slice(0, 5)).toEqual([6, 12, 24, 24, 24]);
  expect(waits.filter((wait) => wait > 0)).toHaveLength(30);
  expect(waits.at(-1)).toBe(0);
});

test('a refusal that may pass by itself is tried again with the next cycle first', () => {
  expect(waitsOf('internal_error', 4)).toEqual([1 / 60, 6, 12, 24]);
});

test('the 28 days count from the first refusal, whatever the reasons were', () => {
  const error = { code: 'internal_error', detail: '', at: 5, since: 5 };
  const refusal = { code: 'user_on_another_team', detail: '' };
  const late = planEscrow({ attempts: 9, error }, refusal, 5 + 28 * dayMs);
  expect(late).toMatchObject({ nextTry: 0, attempts: 10, error: { since: 5 } });
  expect(planEscrow({ attempts: 9, error }, refusal, 4 + 28 * dayMs).nextTry).toBeGreaterThan(0);
});

test('the 28 days do not begin while somebody waits for a licence', () => {
  const error = { code: 'noLicence', detail: '', at: 5, since: 5 };
  const refusal = { code: 'user_on_another_team', detail: '' };
  const now = 5 + 40 * dayMs;
  const escrow = planEscrow({ attempts: 0, error }, refusal, now);
  expect(escrow).toMatchObject({ nextTry: now + 6 * hourMs, error: { since: now } });
});

const refuse = (): string => 'user_on_another_team';

describe('a person whom Dropbox refuses', () => {
  test('is logged with the reason, waits six hours, and holds up nobody else', async () => {
    const here = world()
      .user('ada')
      .user('bob')
      .build({ refuse: ({ externalId }) => (externalId === 'ada' ? refuse() : undefined) });
    await cycle(here);
    expect(logLines(here).toSorted()).toEqual([
      'u:ada inviteMember failed user_on_another_team',
      'u:bob inviteMember applied',
    ]);
    expect(pending(here)).toEqual(['invite u:ada in 6 h']);
    expect((await userRow(here, 'ada')).applied).toMatchObject({
      attempts: 1,
      tried: 1,
      generation: 0,
      error: { code: 'user_on_another_team' },
    });
  });

  test('is not tried in between, and is invited when Dropbox takes them', async () => {
    let isRefused = true;
    const here = world()
      .user('ada')
      .build({ refuse: () => (isRefused ? refuse() : undefined) });
    await cycle(here);
    isRefused = false;
    here.clock.jump(6 * hourMs - 60_000);
    await cycle(here);
    expect(here.team.invitations()).toBe(0);
    here.clock.jump(61_000);
    await cycle(here);
    expect(here.team.invitations()).toBe(1);
    expect((await userRow(here, 'ada')).applied).toMatchObject({ attempts: 0, error: null });
  });

  test('is tried at once when Entra changes something, and the schedule starts from the beginning', async () => {
    const here = world().user('ada').build({ refuse });
    await cycle(here);
    here.clock.jump(60_000);
    here.entra.changeUser('ada', { mail: 'ada.new@contoso.com' });
    await cycle(here);
    expect(here.team.writes).toHaveLength(2);
    expect(pending(here)).toEqual(['invite u:ada in 6 h', 'invite u:ada in 6 h']);
  });

  test('for 28 days is given up, and comes back with the next change', async () => {
    let isRefused = true;
    const here = world()
      .user('ada')
      .build({ refuse: () => (isRefused ? refuse() : undefined) });
    for (let day = 0; day < 31; day++) {
      await cycle(here);
      here.clock.jump(dayMs);
    }
    expect(pending(here)).toEqual([]);
    isRefused = false;
    here.entra.changeUser('ada', { givenName: 'Augusta' });
    await cycle(here);
    expect(here.team.invitations()).toBe(1);
  });
});

/** The worker meets an error nobody knows whenever it writes down what became of this person. */
function failingFor(here: World, userId: string): World {
  const tables: World['deps']['tables'] = {
    ...here.deps.tables,
    write: (table, partitionKey, actions) => {
      const isTheirs = actions.some(
        ({ rowKey, kind, ...rest }) =>
          rowKey === userId && kind === 'merge' && 'columns' in rest && 'applied' in rest.columns,
      );
      return isTheirs
        ? Promise.reject(new Error('a bug'))
        : here.deps.tables.write(table, partitionKey, actions);
    },
  };
  return { ...here, deps: { ...here.deps, tables } };
}

test('one of twenty whom nobody can work on spoils nobody else, and ends in escrow with a record and an alarm', async () => {
  const builder = world();
  const names = Array.from({ length: 20 }, (_, index) => `a${index}`);
  for (const name of names) builder.user(name);
  const here = builder.build({ pageSize: 100 });
  await tick(here.deps);
  const failing = failingFor(here, 'a7');
  for (let minute = 0; minute < 60; minute++) {
    try {
      await work(failing);
    } catch (error) {
      expect(error).toMatchObject({ message: 'a bug' });
      const message = here.doorbell.messages().at(0);
      if (message !== undefined) here.doorbell.remove(message.id);
    }
    here.clock.jump(60_000);
    await tick(here.deps);
  }
  expect(here.team.invitations()).toBe(20);
  for (const name of names.filter((one) => one !== 'a7')) {
    expect((await userRow(here, name)).applied).toMatchObject({ status: 'invited', error: null });
  }
  expect(pending(here)).toEqual([expect.stringMatching(/^onDemand u:a7 in 5\.\d h verify alone$/)]);
  expect(logLines(here)).toContain('u:a7 none failed failsAlone');
  expect(here.log.named('identityFailsAlone')).toHaveLength(1);
  here.clock.jump(6 * hourMs);
  await cycle(here);
  expect((await userRow(here, 'a7')).applied).toMatchObject({ status: 'invited', error: null });
  expect(here.team.invitations()).toBe(20);
});
