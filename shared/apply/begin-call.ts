import { StorageConflictError } from '../model/errors.ts';
import type { OperationKind } from '../model/operation.ts';
import type { UserApplied, UserRow } from '../model/user-row.ts';
import { partitionOf, userAppliedAction, usersTable } from '../rows/users.ts';
import { callDropbox } from './call-dropbox.ts';
import { entryOfUser, saveUser } from './save-user.ts';
import { settleLost, settleRefused, type Hands } from './settle-user.ts';

/** A call that is about to be made, and written down as such. */
export interface BegunCall {
  /** As stored, with the intention. */
  readonly row: UserRow;
  readonly operation: OperationKind;
  readonly memberId: string;
  /** What was intended before: not null where an earlier call may have taken effect without our knowing it. */
  readonly before: UserApplied['intended'];
}

/**
 * Writes down what is about to be done to a linked member, on condition that the row is as it was read: what is found later counts as ours,
 * and what rests on an outdated row is not done. `known` is written with it. Undefined where the row has moved, or no call may be made now:
 * the person comes again.
 */
export async function beginCall(
  row: UserRow,
  { operation, memberId }: Pick<BegunCall, 'operation' | 'memberId'>,
  { turn, deps }: Hands,
  known: Partial<UserApplied> = {},
): Promise<BegunCall | undefined> {
  // Waited for before the row is written, so that the call follows the write at once.
  if (await turn.mayCall()) {
    const intended = { operation, at: deps.clock.now() };
    const applied = { ...row.applied, ...known, intended };
    try {
      const action = userAppliedAction(row, applied);
      const [etag] = await deps.tables.write(usersTable, partitionOf(row.id), [action]);
      const before = row.applied.intended;
      return { row: { ...row, etag, applied }, operation, memberId, before };
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
    }
  }
  turn.comeAgain(entryOfUser(row, deps.clock.now(), turn.slot.verify));
  return undefined;
}

/** Makes the call. Undefined where Dropbox gave no answer to go on with: what comes of that is settled. */
export async function makeCall<T extends object>(
  begun: BegunCall,
  hands: Hands,
  call: () => Promise<T>,
): Promise<T | undefined> {
  const { turn, deps } = hands;
  const { row, operation } = begun;
  turn.noteCall(entryOfUser(row, deps.clock.now(), true));
  const called = await callDropbox(turn, deps, call, { atOnce: true });
  switch (called.kind) {
    case 'answered':
      return called.value;
    case 'later':
      turn.comeAgain(entryOfUser(row, called.due, turn.slot.verify));
      await withdraw(begun, hands);
      return undefined;
    case 'lost':
      await settleLost(row, hands);
      return undefined;
    case 'malformed': {
      const refusal = { code: 'malformed', detail: called.detail };
      await settleRefused(row, operation, refusal, hands);
      return undefined;
    }
  }
}

/** The call has certainly had no effect: what is found later is not ours by it. Returns the row as it stands. */
export function withdraw({ row, before }: BegunCall, hands: Hands): Promise<UserRow> {
  return saveUser(row, { ...row.applied, intended: before }, hands);
}
