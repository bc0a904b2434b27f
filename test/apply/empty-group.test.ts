import { describe, expect, test } from 'vitest';
import { LostAnswerError } from '../../shared/model/errors.ts';
import { applySlot } from '../../shared/apply/apply-slot.ts';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { groupRow, held, logLines, pending } from '../world/look.ts';
import { cycle, passMinutes, work } from '../world/run.ts';
import { world, type World } from '../world/world.ts';
import {
  comeBack,
  desireGroup,
  edge,
  fullGroup,
  groupId,
  inGroup,
  leave,
  marked,
  memberLog,
  names,
  releaseEdges,
  releaseGroup,
  removals,
  ring,
  setEdge,
  verify,
  wantedAgain,
} from './full-group.ts';
import { passSeconds, settle } from './leaver.ts';

const [ann = '', ben = '', cem = ''] = names(3);

/** So many people in a group that nobody assigns any more; that is released, and nobody has worked on it. */
async function unassigned(count: number): Promise<World> {
  const here = await fullGroup(count);
  here.entra.setAssigned('design', false);
  await cycle(here);
  await releaseGroup(here);
  return here;
}

describe('a group that is not assigned any more', () => {
  test('keeps everybody until that is released', async () => {
    const here = await fullGroup(3);
    here.entra.setAssigned('design', false);
    await cycle(here);
    await verify(here);
    expect(held(here)).toContain('g:design remove groupNotAssigned');
    expect(removals(here)).toEqual([]);
  });

  test('loses the people whom we added, keeps strangers, and stands on', async () => {
    const here = await fullGroup(3);
    here.team.addToGroupByHand(groupId(here), 'dbmid:admin');
    here.entra.setAssigned('design', false);
    await cycle(here);
    await releaseGroup(here);
    await settle(here);
    expect(inGroup(here)).toEqual(['admin']);
    expect(memberLog(here).at(-1)).toBe(`removeGroupMembers applied: -${ann} -${ben} -${cem}`);
    const { applied, desired } = await groupRow(here, 'design');
    expect(applied).toMatchObject({ groupId: groupId(here), generation: desired.generation });
    expect(pending(here)).toEqual([]);
  });

  test('is emptied all by itself within a quarter of an hour', async () => {
    const here = await fullGroup(3);
    here.entra.setAssigned('design', false);
    await passMinutes(here, 15);
    expect(inGroup(here)).toEqual([]);
    expect(here.team.groups()).toHaveLength(1);
  });

  test('is emptied a hundred to a call: 250 in three', async () => {
    const here = await unassigned(250);
    await settle(here);
    expect(removals(here)).toEqual([100, 100, 50]);
    expect(inGroup(here)).toEqual([]);
  });

  test('of more than five hundred is emptied in several turns, and is settled when nobody is left', async () => {
    const here = await unassigned(620);
    await dispatch(here.deps);
    await applySlot(here.doorbell.receive() ?? { slot: 0, token: '' }, here.deps);
    expect(removals(here)).toHaveLength(5);
    const { applied, desired } = await groupRow(here, 'design');
    expect(applied.generation).toBeLessThan(desired.generation);
    await work(here);
    expect(removals(here)).toHaveLength(7);
    expect(inGroup(here)).toEqual([]);
    expect((await groupRow(here, 'design')).applied.generation).toBe(desired.generation);
  });

  test('loses those who had left it before, too, and takes in nobody who is marked', async () => {
    const here = await fullGroup(3);
    await leave(here, [ann]);
    await releaseEdges(here, [ann]);
    here.entra.setAssigned('design', false);
    here.team.removeFromGroupByHand(groupId(here), `dbmid:${ben}`);
    await verify(here);
    await cycle(here);
    await releaseGroup(here);
    await settle(here);
    await passMinutes(here, 3);
    expect(inGroup(here)).toEqual([]);
  });

  test('is done with at once where Dropbox has nobody in it any more', async () => {
    const here = await unassigned(3);
    for (const name of names(3)) here.team.removeFromGroupByHand(groupId(here), `dbmid:${name}`);
    await settle(here);
    expect(removals(here)).toEqual([3]);
    expect(await edge(here, ann)).toMatchObject({ applied: false, ours: false });
    expect(pending(here)).toEqual([]);
  });

  test('and from which Dropbox lets one person not go loses the others, and is tried again', async () => {
    const here = await unassigned(3);
    here.dropbox.replace({
      removeGroupMembers: async (id, memberIds) =>
        memberIds.includes(`dbmid:${ben}`)
          ? { kind: 'refused', refusal: { tag: 'brand_new' } }
          : here.team.removeGroupMembers(id, memberIds),
    });
    await settle(here);
    expect(inGroup(here)).toEqual([ben]);
    expect(pending(here)).toEqual(['takenAway g:design in 6 h']);
    here.dropbox.replace({});
    here.clock.jump(6 * 3_600_000);
    await settle(here);
    expect(inGroup(here)).toEqual([]);
  });

  for (const when of ['before', 'after'] as const) {
    test(`and for which an addition got lost ${when} it took effect ends empty`, async () => {
      const here = await fullGroup(3);
      await leave(here, [ann]);
      await releaseEdges(here, [ann]);
      await settle(here);
      here.entra.setMember('design', ann, true);
      here.dropbox.failOnce('addGroupMembers', new LostAnswerError('reset'), when);
      await cycle(here);
      await desireGroup(here, { presence: 'absent', takes: 'remove', releasedTakes: 'remove' });
      await settle(here);
      await passSeconds(here, 5);
      expect(inGroup(here)).toEqual([]);
      expect(await edge(here, ann)).toMatchObject({ applied: false, ours: false, intendedAt: 0 });
      expect(await marked(here)).toEqual([ann, ben, cem]);
    });
  }

  test('and has somebody in it by a call that nobody finished, loses them too', async () => {
    const here = await unassigned(3);
    await setEdge(here, ann, { applied: false, ours: false, intendedAt: 1 });
    await settle(here);
    expect(inGroup(here)).toEqual([]);
    expect(pending(here)).toEqual([]);
  });

  test('keeps somebody whom Entra lists, but an admin had put in', async () => {
    const here = await unassigned(3);
    await setEdge(here, ann, { applied: false, ours: false });
    await ring(here, true);
    await verify(here);
    expect(inGroup(here)).toEqual([ann]);
  });

  test('takes in nobody while it is held', async () => {
    const here = await fullGroup(3);
    await leave(here, [ann]);
    await releaseEdges(here, [ann]);
    await settle(here);
    here.entra.setAssigned('design', false);
    await cycle(here);
    await comeBack(here, ann);
    await ring(here);
    await settle(here);
    expect(inGroup(here)).toEqual([ben, cem]);
    expect(await marked(here)).toEqual([ann]);
  });
});

