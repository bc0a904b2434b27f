import type { GroupApplied, GroupRow } from '../model/group-row.ts';
import type { LogRecord } from '../model/log-record.ts';
import type { OperationKind } from '../model/operation.ts';
import type { Refusal } from '../model/target.ts';
import { refusalDetail } from './change-member.ts';
import { planEscrow } from './escrow.ts';
import { entryOfGroup, recordOfGroup, saveGroup } from './save-group.ts';
import type { Hands } from './settle-user.ts';

/** The group itself is as desired, with these columns. */
export function settleGroup(
  row: GroupRow,
  changes: Partial<GroupApplied>,
  hands: Hands & { record?: LogRecord },
): Promise<GroupRow | undefined> {
  const { generation } = row.desired;
  const applied: GroupApplied = {
    ...row.applied,
    generation,
    tried: generation,
    attempts: 0,
    nextTry: 0,
    error: null,
    intended: null,
    ...changes,
  };
  return saveGroup(row, applied, hands);
}

/** The group cannot be had, for a reason in Dropbox or of its own: said once per generation. What Dropbox may change is looked at again. */
export async function settleGroupSkipped(
  row: GroupRow,
  skip: { readonly code: string; readonly detail: string },
  hands: Hands,
): Promise<undefined> {
  const { turn, deps } = hands;
  const isNew = row.applied.tried !== row.desired.generation;
  const before = isNew ? { attempts: 0, error: null } : row.applied;
  const escrow = planEscrow(before, skip, deps.clock.now());
  const record = recordOfGroup(row, deps, {
    operation: 'none',
    outcome: 'skipped',
    code: skip.code,
    reason: skip.detail,
  });
  const waits = skip.code === 'groupNameTaken' ? escrow : { ...escrow, nextTry: 0 };
  await settleGroup(row, waits, isNew ? { ...hands, record } : hands);
  if (waits.nextTry > 0) turn.comeAgain(entryOfGroup(row.id, waits.nextTry, false));
}

/** Dropbox refused the group: into escrow, with its words. */
export async function settleGroupRefused(
  row: GroupRow,
  operation: OperationKind,
  { tag }: Refusal,
  hands: Hands,
): Promise<undefined> {
  const { turn, deps } = hands;
  // Ours already, from a call whose answer was lost: read back by external id, and linked.
  if (tag === 'external_id_already_in_use') return settleGroupLost(row, hands);
  const refusal = { code: tag, detail: refusalDetail(tag) };
  const before =
    row.applied.tried === row.desired.generation ? row.applied : { attempts: 0, error: null };
  const escrow = planEscrow(before, refusal, deps.clock.now());
  const record = recordOfGroup(row, deps, {
    operation,
    outcome: 'failed',
    code: tag,
    reason: refusal.detail,
  });
  const applied = { ...row.applied, ...escrow, tried: row.desired.generation };
  await saveGroup(row, applied, { ...hands, record });
  if (escrow.nextTry > 0) turn.comeAgain(entryOfGroup(row.id, escrow.nextTry, false));
}

/** An answer about the group is lost: read back soon, and more and more slowly if it stays away. */
export async function settleGroupLost(row: GroupRow, hands: Hands): Promise<undefined> {
  const now = hands.deps.clock.now();
  const attempts = row.applied.attempts + 1;
  const due = now + Math.min(3_600_000, 2_000 * 2 ** Math.min(attempts - 1, 12));
  const error = {
    code: 'answerLost',
    detail: 'Dropbox gave no clear answer; it is read back before anything is repeated',
    at: now,
    since: row.applied.error?.since ?? now,
  };
  hands.turn.comeAgain(entryOfGroup(row.id, due, true));
  await saveGroup(row, { ...row.applied, attempts, error }, hands);
}
