import { describe, expect, test } from 'vitest';
import { TransientError } from '../../shared/model/errors.ts';
import { held, logLines, teamLines } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { settledTeam } from './settled-team.ts';

describe('what Entra says', () => {
  test('a person whose sign-in is blocked is suspended in the same cycle', async () => {
    const here = await settledTeam();
    here.entra.changeUser('ada', { accountEnabled: false });
    await cycle(here);
    expect(teamLines(here)).toContain('ada (suspended)');
    expect(held(here)).toEqual([]);
    expect(here.team.writes.at(-1)).toMatchObject({ kind: 'suspendMember', wipeData: false });
  });

  test('a person who may sign in again is unsuspended in the same cycle', async () => {
    const here = await settledTeam();
    here.entra.changeUser('ada', { accountEnabled: false });
    await cycle(here);
    here.entra.changeUser('ada', { accountEnabled: true });
    await cycle(here);
    expect(teamLines(here)).toContain('ada (active)');
  });

  test('a person deleted in Entra is suspended at once, and removed thirty days later', async () => {
    const here = await settledTeam();
    here.entra.changeUser('ada', { state: 'soft' });
    await cycle(here);
    expect(teamLines(here)).toContain('ada (suspended)');
    here.clock.jump(30 * 86_400_000 - 60_000);
    await cycle(here);
    expect(teamLines(here)).toContain('ada (suspended)');
    here.clock.jump(60_000);
    await passMinutes(here, 2);
    expect(teamLines(here)).toContain('ada (removed)');
    expect(logLines(here)).toContain('u:ada removeMember applied softDeleted');
  });

  test('a person deleted for good is removed without a day of grace', async () => {
    const here = await settledTeam();
    here.entra.changeUser('ada', { state: 'hard' });
    await cycle(here);
    expect(teamLines(here)).toContain('ada (removed)');
  });

  test('is carried out although the assignments cannot be read', async () => {
    const here = await settledTeam();
    const unavailable = new TransientError('Graph answered 503', 1_000);
    here.graph.replace({ readAssignments: () => Promise.reject(unavailable) });
    await passMinutes(here, 3);
    here.entra.changeUser('ada', { accountEnabled: false });
    await passMinutes(here, 2);
    expect(teamLines(here)).toContain('ada (suspended)');
  });
});

describe('what is only missing', () => {
  test('waits ten minutes, and for a cycle that began later', async () => {
    const here = await settledTeam();
    here.entra.setAssigned('ada', false);
    await passMinutes(here, 10);
    expect(teamLines(here)).toContain('ada (active)');
    expect(held(here)).toEqual(['u:ada suspend notAssigned']);
    await passMinutes(here, 2);
    expect(teamLines(here)).toContain('ada (suspended)');
    expect(held(here)).toEqual([]);
  });

  test('is forgotten when the person is back before it has settled', async () => {
    const here = await settledTeam();
    here.entra.setAssigned('ada', false);
    await passMinutes(here, 5);
    here.entra.setAssigned('ada', true);
    await passMinutes(here, 15);
    expect(teamLines(here)).toContain('ada (active)');
    expect(held(here)).toEqual([]);
  });

  test('costs somebody who left a group the membership and, if it was the only one, the access', async () => {
    const here = await settledTeam();
    here.entra.setMember('design', 'dan', false);
    await passMinutes(here, 12);
    expect(teamLines(here)).toContain('dan (suspended)');
    expect(teamLines(here)).toContain('eve (active): design');
  });

  test('costs somebody who is assigned directly too the membership alone', async () => {
    const here = await settledTeam();
    here.entra.setAssigned('dan', true);
    await passMinutes(here, 1);
    here.entra.setMember('design', 'dan', false);
    await passMinutes(here, 12);
    expect(teamLines(here)).toContain('dan (active)');
  });

  test('a group that is not assigned any more keeps its name and loses the people we added', async () => {
    const here = await settledTeam();
    here.entra.setAssigned('dan', true);
    here.entra.setAssigned('eve', true);
    await passMinutes(here, 1);
    here.entra.setAssigned('design', false);
    await passMinutes(here, 12);
    expect(teamLines(here)).toContain('dan (active)');
    expect(here.team.groups().map(({ name, memberIds }) => [name, memberIds.size])).toEqual([
      ['design', 0],
    ]);
  });
});
