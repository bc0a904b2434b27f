import { describe, expect, test } from 'vitest';
import { LostAnswerError } from '../../shared/model/errors.ts';
import { applySlot } from '../../shared/apply/apply-slot.ts';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { groupRow, logLines, pending } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import type { World } from '../world/world.ts';
import {
  edge,
  fullGroup,
  groupId,
  inGroup,
  leave,
  listTeam,
  marked,
  memberLog,
  names,
  releaseEdges,
  removals,
  ring,
  verify,
} from './full-group.ts';
import { passSeconds, settle } from './leaver.ts';

const [ann = '', ben = '', cem = ''] = names(3);

/** What the log says of the group, apart from how it came to be. */
function drifts(here: World): readonly string[] {
  return logLines(here).filter((line) => /^g:.* drift/.test(line));
}

const emptyList = async () => ({
  kind: 'done' as const,
  value: { items: [], cursor: '', hasMore: false },
});

test('a group that is as we left it is compared without a word or a write', async () => {
  const here = await fullGroup(3);
  const [writes, lines] = [here.team.writes.length, logLines(here).length];
  await verify(here);
  expect(here.team.writes).toHaveLength(writes);
  expect(logLines(here)).toHaveLength(lines);
  expect(pending(here)).toEqual([]);
});

describe('a group that somebody deleted in Dropbox', () => {
  test('is reported, created anew and filled', async () => {
    const here = await fullGroup(3);
    const old = groupId(here);
    here.team.deleteGroupByHand(old);
    await verify(here);
    expect(groupId(here)).not.toBe(old);
    expect(here.team.groups()).toMatchObject([{ name: 'design', externalId: 'design' }]);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect(drifts(here)).toEqual(['g:design none drift groupGone']);
    expect((await groupRow(here, 'design')).applied).toMatchObject({
      groupId: groupId(here),
      origin: 'created',
      error: null,
    });
    expect(await marked(here)).toEqual([]);
  });

  test('is not taken for the one that the last listing shows', async () => {
    const here = await fullGroup(3);
    await listTeam(here);
    here.team.deleteGroupByHand(groupId(here));
    await verify(here);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect(logLines(here).filter((line) => line.includes('adoptGroup'))).toEqual([]);
  });

  test('is found out when somebody is to be added to it', async () => {
    const here = await fullGroup(3);
    await leave(here, [ann]);
    await releaseEdges(here, [ann]);
    await settle(here);
    here.team.deleteGroupByHand(groupId(here));
    here.entra.setMember('design', ann, true);
    await cycle(here);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect(drifts(here)).toEqual(['g:design none drift groupGone']);
  });

  test('is found out when somebody is to be taken out of it, who does not come back with it', async () => {
    const here = await fullGroup(3);
    await leave(here, [ann]);
    await releaseEdges(here, [ann]);
    here.team.deleteGroupByHand(groupId(here));
    await settle(here);
    expect(inGroup(here)).toEqual([ben, cem]);
    expect(await edge(here, ann)).toMatchObject({ applied: false, ours: false });
    expect(await marked(here)).toEqual([]);
    expect(pending(here)).toEqual([]);
  });

  test('is found out when it is to be renamed', async () => {
    const here = await fullGroup(3);
    here.team.deleteGroupByHand(groupId(here));
    here.entra.renameGroup('design', 'Studio');
    await cycle(here);
    expect(inGroup(here, 'Studio')).toEqual([ann, ben, cem]);
  });

  test('is forgotten where nobody wants it any more', async () => {
    const here = await fullGroup(3);
    here.entra.setAssigned('design', false);
    await passMinutes(here, 15);
    here.team.deleteGroupByHand(groupId(here));
    await verify(here);
    expect(here.team.groups()).toEqual([]);
    expect(drifts(here)).toEqual(['g:design none drift groupGone']);
    expect((await groupRow(here, 'design')).applied.groupId).toBeNull();
    await verify(here);
    expect(drifts(here)).toHaveLength(1);
  });

  test('and made anew with our id is linked, and filled with those who are missing', async () => {
    const here = await fullGroup(3);
    here.team.deleteGroupByHand(groupId(here));
    await here.team.createGroup({ name: 'design', externalId: 'design' });
    here.team.addToGroupByHand(groupId(here), `dbmid:${ann}`);
    here.team.addToGroupByHand(groupId(here), 'dbmid:admin');
    await verify(here);
    expect(inGroup(here)).toEqual([ann, ben, cem, 'admin']);
    expect(drifts(here)).toContain('g:design adoptGroup drift groupGone');
    expect((await groupRow(here, 'design')).applied).toMatchObject({
      groupId: groupId(here),
      strangers: 1,
    });
  });
});

