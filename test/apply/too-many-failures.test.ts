import { describe, expect, test } from 'vitest';
import { LostAnswerError, ThrottledError } from '../../shared/model/errors.ts';
import { logLines, pending, teamLines } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { world, type World } from '../world/world.ts';

const dayMs = 24 * 3_600_000;

/** So many people, of whom Dropbox refuses those whose name begins with `a`. */
function peopleOf(refused: number, taken: number, isRefusing = (): boolean => true): World {
  const builder = world();
  for (let index = 0; index < refused; index++) builder.user(`a${index}`);
  for (let index = 0; index < taken; index++) builder.user(`b${index}`);
  return builder.build({
    pageSize: 100,
    refuse: ({ externalId }) =>
      externalId.startsWith('a') && isRefusing() ? 'user_on_another_team' : undefined,
  });
}

async function quarantineOf({ deps }: World): Promise<unknown> {
  return (await deps.brake.look({ fresh: true })).quarantine;
}

describe('four in ten operations that fail', () => {
  test('stop everything, with their number and the code that is met most often', async () => {
    const here = peopleOf(15, 15);
    await cycle(here);
    expect(await quarantineOf(here)).toMatchObject({
      code: 'tooManyFailures',
      detail: '15 of 20 operations failed within an hour, 15 of them with user_on_another_team',
      attempts: 1,
    });
    expect(here.log.named('quarantineChanged')).toMatchObject([{ code: 'tooManyFailures' }]);
  });

  test('stop nothing where they are fewer', async () => {
    const here = peopleOf(7, 33);
    await cycle(here);
    expect(await quarantineOf(here)).toBeNull();
    expect(teamLines(here)).toHaveLength(33);
  });

  test('pause whoever is left, who goes on after five minutes, and all that Dropbox takes is done', async () => {
    const here = peopleOf(40, 60);
    await passMinutes(here, 1);
    expect(await quarantineOf(here)).not.toBeNull();
    expect(teamLines(here).length).toBeLessThan(60);
    await passMinutes(here, 60);
    expect(await quarantineOf(here)).toBeNull();
    expect(teamLines(here)).toHaveLength(60);
    expect(pending(here)).toHaveLength(40);
  });

  test('do not stop everything anew each day when the same people are refused again', async () => {
    const here = peopleOf(25, 20);
    await passMinutes(here, 30);
    here.log.clear();
    for (let day = 0; day < 30; day++) {
      here.clock.jump(dayMs);
      await passMinutes(here, 2);
    }
    expect(here.log.named('quarantineChanged')).toEqual([]);
    expect(teamLines(here)).toHaveLength(20);
    expect(logLines(here).filter((line) => line.startsWith('u:a0 ')).length).toBeGreaterThan(20);
  });
});

describe('what passes by itself is no failure', () => {
  test('be it a Dropbox that asks for patience', async () => {
    const here = peopleOf(0, 30);
    here.dropbox.failOnce('inviteMembers', new ThrottledError('429', 5_000));
    await passMinutes(here, 3);
    expect(here.log.named('quarantineChanged')).toEqual([]);
    expect(teamLines(here)).toHaveLength(30);
  });

  test('or an answer that is lost', async () => {
    const here = peopleOf(0, 30);
    here.dropbox.failOnce('inviteMembers', new LostAnswerError('reset'), 'before');
    here.dropbox.failOnce('inviteMembers', new LostAnswerError('reset'), 'before');
    await passMinutes(here, 5);
    expect(here.log.named('quarantineChanged')).toEqual([]);
    expect(teamLines(here)).toHaveLength(30);
  });
});

test('the count is written only while something fails', async () => {
  const here = peopleOf(1, 30);
  const brakeRows = (): unknown =>
    here.tables.rows('Job').find(({ rowKey }) => rowKey === 'brake')?.columns['value'];
  await cycle(here);
  expect(brakeRows()).toContain('user_on_another_team');
  const without = peopleOf(0, 30);
  await cycle(without);
  expect(without.tables.rows('Job').map(({ rowKey }) => rowKey)).not.toContain('brake');
});
