import { describe, expect, test } from 'vitest';
import { LostAnswerError, ThrottledError } from '../../shared/model/errors.ts';
import type { TableStore } from '../../shared/model/ports.ts';
import { applySlot } from '../../shared/apply/apply-slot.ts';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { groupAppliedAction } from '../../shared/rows/groups.ts';
import { groupRow, held, logLines, pending, userRow } from '../world/look.ts';
import { cycle, passMinutes, work } from '../world/run.ts';
import type { World } from '../world/world.ts';
import {
  comeBack,
  desireGroup,
  edge,
  fullGroup,
  inGroup,
  leave,
  leavers,
  makeUnreadable,
  marked,
  memberLog,
  names,
  releaseEdges,
  removals,
  setEdge,
  verify,
} from './full-group.ts';
import { passSeconds, settle } from './leaver.ts';

const [ann = '', ben = '', cem = ''] = names(3);

describe('somebody who has left the group', () => {
  test('is taken out once that is released, and the log says who', async () => {
    const here = await leavers(ann);
    await settle(here);
    expect(inGroup(here)).toEqual([ben, cem]);
    expect(await edge(here, ann)).toMatchObject({ applied: false, ours: false, intendedAt: 0 });
    expect(await marked(here)).toEqual([]);
    expect(memberLog(here).at(-1)).toBe(`removeGroupMembers applied: -${ann}`);
    expect(pending(here)).toEqual([]);
  });

  test('stays until it is released, and is held', async () => {
    const here = await fullGroup(3);
    await leave(here, [ann]);
    await verify(here);
    expect(removals(here)).toEqual([]);
    expect(held(here)).toEqual([`e:design:${ann} remove leftGroup`]);
  });

  test('is taken out within a quarter of an hour, all by itself', async () => {
    const here = await fullGroup(3);
    here.entra.setMember('design', ann, false);
    await passMinutes(here, 15);
    expect(inGroup(here)).toEqual([ben, cem]);
    expect(removals(here)).toEqual([1]);
    expect(held(here)).toEqual([]);
  });

  test('and is in again before anybody looked is left in', async () => {
    const here = await leavers(ann);
    await comeBack(here, ann);
    await settle(here);
    expect(removals(here)).toEqual([]);
    expect(await marked(here)).toEqual([]);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
  });

  test('and comes back before the call is not taken out by it', async () => {
    const here = await leavers(ann, ben);
    await dispatch(here.deps);
    let isBack = false;
    const write: TableStore['write'] = async (table, partition, actions) => {
      if (table === 'Memberships' && !isBack) {
        isBack = true;
        await comeBack(here, ann);
      }
      return here.deps.tables.write(table, partition, actions);
    };
    const message = here.doorbell.receive();
    const tables = { ...here.deps.tables, write };
    await applySlot(message ?? { slot: 0, token: '' }, { ...here.deps, tables });
    expect(isBack).toBe(true);
    expect(removals(here)).toEqual([]);
    await work(here);
    expect(inGroup(here)).toEqual([ann, cem]);
    expect(removals(here)).toEqual([1]);
  });

  test('stays where another worker has linked the group otherwise directly before the call', async () => {
    const here = await leavers(ann);
    await dispatch(here.deps);
    let looks = 0;
    const get: TableStore['get'] = async (table, partition, rowKey) => {
      if (table === 'Groups') looks += 1;
      if (table === 'Groups' && looks === 2) {
        const row = await groupRow(here, 'design');
        const action = groupAppliedAction(row, { ...row.applied, groupId: 'g:other' });
        await here.deps.tables.write('Groups', partition, [action]);
      }
      return here.deps.tables.get(table, partition, rowKey);
    };
    const tables = { ...here.deps.tables, get };
    const message = here.doorbell.receive();
    await applySlot(message ?? { slot: 0, token: '' }, { ...here.deps, tables });
    expect(looks).toBe(2);
    expect(removals(here)).toEqual([]);
  });

  test('and comes back during the call is added again', async () => {
    const here = await leavers(ann, ben);
    here.dropbox.replace({
      removeGroupMembers: async (...input) => {
        const answer = await here.team.removeGroupMembers(...input);
        await comeBack(here, ann);
        return answer;
      },
    });
    await settle(here);
    expect(inGroup(here)).toEqual([ann, cem]);
    expect(await edge(here, ann)).toMatchObject({ applied: true, ours: true });
    expect(await edge(here, ben)).toMatchObject({ applied: false, ours: false });
    expect(await marked(here)).toEqual([]);
  });

  test('is asked after once more where another worker writes something else meanwhile', async () => {
    const here = await leavers(ann);
    here.dropbox.replace({
      removeGroupMembers: async (...input) => {
        const answer = await here.team.removeGroupMembers(...input);
        await setEdge(here, ann, { applied: true, ours: true, intendedAt: 7 });
        return answer;
      },
    });
    await settle(here);
    expect(here.dropbox.calls.at(-1)).toBe('readMembersInfo');
    expect(await edge(here, ann)).toMatchObject({ applied: false, ours: false, intendedAt: 0 });
    expect(await marked(here)).toEqual([]);
    expect(removals(here)).toEqual([1]);
  });

  test('and whose row is one of a later release is left to that', async () => {
    const here = await leavers(ann);
    await makeUnreadable(here, ann);
    await verify(here);
    expect(removals(here)).toEqual([]);
    expect(await edge(here, ann)).toMatchObject({ applied: true, ours: true });
    expect(await marked(here)).toEqual([ann]);
    expect(logLines(here).filter((line) => line.includes('strangers'))).toEqual([]);
  });

  test('and whom we did not add is left in', async () => {
    const here = await leavers(ann);
    await setEdge(here, ann, { ours: false });
    await settle(here);
    expect(removals(here)).toEqual([]);
    expect(await marked(here)).toEqual([]);
  });

  test('and is no member of the team any more needs no call', async () => {
    const here = await fullGroup(3);
    here.team.removeByHand(`dbmid:${ann}`);
    here.clock.jump(60_000);
    here.entra.changeUser(ann, { givenName: 'Anna' });
    await passMinutes(here, 2);
    expect((await userRow(here, ann)).applied.status).toBe('removed');
    await leave(here, [ann]);
    await releaseEdges(here, [ann]);
    await settle(here);
    expect(removals(here)).toEqual([]);
    expect(await edge(here, ann)).toMatchObject({ applied: false, ours: false });
    expect(await marked(here)).toEqual([]);
  });
});

