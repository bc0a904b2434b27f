import { describe, expect, test } from 'vitest';
import { LostAnswerError, ThrottledError } from '../../shared/model/errors.ts';
import type { TableStore } from '../../shared/model/ports.ts';
import { applySlot } from '../../shared/apply/apply-slot.ts';
import { tick } from '../../shared/cycle/tick.ts';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { groupRow, logLines, pending } from '../world/look.ts';
import { cycle, passMinutes, work } from '../world/run.ts';
import type { World } from '../world/world.ts';
import {
  desireGroup,
  edge,
  fullGroup,
  inGroup,
  leave,
  listTeam,
  marked,
  names,
  wantedAgain,
} from './full-group.ts';
import { passSeconds, settle } from './leaver.ts';

const [ann = '', ben = '', cem = ''] = names(3);

/** A group that is deleted in Entra, where groups are to be deleted; that was judged at once, and nobody has worked on it. */
async function deleted(): Promise<World> {
  const here = await fullGroup(3, { leaving: { group: 'delete' } });
  here.entra.deleteGroup('design');
  await tick(here.deps);
  return here;
}

function deletions({ team }: World): number {
  return team.writes.filter(({ kind }) => kind === 'deleteGroup').length;
}

async function expectGone(here: World): Promise<void> {
  expect(here.team.groups()).toEqual([]);
  const { applied, desired } = await groupRow(here, 'design');
  expect(applied).toMatchObject({ groupId: null, origin: null, name: null, intended: null });
  expect(applied).toMatchObject({ generation: desired.generation, error: null });
  for (const name of names(3)) {
    expect(await edge(here, name)).toMatchObject({ applied: false, ours: false, intendedAt: 0 });
  }
  expect(pending(here)).toEqual([]);
}

function groupLog(here: World): readonly string[] {
  return logLines(here).filter((line) => /^g:.* (deleteGroup|drift)/.test(line));
}

