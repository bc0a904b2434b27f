import { detachEverywhere } from './change-members.ts';
import { mergeProperties, readInState, writeState, type ChangeWriter } from './change-writer.ts';
import type { DirectoryChange } from './directory-types.ts';
import { readUser, refuseKnown } from './load-tenant.ts';
import type { UserObject } from './tenant.ts';

type UserChange = Extract<DirectoryChange, { readonly op: `${string}User` }>;

/** Soft delete leaves edges and assignments; hard delete takes them along. */
export function applyToUser(writer: ChangeWriter, change: UserChange, place: string): void {
  const { users } = writer.tenant;
  const find = (states: Parameters<typeof readInState>[1]) =>
    readInState(change.op === 'addUser' ? undefined : users.get(change.id), states, `${place}.id`);
  switch (change.op) {
    case 'addUser': {
      addUser(writer, change, place);
      break;
    }
    case 'updateUser': {
      mergeProperties(writer, 'user', find(['live', 'soft']), change.set);
      break;
    }
    case 'deleteUser': {
      const { object, value } = find(['live']);
      writeState(writer, 'user', object, { ...value, state: 'soft' });
      break;
    }
    case 'hardDeleteUser': {
      const { object, value } = find(['live', 'soft']);
      writeState(writer, 'user', object, { ...value, state: 'hard' });
      detachEverywhere(writer, change.id);
      break;
    }
    case 'restoreUser': {
      const { object, value } = find(['soft']);
      writeState(writer, 'user', object, { ...value, state: 'live' });
      break;
    }
  }
}

function addUser(
  writer: ChangeWriter,
  { user }: Extract<UserChange, { readonly op: 'addUser' }>,
  place: string,
): void {
  const { tenant } = writer;
  refuseKnown(tenant, user.id, `${place}.user.id`);
  const object: UserObject = { id: user.id, history: [] };
  tenant.users.set(user.id, object);
  writer.onUndo(() => tenant.users.delete(user.id));
  writeState(writer, 'user', object, { state: user.deleted ?? 'live', ...readUser(user) });
}