describe('a group that Dropbox only says not to know', () => {
  test('by its id, but knows by ours, stays linked as if nothing had been said', async () => {
    const here = await fullGroup(3);
    here.dropbox.replace({
      readGroupsInfo: async (selectors) =>
        selectors[0]?.kind === 'groupId' ? [undefined] : here.team.readGroupsInfo(selectors),
    });
    await verify(here);
    expect(drifts(here)).toEqual([]);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
  });

  test('is found again by its creation, and whoever has left it meanwhile is still taken out', async () => {
    const here = await fullGroup(3);
    const old = groupId(here);
    await leave(here, [ann]);
    let questions = 0;
    here.dropbox.replace({
      readGroupsInfo: async (selectors) => {
        questions += 1;
        return questions <= 2 ? [undefined] : here.team.readGroupsInfo(selectors);
      },
      createGroup: async () => ({
        kind: 'refused',
        refusal: { tag: 'external_id_already_in_use' },
      }),
    });
    await verify(here);
    await passSeconds(here, 10);
    expect(groupId(here)).toBe(old);
    expect((await groupRow(here, 'design')).applied).toMatchObject({ groupId: old, error: null });
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    await releaseEdges(here, [ann]);
    await settle(here);
    expect(inGroup(here)).toEqual([ben, cem]);
  });

  test('in answer to every write is tried again after six hours', async () => {
    const here = await fullGroup(3);
    await leave(here, [ann]);
    await releaseEdges(here, [ann]);
    here.dropbox.replace({
      removeGroupMembers: async () => ({ kind: 'refused', refusal: { tag: 'group_not_found' } }),
    });
    await settle(here);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect(pending(here)).toEqual(['takenAway g:design in 6 h']);
    expect(logLines(here)).toContain('g:design removeGroupMembers failed group_not_found');
  });
});

describe('a group that somebody renamed in Dropbox', () => {
  test('is reported and renamed back', async () => {
    const here = await fullGroup(3);
    here.team.renameGroupByHand(groupId(here), 'Garden');
    await verify(here);
    expect(here.team.groups()).toMatchObject([{ name: 'design' }]);
    expect(drifts(here)).toEqual(['g:design updateGroup drift']);
    await verify(here);
    expect(drifts(here)).toHaveLength(1);
  });

  test('is reported only, while it is unassigned', async () => {
    const here = await fullGroup(3);
    here.entra.setAssigned('design', false);
    await cycle(here);
    here.team.renameGroupByHand(groupId(here), 'Garden');
    await verify(here);
    expect(here.team.groups()).toMatchObject([{ name: 'Garden' }]);
    expect(drifts(here)).toEqual(['g:design updateGroup drift']);
  });

  test('is not one that we renamed ourselves, in a call whose answer was lost', async () => {
    const here = await fullGroup(3);
    here.dropbox.failOnce('updateGroup', new LostAnswerError('reset'), 'after');
    here.entra.renameGroup('design', 'Studio');
    await cycle(here);
    await passSeconds(here, 5);
    expect(here.team.writes.filter(({ kind }) => kind === 'updateGroup')).toHaveLength(1);
    expect(logLines(here)).toContain('g:design updateGroup alreadyDone');
    expect(drifts(here)).toEqual([]);
    expect((await groupRow(here, 'design')).applied).toMatchObject({ name: 'Studio', error: null });
  });
});

describe('somebody whom an admin took out of our group', () => {
  test('is reported, with the others in one record, and added again', async () => {
    const here = await fullGroup(3);
    here.team.removeFromGroupByHand(groupId(here), `dbmid:${ann}`);
    here.team.removeFromGroupByHand(groupId(here), `dbmid:${cem}`);
    await verify(here);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect(memberLog(here).slice(1)).toEqual([
      `addGroupMembers drift: -${ann} -${cem}`,
      `addGroupMembers applied: +${ann} +${cem}`,
    ]);
    expect(await marked(here)).toEqual([]);
  });

  test('is told of in one record where there are many, of whom the first are named', async () => {
    const here = await fullGroup(350);
    for (const name of names(350)) {
      here.team.removeFromGroupByHand(groupId(here), `dbmid:${name}`);
    }
    await verify(here);
    const records = here.tables
      .rows('ProvisioningLogs')
      .filter(
        ({ columns }) => columns['outcome'] === 'drift' && columns['identity'] === 'g:design',
      );
    expect(records).toHaveLength(1);
    expect(records[0]?.columns['reason']).toContain('350 people');
    expect(JSON.parse(String(records[0]?.columns['changes']))).toHaveLength(200);
    expect(inGroup(here)).toHaveLength(350);
  });

  test('and who has left it in Entra stays out, without a word', async () => {
    const here = await fullGroup(3);
    await leave(here, [ann]);
    here.team.removeFromGroupByHand(groupId(here), `dbmid:${ann}`);
    await verify(here);
    expect(inGroup(here)).toEqual([ben, cem]);
    expect(drifts(here)).toEqual([]);
    expect((await edge(here, ann)).applied).toBe(false);
    await releaseEdges(here, [ann]);
    await settle(here);
    expect(await edge(here, ann)).toMatchObject({ applied: false, ours: false });
    expect(await marked(here)).toEqual([]);
  });

  test('and who comes back to it in Entra is added at once', async () => {
    const here = await fullGroup(3);
    await leave(here, [ann]);
    here.team.removeFromGroupByHand(groupId(here), `dbmid:${ann}`);
    await verify(here);
    here.entra.setMember('design', ann, true);
    await cycle(here);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
  });

  test('by taking them off the team is no matter of the group', async () => {
    const here = await fullGroup(3);
    here.team.removeByHand(`dbmid:${ann}`);
    await passMinutes(here, 24 * 60 + 5);
    expect(inGroup(here)).toEqual([ben, cem]);
    expect(drifts(here)).toEqual([]);
  }, 30_000);
});

