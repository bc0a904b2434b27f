import { describe, expect, test } from 'vitest';
import { groupRow, logLines, pending, userRow } from '../world/look.ts';
import {
  comeBack,
  edge,
  groupId,
  inGroup,
  leave,
  leavers,
  marked,
  names,
  releaseEdges,
  removals,
} from './full-group.ts';
import { settle } from './leaver.ts';

const [ann = '', ben = '', cem = ''] = names(3);

async function refused() {
  return { kind: 'refused', refusal: { tag: 'brand_new' } } as const;
}

describe('a call that takes people out and fails as a whole', () => {
  test('because one of them was out already is repeated without that one', async () => {
    const here = await leavers(ann, ben, cem);
    here.team.removeFromGroupByHand(groupId(here), `dbmid:${ben}`);
    await settle(here);
    expect(removals(here)).toEqual([3, 2]);
    expect(inGroup(here)).toEqual([]);
    for (const name of [ann, ben, cem]) {
      expect(await edge(here, name)).toMatchObject({ applied: false, ours: false });
    }
    expect(logLines(here).filter((line) => line.includes('failed'))).toEqual([]);
  });

  test('is halved where the list does not show yet who is out', async () => {
    const here = await leavers(ann, ben, cem);
    const all = [ann, ben, cem].map((name) => `dbmid:${name}`);
    here.team.removeFromGroupByHand(groupId(here), `dbmid:${ben}`);
    here.dropbox.replace({
      readGroupMembers: async () => ({
        kind: 'done',
        value: { items: all, cursor: '', hasMore: false },
      }),
    });
    await settle(here);
    expect(inGroup(here)).toEqual([]);
    expect(removals(here)).toEqual([3, 3, 2, 1, 1, 1]);
    expect(await marked(here)).toEqual([]);
  });

  test('because one is gone from the team takes the others out, and asks after that one', async () => {
    const here = await leavers(ann, ben, cem);
    here.team.removeByHand(`dbmid:${ben}`);
    await settle(here);
    expect(removals(here)).toEqual([3, 2]);
    expect(inGroup(here)).toEqual([]);
    expect((await userRow(here, ben)).applied.status).toBe('removed');
    expect((await groupRow(here, 'design')).applied.error).toMatchObject({
      code: 'users_not_found',
    });
    expect(pending(here)).toContain('takenAway g:design in 6 h');
    here.clock.jump(6 * 3_600_000);
    await settle(here);
    expect(await edge(here, ben)).toMatchObject({ applied: false, ours: false });
    expect((await groupRow(here, 'design')).applied.error).toBeNull();
    expect(removals(here)).toEqual([3, 2]);
  });

  test('because of the group is not repeated person by person', async () => {
    const here = await leavers(ann, ben, cem);
    here.dropbox.replace({
      removeGroupMembers: async (...input) => {
        await here.team.removeGroupMembers(...input).catch(() => undefined);
        return { kind: 'refused', refusal: { tag: 'system_managed_group_disallowed' } };
      },
    });
    await settle(here);
    expect(removals(here)).toEqual([3]);
    expect(logLines(here)).toContain(
      'g:design removeGroupMembers failed system_managed_group_disallowed',
    );
  });

  test('is what the log tells of, where somebody else could not be added either', async () => {
    const here = await leavers(ann, ben);
    await settle(here);
    await comeBack(here, ann);
    await leave(here, [cem]);
    await releaseEdges(here, [cem]);
    here.dropbox.replace({ addGroupMembers: refused, removeGroupMembers: refused });
    await settle(here);
    expect(logLines(here)).toContain('g:design removeGroupMembers failed brand_new');
  });

  test('for a reason nobody knows leaves the one at fault in, and everybody else out', async () => {
    const here = await leavers(ann, ben, cem);
    here.dropbox.replace({
      removeGroupMembers: async (id, memberIds) =>
        memberIds.includes(`dbmid:${ben}`)
          ? { kind: 'refused', refusal: { tag: 'brand_new' } }
          : here.team.removeGroupMembers(id, memberIds),
    });
    await settle(here);
    expect(inGroup(here)).toEqual([ben]);
    expect(await marked(here)).toEqual([ben]);
    expect(pending(here)).toContain('takenAway g:design in 6 h');
  });
});