describe('a group that is assigned again', () => {
  test('before its release keeps everybody', async () => {
    const here = await fullGroup(3);
    here.entra.setAssigned('design', false);
    await cycle(here);
    here.entra.setAssigned('design', true);
    await passMinutes(here, 15);
    expect(removals(here)).toEqual([]);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect(held(here)).toEqual([]);
  });

  test('after its release, before anybody has worked on it, keeps everybody', async () => {
    const here = await unassigned(3);
    await desireGroup(here, wantedAgain);
    await settle(here);
    expect(removals(here)).toEqual([]);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
  });

  test('between two calls loses nobody more, and gets back whoever is out', async () => {
    const here = await unassigned(250);
    here.dropbox.replace({
      removeGroupMembers: async (...input) => {
        const answer = await here.team.removeGroupMembers(...input);
        await desireGroup(here, wantedAgain);
        return answer;
      },
    });
    await settle(here);
    expect(removals(here)).toEqual([100]);
    expect(inGroup(here)).toHaveLength(250);
    expect(await marked(here)).toEqual([]);
  });

  test('after everybody was taken out gets everybody back', async () => {
    const here = await unassigned(3);
    await settle(here);
    expect(await marked(here)).toEqual([ann, ben, cem]);
    here.entra.setAssigned('design', true);
    await passMinutes(here, 2);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect(await marked(here)).toEqual([]);
    expect(here.team.groups()).toHaveLength(1);
  });
});

describe('emptying a group whose answer is lost', () => {
  for (const when of ['before', 'after'] as const) {
    test(`${when} the people are out ends with everybody out once`, async () => {
      const here = await unassigned(3);
      here.dropbox.failOnce('removeGroupMembers', new LostAnswerError('reset'), when);
      await settle(here);
      await passSeconds(here, 5);
      expect(inGroup(here)).toEqual([]);
      expect(removals(here)).toEqual([3]);
      expect(await marked(here)).toEqual([ann, ben, cem]);
      expect((await groupRow(here, 'design')).applied.error).toBeNull();
      expect(logLines(here).filter((line) => /^g:.* drift/.test(line))).toEqual([]);
    });
  }
});

test('a group that was there before loses only the people whom we added', async () => {
  const here = world()
    .member('admin')
    .user(ann)
    .member(ann, { externalId: ann })
    .teamGroup('design', { memberIds: new Set(['dbmid:admin']) })
    .group('design', [ann])
    .build({ adoptGroupsByName: true, leaving: { group: 'delete' } });
  await passMinutes(here, 3);
  expect(inGroup(here)).toEqual([ann, 'admin']);
  here.entra.deleteGroup('design');
  await cycle(here);
  await releaseGroup(here);
  await settle(here);
  expect(inGroup(here)).toEqual(['admin']);
});

/** True where the worker died at that write; whatever happens, it ends the same. */
async function dying(write: number): Promise<boolean> {
  const here = await unassigned(3);
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
  expect(inGroup(here), `write ${write}`).toEqual([]);
  expect(removals(here)).toEqual([3]);
  expect(await edge(here, ann)).toMatchObject({ applied: false, ours: false, intendedAt: 0 });
  expect(await marked(here)).toEqual([ann, ben, cem]);
  expect(logLines(here).filter((line) => /^g:.* drift/.test(line))).toEqual([]);
  expect(pending(here)).toEqual([]);
  here.entra.setAssigned('design', true);
  await passMinutes(here, 2);
  expect(inGroup(here)).toEqual([ann, ben, cem]);
  return died;
}

test('a worker that dies at any write while it empties a group is followed by one that ends the same', async () => {
  let write = 0;
  while (await dying(write)) write += 1;
  expect(write).toBeGreaterThan(3);
});
