import { expect, test } from 'vitest';
import {
  emptyGroupRow,
  type GroupDesired,
  type GroupSource,
} from '../../shared/model/group-row.ts';
import { desireGroup, wantedGroupName } from '../../shared/plan/desire-group.ts';
import { defaultProvisioning } from '../world/default-provisioning.ts';

const nothing = emptyGroupRow('design').desired;
const policy = defaultProvisioning().leaving;
const assigned: GroupSource = { displayName: ' Design ', deleted: 'no', roles: ['r1'] };

function desire(
  source: GroupSource,
  previous: GroupDesired = nothing,
  context: Partial<Parameters<typeof desireGroup>[2]> = {},
): GroupDesired {
  return desireGroup(source, previous, { now: 1_000, rivals: [], policy, ...context });
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

test('a group is deleted only where that is configured, whether it was unassigned or deleted in Entra', () => {
  const given = desire(assigned);
  const gone = [
    { ...assigned, roles: [] },
    { ...assigned, deleted: 'soft' as const },
    { ...assigned, deleted: 'hard' as const },
  ];
  for (const source of gone) {
    expect(desire(source, given).takes).toBe('remove');
    expect(desire(source, given, { policy: { group: 'delete' } }).takes).toBe('delete');
  }
});

test('a group that is assigned again, or restored, loses nothing any more, whatever was released', () => {
  const going = { ...desire({ ...assigned, roles: [] }, desire(assigned)) };
  const released = { ...going, releasedTakes: 'remove' as const };
  expect(desire(assigned, released)).toMatchObject({
    presence: 'group',
    takes: 'none',
    releasedTakes: 'none',
    takesSince: 0,
  });
});

test('a group that only a doubtful list does not show is in doubt, until the doubt is gone or Entra names it', () => {
  const given = desire(assigned);
  const gone = { ...assigned, roles: [] };
  const doubtful = desire(gone, given, { doubt: 'the list came back empty' });
  expect(doubtful.takesDoubt).toBe('the list came back empty');
  expect(desire(gone, doubtful, { now: 2_000 })).toBe(doubtful);
  expect(desire(gone, doubtful, { doubt: null }).takesDoubt).toBeNull();
  expect(desire({ ...gone, deleted: 'soft' }, doubtful).takesDoubt).toBeNull();
});

test('a group that was never given loses nothing', () => {
  expect(desire({ ...assigned, roles: [] })).toMatchObject({ presence: 'absent', takes: 'none' });
});

test('the same facts give the same object back', () => {
  const given = desire(assigned);
  expect(desire(assigned, given, { now: 9_999 })).toBe(given);
});
