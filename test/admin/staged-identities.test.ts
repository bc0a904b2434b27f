import { describe, expect, test } from 'vitest';
import { TransientError } from '../../shared/model/errors.ts';
import type { TableStore } from '../../shared/model/ports.ts';
import { loadIdentityDecisions } from '../../shared/rows/decisions.ts';
import { loadRequest } from '../../shared/rows/requests.ts';
import { createVirtualClock } from '../memory/virtual-clock.ts';
import { settledTeam } from '../leaving/settled-team.ts';
import { teamLines } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { onlyBatch, output, problemOf, stagedTeam } from './run-staged.ts';

const dayMs = 86_400_000;

describe('hold', () => {
  test('keeps somebody from losing access for so many days, whatever was approved', async () => {
    const here = await stagedTeam();
    const { hash } = await onlyBatch(here);
    const text = await output(here, 'hold', 'U:ADA', '--days', '2');
    expect(text).toMatch(
      /^on hold by olga, until 2026-03-04 08:03 UTC: u:ada \(ada@contoso\.com\)/,
    );
    await output(here, 'approve', hash);
    await passMinutes(here, 2);
    expect(teamLines(here)).toContain('ada (active)');
    expect(teamLines(here)).toContain('bob (suspended)');
    here.clock.jump(2 * dayMs);
    await passMinutes(here, 2);
    expect(teamLines(here)).toContain('ada (suspended)');
  });

  test('without a number of days lasts until it is reopened', async () => {
    const here = await stagedTeam();
    expect(await output(here, 'hold', 'u:ada')).toContain('until it is reopened');
    const text = await output(here, 'reopen', 'u:ada', '--by', 'zoe');
    expect(text).toMatch(/^reopened by zoe, its hold ends: u:ada \(ada@contoso\.com\)/);
    const decisions = await loadIdentityDecisions(here.tables);
    expect(decisions.get('u:ada')).toMatchObject({ verdict: 'reopen', by: 'zoe' });
  });

  test('says what was released before and cannot be held any more', async () => {
    const here = await settledTeam();
    here.entra.changeUser('ada', { accountEnabled: false });
    await cycle(here);
    const text = await output(here, 'hold', 'u:ada');
    expect(text).toContain('But suspend was released before: that is carried out all the same');
  });

  test('takes a membership, a group or a link as well', async () => {
    const here = await stagedTeam();
    for (const [id, name] of [
      ['e:design:dan', 'dan@contoso.com in design'],
      ['g:design', 'design'],
      ['x:dan', 'dan@contoso.com'],
    ] as const) {
      expect(await output(here, 'hold', id)).toContain(`${id} (${name})`);
    }
  });

  test('of an id that nobody knows, or that is none, is refused: it would pass for a hold', async () => {
    const here = await stagedTeam();
    expect(await problemOf(here, 'hold', 'u:zoe')).toMatch(/^nobody here knows u:zoe: no cycle/);
    expect(await problemOf(here, 'hold', 'e:design:ada')).toMatch(/^nobody here knows/);
    for (const id of ['ada', 'u:', 'e:design', 'u:ada:bob', 'z:ada']) {
      expect(await problemOf(here, 'hold', id)).toMatch(/is no id of ours: .* u:<user>/);
    }
    expect(await loadIdentityDecisions(here.tables)).toEqual(new Map());
  });
});

describe('reopen', () => {
  test('has somebody judged again whose removal was rejected', async () => {
    const here = await stagedTeam();
    await output(here, 'reject', (await onlyBatch(here)).hash);
    await passMinutes(here, 2);
    expect(await output(here, 'list')).toBe('Nothing waits for a decision.');
    const text = await output(here, 'reopen', 'u:ada');
    expect(text).toMatch(/^reopened by olga, its rejection is forgotten: u:ada/);
    await passMinutes(here, 2);
    const { id, count } = await onlyBatch(here);
    expect(count).toBe(1);
    expect(await output(here, 'show', id)).toContain('u:ada');
  });

  test('is refused where there is neither hold nor rejection', async () => {
    const here = await stagedTeam();
    expect(await problemOf(here, 'reopen', 'u:ada')).toMatch(/neither on hold nor rejected/);
    await output(here, 'hold', 'u:ada', '--days', '1');
    here.clock.jump(dayMs);
    expect(await problemOf(here, 'reopen', 'u:ada')).toMatch(/neither on hold nor rejected/);
  });
});

test('reconcile asks the next cycle to compare the team, and says who asked', async () => {
  const here = await settledTeam();
  expect(await output(here, 'reconcile', '--by', 'zoe')).toMatch(
    /^asked for by zoe: a reconciling/,
  );
  expect(await loadRequest(here.tables)).toMatchObject({ by: 'zoe', at: here.clock.now() });
  await passMinutes(here, 2);
  expect(await loadRequest(here.tables)).toBeUndefined();
});

test('the command line writes nothing but decisions', async () => {
  const here = await stagedTeam();
  const { id, hash } = await onlyBatch(here);
  const written = new Set<string>();
  const tables: TableStore = {
    ...here.tables,
    write: (table, partition, actions) => {
      written.add(table);
      return here.tables.write(table, partition, actions);
    },
  };
  const terminal = { tables, clock: here.clock };
  for (const line of [
    'list --all',
    `show ${id}`,
    `approve ${hash} --only u:ada`,
    `reject ${hash}`,
    'hold u:ada --days 3',
    'reopen u:ada',
    'reconcile',
  ]) {
    await output(terminal, ...line.split(' '));
  }
  expect([...written]).toEqual(['Decisions']);
});

/** A storage whose every call ends so. */
function failing(error: Error) {
  const fail = async (): Promise<never> => {
    throw error;
  };
  return { tables: { get: fail, page: fail, write: fail }, clock: createVirtualClock() };
}

describe('storage that cannot be used is named with the remedy', () => {
  test('because it does not answer', async () => {
    const here = failing(new TransientError('cannot read Decisions: ECONNREFUSED', 1));
    expect(await problemOf(here, 'list')).toBe(
      'the storage named by the environment does not answer (cannot read Decisions: ECONNREFUSED): is it running, and is it the one the app uses?',
    );
  });

  test('because the app has never run on it', async () => {
    const here = failing(new Error('cannot read Decisions: 404 TableNotFound'));
    expect(await problemOf(here, 'show', 'any')).toMatch(
      /has none of the app's tables .* start the app once/,
    );
  });

  test('because it lets us not in', async () => {
    const here = failing(new Error('cannot write Decisions: 403 AuthorizationFailure; a role'));
    expect(await problemOf(here, 'reconcile')).toMatch(
      /refuses you .* Storage Table Data Contributor/,
    );
  });

  test('and a bug stays one', async () => {
    await expect(output(failing(new Error('a bug')), 'list')).rejects.toThrow('a bug');
  });
});