describe('many who leave at once', () => {
  test('are taken out a hundred to a call: 250 in three', async () => {
    const here = await fullGroup(250);
    await leave(here, names(250));
    await releaseEdges(here, names(250));
    await settle(here);
    expect(removals(here)).toEqual([100, 100, 50]);
    expect(inGroup(here)).toEqual([]);
  });

  test('share the calls of a turn with those who come', async () => {
    const here = await fullGroup(600);
    const [ones, others] = [names(300), names(600).slice(300)];
    await leave(here, ones);
    await releaseEdges(here, ones);
    await settle(here);
    for (const name of ones) await comeBack(here, name);
    await leave(here, others);
    await releaseEdges(here, others);
    const before = here.team.writes.length;
    await oneTurn(here);
    expect(here.team.writes).toHaveLength(before + 5);
    await work(here);
    expect(inGroup(here)).toEqual(ones);
  });

  test('of more than five hundred go in several turns, and before whatever gives', async () => {
    const here = await fullGroup(620);
    await leave(here, names(620));
    await releaseEdges(here, names(620));
    const scheduled = await oneTurn(here);
    expect(removals(here)).toHaveLength(5);
    expect(scheduled).toEqual([expect.stringMatching(/^1\|\d+\|g:design$/)]);
    await work(here);
    expect(inGroup(here)).toEqual([]);
    expect(removals(here)).toHaveLength(7);
  });
});

/** Rings, and has one worker work on what is due. Returns the keys of what it scheduled. */
async function oneTurn(here: World): Promise<readonly string[]> {
  await dispatch(here.deps);
  const keys: string[] = [];
  const write: TableStore['write'] = async (table, partition, actions) => {
    const upserts = actions.filter(({ kind, rowKey }) => kind === 'upsert' && rowKey.includes('|'));
    if (table === 'Schedule') keys.push(...upserts.map(({ rowKey }) => rowKey));
    return here.deps.tables.write(table, partition, actions);
  };
  const message = here.doorbell.receive();
  const tables = { ...here.deps.tables, write };
  await applySlot(message ?? { slot: 0, token: '' }, { ...here.deps, tables });
  return keys;
}

