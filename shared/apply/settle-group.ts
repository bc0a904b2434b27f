import type { GroupApplied, GroupRow } from '../model/group-row.ts';
import type { LogRecord } from '../model/log-record.ts';
import type { OperationKind } from '../model/operation.ts';
import type { Refusal } from '../model/target.ts';
import { refusalDetail } from './change-member.ts';
import { planEscrow } from './escrow.ts';
import { comeAgain, recordOfGroup, saveGroup, type GroupHands } from './save-group.ts';
import { isAnswerLost } from './settle-user.ts';

/** The group itself is as desired, with these columns. */
export function settleGroup(
  row: GroupRow,
  changes: Partial<GroupApplied>,
  hands: GroupHands & { record?: LogRecord },
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

/**
 * The group cannot be had, for a reason in Dropbox or of its own: said once per generation. What Dropbox may change is looked at again.
 * Returns the row as it stands.
 */
export async function settleGroupSkipped(
  row: GroupRow,
  skip: { readonly code: string; readonly detail: string },
  hands: GroupHands,
): Promise<GroupRow | undefined> {
  const { deps } = hands;
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
  const saved = await settleGroup(row, waits, isNew ? { ...hands, record } : hands);
  if (waits.nextTry > 0) comeAgain(row, hands, { due: waits.nextTry });
  return saved;
}

/** Dropbox says by these that it does not know the group. */
const saysGone = new Set(['group_not_found', 'group_not_in_team', 'group_not_on_team']);

/**
 * Dropbox refused the group, or somebody in it: into escrow, with its words. Returns the row as it stands, or undefined where the group
 * comes again to be read back, since the refusal may be about a link that is out of date.
 */
export async function settleGroupRefused(
  row: GroupRow,
  operation: OperationKind,
  { tag }: Refusal,
  hands: GroupHands,
): Promise<GroupRow | undefined> {
  const { deps } = hands;
  // Ours already, from a call whose answer was lost: read back by external id, and linked.
  if (tag === 'external_id_already_in_use') return settleGroupLost(row, hands);
  if (saysGone.has(tag) && row.applied.groupId !== null && !mustReadBack(row, hands)) {
    comeAgain(row, hands, { verify: true });
    return undefined;
  }
  const refusal = { code: tag, detail: refusalDetail(tag) };
  const before =
    row.applied.tried === row.desired.generation ? row.applied : { attempts: 0, error: null };
  const escrow = planEscrow(before, refusal, deps.clock.now());
  const record = recordOfGroup(row, deps, {
    operation,
    outcome: 'failed',
    code: tag,
    reason: refusal.detail,
    attempt: escrow.attempts,
  });
  const applied = {
    ...row.applied,
    ...escrow,
    tried: row.desired.generation,
    intended: null,
  };
  const saved = await saveGroup(row, applied, { ...hands, record });
  if (escrow.nextTry > 0) comeAgain(row, hands, { due: escrow.nextTry });
  return saved;
}

/** An answer about the group is lost: read back soon, and more and more slowly if it stays away. */
export async function settleGroupLost(row: GroupRow, hands: GroupHands): Promise<undefined> {
  const now = hands.deps.clock.now();
  const attempts = row.applied.attempts + 1;
  const due = now + Math.min(3_600_000, 2_000 * 2 ** Math.min(attempts - 1, 12));
  const error = {
    code: 'answerLost',
    detail: 'Dropbox gave no clear answer; it is read back before anything is repeated',
    at: now,
    since: row.applied.error?.since ?? now,
  };
  comeAgain(row, hands, { due, verify: true });
  await saveGroup(row, { ...row.applied, attempts, error }, hands);
}

/**
 * True where an answer about this group may have been lost, or where it was tried before and has no link: by now it may be there without
 * our knowing it, and a listing may still show one that has gone. Then Dropbox is asked before anything is planned.
 */
export function mustReadBack(
  { applied, desired }: GroupRow,
  { turn }: Pick<GroupHands, 'turn'>,
): boolean {
  const isWanted =
    desired.presence === 'group' && desired.takes === 'none' && desired.skip === null;
  const isMissed = applied.groupId === null && applied.tried > 0 && isWanted;
  return turn.slot.verify || isAnswerLost({ error: applied.error }) || isMissed;
}
