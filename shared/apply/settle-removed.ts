import { lesserEffect } from '../plan/taking.ts';
import type { UserRow } from '../model/user-row.ts';
import { resetEdges } from './reset-edges.ts';
import { saveStep } from './save-step.ts';
import { whyTaken, type Taken } from './settle-suspended.ts';
import { recordOf, type Hands } from './settle-user.ts';

/**
 * A member is not in the team any more: by us, or by somebody else. Where no more than a suspension was to be carried out, the intention is
 * kept: whether they had accepted the invitation meanwhile is still to be asked. Returns the row where something is left to be done.
 */
export async function settleRemoved(
  row: UserRow,
  { ours, outcome }: Taken,
  hands: Hands,
): Promise<UserRow | undefined> {
  const { deps } = hands;
  const { applied } = row;
  const record = recordOf(row, deps, { operation: 'removeMember', outcome, ...whyOf(row, ours) });
  // The edges first: once the row says so, nobody would look at them again.
  if (ours) await resetEdges(row, { deps, mayBeIn: false });
  const isToBeAsked = ours && isLimited(row) && applied.status !== 'removed';
  const removed = {
    ...applied,
    status: 'removed' as const,
    removedByUs: ours || applied.removedByUs,
    intended: isToBeAsked ? applied.intended : null,
    jobId: null,
  };
  return saveStep(row, removed, { ...hands, record });
}

/** No more than a suspension may be carried out. */
export function isLimited({ desired }: UserRow): boolean {
  return lesserEffect(desired.takes, desired.releasedTakes) === 'suspend';
}

/** The words of the log for a member who is not in the team any more. */
export function whyOf(row: UserRow, ours: boolean): { code?: string; detail?: string } {
  if (!ours) {
    const detail = 'the Dropbox member had been removed by somebody else';
    return { code: 'removedInDropbox', detail };
  }
  if (row.applied.status !== 'invited' || !isLimited(row)) return whyTaken(row);
  const because = row.desired.takesBecause?.detail ?? '';
  const detail = `Dropbox cannot suspend somebody who has not accepted the invitation yet, so the invitation was removed: ${because}`;
  return { code: 'invitationRemoved', detail };
}
