import { expect, test } from 'vitest';
import {
  emptyGroupRow,
  type GroupDesired,
  type GroupSource,
} from '../../shared/model/group-row.ts';
import { desireGroup, wantedGroupName } from '../../shared/plan/desire-group.ts';

const nothing = emptyGroupRow('design').desired;
const assigned: GroupSource = { displayName: ' Design ', deleted: 'no', roles: ['r1'] };

function desire(
  source: GroupSource,
  previous: GroupDesired = nothing,
  { now = 1_000, rivals = [] }: { now?: number; rivals?: readonly string[] } = {},
): GroupDesired {
  return desireGroup(source, previous, { now, rivals });
}

test('an assigned group is desired under its display name', () => {
  expect(desire(assigned)).toMatchObject({
    generation: 1,
    presence: 'group',
    name: 'Design',
    skip: null,
    given: true,
    takes: 'none',
  });
  expect(wantedGroupName(assigned)).toBe('Design');
});

test('a group whose name has not been read yet waits', () => {
  expect(desire({ ...assigned, displayName: null })).toMatchObject({
    skip: { code: 'groupNameMissing' },
    given: false,
  });
});

test('a group whose name another one wants waits, and names the other', () => {
  expect(desire(assigned, nothing, { rivals: ['studio'] }).skip).toEqual({
    code: 'duplicateGroupName',
    detail: 'the same name is wanted by studio',
  });
});

test('a group that loses its name in Entra keeps the one it had', () => {
  const given = desire(assigned);
  expect(desire({ ...assigned, displayName: '' }, given)).toMatchObject({
    name: 'Design',
    skip: { code: 'groupNameMissing' },
  });
});

test('a group that was given and is unassigned or deleted loses its members, by an absence or by word', () => {
  const given = desire(assigned);
  expect(desire({ ...assigned, roles: [] }, given)).toMatchObject({
    presence: 'absent',
    takes: 'remove',
    takesKind: 'missing',
    takesBecause: { code: 'groupNotAssigned' },
  });
  expect(desire({ ...assigned, deleted: 'soft' }, given)).toMatchObject({
    takes: 'remove',
    takesKind: 'said',
    takesBecause: { code: 'groupDeleted' },
  });
  expect(wantedGroupName({ ...assigned, roles: [] })).toBeUndefined();
});

test('a group that was never given loses nothing', () => {
  expect(desire({ ...assigned, roles: [] })).toMatchObject({ presence: 'absent', takes: 'none' });
});

test('the same facts give the same object back', () => {
  const given = desire(assigned);
  expect(desire(assigned, given, { now: 9_999 })).toBe(given);
});