describe('a group that is deleted in Entra, where groups are to be deleted', () => {
  test('stays until that is released', async () => {
    const here = await fullGroup(3, { leaving: { group: 'delete' } });
    here.entra.deleteGroup('design');
    await desireGroup(here, { takes: 'delete', presence: 'absent' });
    await settle(here);
    expect(deletions(here)).toBe(0);
  });

  test('is deleted in Dropbox', async () => {
    const here = await deleted();
    await settle(here);
    await expectGone(here);
    expect(groupLog(here)).toEqual(['g:design deleteGroup applied']);
  });

  test('and was deleted there by somebody else is done with', async () => {
    const here = await deleted();
    here.team.deleteGroupByHand(here.team.groups()[0]?.groupId ?? '');
    await settle(here);
    await expectGone(here);
    expect(groupLog(here)).toEqual(['g:design deleteGroup alreadyDone']);
  });

  test('and comes back before the call is not deleted', async () => {
    const here = await deleted();
    await dispatch(here.deps);
    let isBack = false;
    const write: TableStore['write'] = async (table, partition, actions) => {
      if (table === 'Groups' && !isBack) {
        isBack = true;
        await desireGroup(here, wantedAgain);
      }
      return here.deps.tables.write(table, partition, actions);
    };
    const tables = { ...here.deps.tables, write };
    await applySlot(here.doorbell.receive() ?? { slot: 0, token: '' }, { ...here.deps, tables });
    await work(here);
    expect(isBack).toBe(true);
    expect(deletions(here)).toBe(0);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect((await groupRow(here, 'design')).applied.intended).toBeNull();
  });

  test('and comes back afterwards is created anew, and filled', async () => {
    const here = await deleted();
    await settle(here);
    expect(await marked(here)).toEqual([ann, ben, cem]);
    await desireGroup(here, wantedAgain);
    await settle(here);
    expect(here.team.groups()).toMatchObject([{ name: 'design', externalId: 'design' }]);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect(await marked(here)).toEqual([]);
    expect(logLines(here).filter((line) => line.includes('adoptGroup'))).toEqual([]);
  });

  test('and comes back is not taken for the one that the last listing shows', async () => {
    const here = await fullGroup(3, { leaving: { group: 'delete' } });
    await listTeam(here);
    here.entra.deleteGroup('design');
    await cycle(here);
    await expectGone(here);
    await desireGroup(here, wantedAgain);
    await settle(here);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect(logLines(here).filter((line) => line.includes('adoptGroup'))).toEqual([]);
  });

  test('finds on its return only those whom Entra lists by then', async () => {
    const here = await fullGroup(3, { leaving: { group: 'delete' } });
    await leave(here, [ann]);
    await desireGroup(here, { presence: 'absent', takes: 'delete', releasedTakes: 'delete' });
    await settle(here);
    await desireGroup(here, wantedAgain);
    await settle(here);
    expect(inGroup(here)).toEqual([ben, cem]);
  });

  test('but may not be deleted is tried again after six hours', async () => {
    const here = await deleted();
    here.dropbox.replace({
      deleteGroup: async () => ({
        kind: 'refused',
        refusal: { tag: 'system_managed_group_disallowed' },
      }),
    });
    await settle(here);
    expect(pending(here)).toEqual(['takenAway g:design in 6 h']);
    expect((await groupRow(here, 'design')).applied).toMatchObject({
      intended: null,
      error: { code: 'system_managed_group_disallowed' },
    });
    expect(groupLog(here)).toEqual(['g:design deleteGroup failed system_managed_group_disallowed']);
  });

  test('waits where Dropbox asks for patience, and nothing counts as begun', async () => {
    const here = await deleted();
    here.dropbox.failOnce('deleteGroup', new ThrottledError('slow down', 20_000));
    await settle(here);
    expect((await groupRow(here, 'design')).applied.intended).toBeNull();
    expect(pending(here).join()).toMatch(/^takenAway g:design in \d+/);
    await passSeconds(here, 60);
    await expectGone(here);
  });

  for (const when of ['before', 'after'] as const) {
    test(`and whose deletion gets lost ${when} it took effect is deleted once`, async () => {
      const here = await deleted();
      here.dropbox.failOnce('deleteGroup', new LostAnswerError('reset'), when);
      await settle(here);
      expect(pending(here)).toEqual(['takenAway g:design in 2 s verify']);
      await passSeconds(here, 5);
      await expectGone(here);
      expect(deletions(here)).toBe(1);
      const outcome = when === 'before' ? 'applied' : 'alreadyDone';
      expect(groupLog(here)).toEqual([`g:design deleteGroup ${outcome}`]);
    });
  }

  test('and is wanted again while the answer is lost is created anew', async () => {
    const here = await deleted();
    here.dropbox.failOnce('deleteGroup', new LostAnswerError('reset'), 'after');
    await settle(here);
    await desireGroup(here, wantedAgain);
    await passSeconds(here, 10);
    expect(here.team.groups()).toHaveLength(1);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect(groupLog(here)).toEqual(['g:design deleteGroup alreadyDone']);
  });
});

/** True where the worker died at that write; whatever happens, it ends the same. */
async function dying(write: number): Promise<boolean> {
  const here = await deleted();
  await dispatch(here.deps);
  here.crash.at(write);
  let died = false;
  try {
    await applySlot(here.doorbell.receive() ?? { slot: 0, token: '' }, here.deps);
  } catch {
    died = true;
  }
  here.crash.revive();
  here.clock.jump(200_000);
  await passMinutes(here, 3);
  await expectGone(here);
  expect(deletions(here)).toBe(1);
  for (const line of groupLog(here)) expect(line).toMatch(/deleteGroup (applied|alreadyDone)$/);
  expect(groupLog(here).length).toBeGreaterThan(0);
  await desireGroup(here, wantedAgain);
  await settle(here);
  expect(inGroup(here)).toEqual([ann, ben, cem]);
  return died;
}

test('a worker that dies at any write while it deletes a group is followed by one that ends the same', async () => {
  let write = 0;
  while (await dying(write)) write += 1;
  expect(write).toBeGreaterThan(3);
});
