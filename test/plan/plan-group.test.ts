import { describe, expect, test } from 'vitest';
import { emptyGroupRow, type GroupSource } from '../../shared/model/group-row.ts';
import type { TeamGroup } from '../../shared/model/target.ts';
import { desireGroup } from '../../shared/plan/desire-group.ts';
import { planGroup, type GroupMatch, type GroupOperation } from '../../shared/plan/plan-group.ts';
import { defaultProvisioning } from '../world/default-provisioning.ts';

const empty = emptyGroupRow('design');
const source: GroupSource = { displayName: 'Design', deleted: 'no', roles: ['r1'] };
const policy = defaultProvisioning().leaving;
const desired = desireGroup(source, empty.desired, { now: 0, rivals: [], policy });
const theirs: TeamGroup = { groupId: 'g:1', name: 'Design', management: 'company' };
const noMatch: GroupMatch = { byExternalId: undefined, byName: undefined };

function plan(
  match: Partial<GroupMatch> = {},
  { adoptByName = false, row = { desired, applied: empty.applied } } = {},
): GroupOperation {
  return planGroup('design', row, { ...noMatch, ...match }, { adoptByName });
}

test('a group that nobody knows is created', () => {
  expect(plan()).toEqual({ kind: 'createGroup', name: 'Design' });
});

test('a group that carries our id is adopted, whatever it is called', () => {
  const group = { ...theirs, name: 'Old name', externalId: 'design' };
  expect(plan({ byExternalId: group })).toEqual({ kind: 'adoptGroup', group, name: 'Design' });
});

describe('a group of the same name', () => {
  test('is left alone, and the clash is named', () => {
    expect(plan({ byName: theirs })).toEqual({
      kind: 'skip',
      code: 'groupNameTaken',
      detail: 'the Dropbox group g:1 has this name and is not ours; rename one of the two',
    });
  });

  test('is adopted where that is configured', () => {
    expect(plan({ byName: theirs }, { adoptByName: true })).toMatchObject({ kind: 'adoptGroup' });
  });

  test('is left alone even then if another provisioner marked it, or Dropbox keeps it itself', () => {
    const marked: TeamGroup = { ...theirs, externalId: 'another-provisioner' };
    const system: TeamGroup = { ...theirs, management: 'system' };
    for (const byName of [marked, system]) {
      expect(plan({ byName }, { adoptByName: true })).toMatchObject({ code: 'groupNameTaken' });
    }
  });
});

test('a linked group is renamed when the name differs, and left alone when it does not', () => {
  const applied = { ...empty.applied, groupId: 'g:1', name: 'Design' };
  expect(plan({}, { row: { desired, applied } })).toEqual({ kind: 'nothing' });
  const old = { ...applied, name: 'Drawing' };
  expect(plan({ byName: theirs }, { row: { desired, applied: old } })).toEqual({
    kind: 'updateGroup',
    groupId: 'g:1',
    name: 'Design',
  });
});

describe('a group that is going', () => {
  const linked = { ...empty.applied, groupId: 'g:1', name: 'Design' };
  const effects = ['none', 'remove', 'delete'] as const;
  const origins = ['created', 'adopted', 'linked'] as const;
  const cases = effects.flatMap((takes) =>
    effects.flatMap((releasedTakes) =>
      origins.map((origin) => ({ takes, releasedTakes, origin }) as const),
    ),
  );

  /** What the sentence below says, cell by cell. */
  function expected({ takes, releasedTakes, origin }: (typeof cases)[number]): string {
    if (releasedTakes === 'none') return 'hold';
    const mayDelete = takes === 'delete' && releasedTakes === 'delete' && origin === 'created';
    return mayDelete ? 'deleteGroup' : 'removeMembers';
  }

  for (const one of cases.filter(({ takes }) => takes !== 'none')) {
    const { takes, releasedTakes, origin } = one;
    const sentence = `takes ${takes}, released ${releasedTakes}, ${origin} by us: ${expected(one)}`;
    test(sentence, () => {
      const going = { ...desired, presence: 'absent' as const, takes, releasedTakes };
      const row = { desired: going, applied: { ...linked, origin } };
      expect(plan({}, { row }).kind).toBe(expected(one));
    });
  }

  test('and has no counterpart in Dropbox needs nothing, once that was released', () => {
    const going = { ...desired, takes: 'delete' as const, releasedTakes: 'delete' as const };
    expect(plan({}, { row: { desired: going, applied: empty.applied } }).kind).toBe('nothing');
  });
});

test('a group that is going is held, one that never came needs nothing, one that is skipped says why', () => {
  const applied = empty.applied;
  const going = desireGroup({ ...source, roles: [] }, desired, { now: 1, rivals: [], policy });
  expect(plan({}, { row: { desired: going, applied } })).toEqual({ kind: 'hold' });
  expect(plan({}, { row: empty })).toEqual({ kind: 'nothing' });
  const rival = desireGroup(source, empty.desired, { now: 0, rivals: ['studio'], policy });
  expect(plan({}, { row: { desired: rival, applied } })).toMatchObject({
    kind: 'skip',
    code: 'duplicateGroupName',
  });
});