describe('strangers in our group', () => {
  test('are counted, reported when their number changes, and left alone', async () => {
    const here = await fullGroup(3);
    here.team.addToGroupByHand(groupId(here), 'dbmid:admin');
    await verify(here);
    await verify(here);
    expect(drifts(here)).toEqual(['g:design none drift strangers']);
    expect((await groupRow(here, 'design')).applied.strangers).toBe(1);
    expect(inGroup(here)).toContain('admin');
    here.team.removeFromGroupByHand(groupId(here), 'dbmid:admin');
    await verify(here);
    expect(drifts(here)).toHaveLength(2);
    expect((await groupRow(here, 'design')).applied.strangers).toBe(0);
    expect(removals(here)).toEqual([]);
  });

  test('are those, too, whom we took out and somebody put back', async () => {
    const here = await fullGroup(3);
    await leave(here, [ann]);
    await releaseEdges(here, [ann]);
    await settle(here);
    here.team.addToGroupByHand(groupId(here), `dbmid:${ann}`);
    await verify(here);
    await ring(here);
    await settle(here);
    expect(inGroup(here)).toEqual([ann, ben, cem]);
    expect(removals(here)).toEqual([1]);
    expect(drifts(here)).toEqual(['g:design none drift strangers']);
  });

  test('are not those whom Entra lists: they are ours from then on', async () => {
    const here = await fullGroup(3);
    await leave(here, [ann]);
    await releaseEdges(here, [ann]);
    await settle(here);
    here.team.addToGroupByHand(groupId(here), `dbmid:${ann}`);
    here.entra.setMember('design', ann, true);
    await cycle(here);
    await verify(here);
    expect(await edge(here, ann)).toMatchObject({ applied: true, ours: true });
    expect(drifts(here)).toEqual([]);
  });
});

describe('a list of the members that comes back empty', () => {
  test('takes nobody out and leaves everything as it was', async () => {
    const here = await fullGroup(250);
    here.dropbox.replace({
      readGroupMembers: async () => {
        here.dropbox.replace({});
        return emptyList();
      },
    });
    await verify(here);
    await passSeconds(here, 60);
    expect(inGroup(here)).toHaveLength(250);
    expect(removals(here)).toEqual([]);
    expect(await marked(here)).toEqual([]);
    expect(await edge(here, ann)).toMatchObject({ applied: true, ours: true });
    expect((await groupRow(here, 'design')).applied.error).toBeNull();
  });

  test('keeps nobody in who was to be taken out', async () => {
    const here = await fullGroup(3);
    await leave(here, [ann, ben]);
    await releaseEdges(here, [ben]);
    here.dropbox.replace({ readGroupMembers: emptyList });
    await verify(here);
    here.dropbox.replace({});
    await passSeconds(here, 60);
    expect(inGroup(here)).toEqual([ann, cem]);
    await releaseEdges(here, [ann]);
    await settle(here);
    expect(inGroup(here)).toEqual([cem]);
  });
});

/** True where the worker died at that write; whatever happens, it ends the same. */
async function dying(write: number): Promise<boolean> {
  const here = await fullGroup(3);
  here.team.deleteGroupByHand(groupId(here));
  here.clock.jump(60_000);
  await ring(here, true);
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
  expect(here.team.groups(), `write ${write}`).toHaveLength(1);
  expect(inGroup(here)).toEqual([ann, ben, cem]);
  expect(new Set(drifts(here))).toEqual(new Set(['g:design none drift groupGone']));
  expect(await marked(here)).toEqual([]);
  expect(pending(here)).toEqual([]);
  return died;
}

test('a worker that dies at any write while it makes a lost group anew is followed by one that ends the same', async () => {
  let write = 0;
  while (await dying(write)) write += 1;
  expect(write).toBeGreaterThan(5);
});