describe('an answer that is lost', () => {
  for (const when of ['before', 'after'] as const) {
    test(`${when} the people are out is read back, and they are out once`, async () => {
      const here = await leavers(ann, ben);
      here.dropbox.failOnce('removeGroupMembers', new LostAnswerError('reset'), when);
      await settle(here);
      expect(pending(here)).toEqual(['takenAway g:design in 2 s verify']);
      await passSeconds(here, 5);
      expect(inGroup(here)).toEqual([cem]);
      expect(removals(here)).toEqual([2]);
      const outcome = when === 'before' ? 'applied' : 'alreadyDone';
      expect(memberLog(here).slice(1)).toEqual([`removeGroupMembers ${outcome}: -${ann} -${ben}`]);
      expect((await groupRow(here, 'design')).applied.error).toBeNull();
      expect(await marked(here)).toEqual([]);
    });
  }

  test('and a list that does not show it yet lead to a second call, and one record', async () => {
    const here = await leavers(ann, ben);
    const all = [ann, ben, cem].map((name) => `dbmid:${name}`);
    here.dropbox.failOnce('removeGroupMembers', new LostAnswerError('reset'), 'after');
    here.dropbox.replace({
      readGroupMembers: async () => {
        here.dropbox.replace({});
        return { kind: 'done', value: { items: all, cursor: '', hasMore: false } };
      },
    });
    await settle(here);
    await passSeconds(here, 5);
    expect(inGroup(here)).toEqual([cem]);
    expect(removals(here)).toEqual([2, 2]);
    expect(memberLog(here).slice(1)).toEqual([`removeGroupMembers alreadyDone: -${ann} -${ben}`]);
  });

  test('and somebody who is wanted again by then is added again, which is no drift', async () => {
    const here = await leavers(ann, ben);
    here.dropbox.failOnce('removeGroupMembers', new LostAnswerError('reset'), 'after');
    await settle(here);
    await comeBack(here, ann);
    await passSeconds(here, 5);
    expect(inGroup(here)).toEqual([ann, cem]);
    expect(logLines(here).filter((line) => /^g:.* drift/.test(line))).toEqual([]);
  });
});

describe('a Dropbox that asks for patience', () => {
  test('gets it, and nothing counts as begun', async () => {
    const here = await leavers(ann);
    here.dropbox.failOnce('removeGroupMembers', new ThrottledError('slow down', 20_000));
    await settle(here);
    expect(await edge(here, ann)).toMatchObject({ applied: true, intendedAt: 0 });
    expect(pending(here).join()).toMatch(/^takenAway g:design in \d+/);
    await passSeconds(here, 60);
    expect(inGroup(here)).toEqual([ben, cem]);
  });

  test('while somebody comes back who was about to be taken out leaves them in', async () => {
    const here = await leavers(ann);
    here.dropbox.replace({
      removeGroupMembers: async () => {
        here.dropbox.replace({});
        await comeBack(here, ann);
        throw new ThrottledError('slow down', 20_000);
      },
    });
    await settle(here);
    await passSeconds(here, 60);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect(await edge(here, ann)).toMatchObject({ applied: true, ours: true, intendedAt: 0 });
    expect(await marked(here)).toEqual([]);
    expect(pending(here)).toEqual([]);
  });
});

describe('a group that cannot be had as it should be still loses who has left:', () => {
  test('one that is unassigned and held', async () => {
    const here = await fullGroup(3);
    await leave(here, [ann]);
    here.entra.setAssigned('design', false);
    await cycle(here);
    await releaseEdges(here, [ann]);
    await settle(here);
    expect(inGroup(here)).toEqual([ben, cem]);
  });

  test('one whose name another group wants too', async () => {
    const here = await leavers(ann);
    const skip = { code: 'duplicateGroupName', detail: 'the same name is wanted by studio' };
    await desireGroup(here, { skip });
    await settle(here);
    expect(inGroup(here)).toEqual([ben, cem]);
    expect((await groupRow(here, 'design')).applied.error?.code).toBe('duplicateGroupName');
  });

  test('one that Dropbox does not let us rename', async () => {
    const here = await leavers(ann);
    here.dropbox.replace({
      updateGroup: async () => ({ kind: 'refused', refusal: { tag: 'group_name_invalid' } }),
    });
    await desireGroup(here, { name: 'Design/Studio' });
    await settle(here);
    expect(inGroup(here)).toEqual([ben, cem]);
    expect((await groupRow(here, 'design')).applied.error?.code).toBe('group_name_invalid');
    expect(pending(here).join()).toContain('g:design in 6 h');
  });
});

/** True where the worker died at that write; whatever happens, it ends the same. */
async function dying(write: number): Promise<boolean> {
  const here = await leavers(ann, ben);
  await dispatch(here.deps);
  here.crash.at(write);
  const message = here.doorbell.receive();
  let died = false;
  try {
    await applySlot(message ?? { slot: 0, token: '' }, here.deps);
  } catch {
    died = true;
  }
  here.crash.revive();
  here.clock.jump(200_000);
  await passMinutes(here, 3);
  expect(inGroup(here), `write ${write}`).toEqual([cem]);
  expect(removals(here)).toEqual([2]);
  for (const name of [ann, ben]) {
    expect(await edge(here, name)).toMatchObject({ applied: false, ours: false, intendedAt: 0 });
  }
  expect(await marked(here)).toEqual([]);
  const lines = memberLog(here).slice(1);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines)
    expect(line).toMatch(/^removeGroupMembers (applied|alreadyDone): -\w+ -\w+$/);
  expect((await groupRow(here, 'design')).applied).toMatchObject({ error: null, attempts: 0 });
  expect(pending(here)).toEqual([]);
  return died;
}

test('a worker that dies at any write while it takes people out is followed by one that ends the same', async () => {
  let write = 0;
  while (await dying(write)) write += 1;
  expect(write).toBeGreaterThan(3);
});
