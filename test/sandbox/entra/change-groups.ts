import { addMember, detachEverywhere } from './change-members.ts';
import { mergeProperties, readInState, writeState, type ChangeWriter } from './change-writer.ts';
import type { DirectoryChange } from './directory-types.ts';
import { createGroup, refuseKnown } from './load-tenant.ts';
import { readAt, type GroupObject, type ObjectValue } from './tenant.ts';

type GroupChange = Extract<DirectoryChange, { readonly op: `${string}Group` }>;

/** A soft-deleted group keeps its edges and comes back with them; a hard-deleted one is gone with all its links. */
export function applyToGroup(writer: ChangeWriter, change: GroupChange, place: string): void {
  const { groups } = writer.tenant;
  const find = (states: Parameters<typeof readInState>[1]) =>
    readInState<GroupObject>(
      change.op === 'addGroup' ? undefined : groups.get(change.id),
      states,
      `${place}.id`,
    );
  switch (change.op) {
    case 'addGroup': {
      addGroup(writer, change, place);
      break;
    }
    case 'updateGroup': {
      mergeProperties(writer, 'group', find(['live', 'soft']), change.set);
      break;
    }
    case 'deleteGroup': {
      const { object, value } = find(['live', 'soft']);
      const isSoft = change.soft ?? (value.state === 'live' && isUnified(value));
      writeState(writer, 'group', object, { ...value, state: isSoft ? 'soft' : 'hard' });
      if (!isSoft) detachEverywhere(writer, change.id);
      break;
    }
    case 'restoreGroup': {
      const { object, value } = find(['soft']);
      writeState(writer, 'group', object, { ...value, state: 'live' });
      break;
    }
  }
}

function isUnified({ properties }: ObjectValue): boolean {
  const { groupTypes } = properties;
  return Array.isArray(groupTypes) && groupTypes.includes('Unified');
}

function addGroup(
  writer: ChangeWriter,
  { group }: Extract<GroupChange, { readonly op: 'addGroup' }>,
  place: string,
): void {
  const { tenant } = writer;
  refuseKnown(tenant, group.id, `${place}.group.id`);
  const created = createGroup(group, 0);
  const value = readAt(created.history, 0);
  created.history.length = 0;
  tenant.groups.set(group.id, created);
  writer.onUndo(() => tenant.groups.delete(group.id));
  if (value !== undefined) writeState(writer, 'group', created, value);
  for (const [index, { id, kind }] of group.members.entries()) {
    const change = { groupId: group.id, memberId: id, kind };
    addMember(writer, change, `${place}.group.members.${index}`);
  }
}
