import { assign, setRole, unassign } from './change-assignments.ts';
import { applyToGroup } from './change-groups.ts';
import { addMember, removeMember } from './change-members.ts';
import { applyToUser } from './change-users.ts';
import type { ChangeWriter } from './change-writer.ts';
import type { DirectoryChange } from './directory-types.ts';

type UserChange = Extract<DirectoryChange, { readonly op: `${string}User` }>;
type GroupChange = Extract<DirectoryChange, { readonly op: `${string}Group` }>;

/**
 * Applies one change; `index` is its place in the call, for the error that names it. A change that changes nothing (the same value again)
 * leaves no trace.
 */
export function applyChange(writer: ChangeWriter, change: DirectoryChange, index: number): void {
  const place = String(index);
  if (isUserChange(change)) {
    applyToUser(writer, change, place);
    return;
  }
  if (isGroupChange(change)) {
    applyToGroup(writer, change, place);
    return;
  }
  switch (change.op) {
    case 'addMember':
      addMember(writer, change, place);
      break;
    case 'removeMember':
      removeMember(writer, change, place);
      break;
    case 'assign':
      assign(writer, change, place);
      break;
    case 'unassign':
      unassign(writer, change, place);
      break;
    case 'setRole':
      setRole(writer, change, place);
      break;
  }
}

function isUserChange(change: DirectoryChange): change is UserChange {
  return change.op.endsWith('User');
}

function isGroupChange(change: DirectoryChange): change is GroupChange {
  return change.op.endsWith('Group');
}
