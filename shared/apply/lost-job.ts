import type { UserApplied, UserRow } from '../model/user-row.ts';
import { isAnswerLost, type Hands } from './settle-user.ts';

/** A Dropbox job that adds or removes people ends within it. */
const lookForJobMs = 10 * 60_000;

/**
 * Somebody who is to lose access may have been invited by a job that nobody has the id of: looked for some minutes more, so that they are
 * known, and access can be taken away.
 */
export function mayStillArrive({ applied, desired }: UserRow, { turn, deps }: Hands): boolean {
  if (applied.memberId !== null || !desired.given || desired.takes === 'none') return false;
  const now = deps.clock.now();
  const since = isAnswerLost(applied) ? (applied.error?.since ?? now) : now;
  return (turn.slot.verify || isAnswerLost(applied)) && now - since < lookForJobMs;
}

/** An answer to an invitation was lost a short while ago: a job that nobody has the id of may yet bring this person into the team. */
export function mayHaveBeenInvited({ applied }: UserRow, { deps }: Hands): boolean {
  if (applied.memberId !== null || !isAnswerLost(applied)) return false;
  return deps.clock.now() - (applied.error?.since ?? 0) < lookForJobMs;
}

/**
 * Somebody who is wanted again although we had begun to take access away, and whose answer was lost, may yet lose it by a job that nobody
 * has the id of: looked at for some minutes more, so that this is known as our own doing, and undone.
 */
export function mayStillLeave({ applied, desired }: UserRow, { deps }: Hands): boolean {
  if (desired.takes !== 'none' || !isAnswerLost(applied) || hasLeft(applied)) return false;
  return deps.clock.now() - (applied.error?.since ?? 0) < lookForJobMs;
}

/** What was begun has taken effect, or nothing of the kind was begun. */
function hasLeft({ intended, status }: UserApplied): boolean {
  if (intended?.operation === 'removeMember') return status === 'removed';
  if (intended?.operation !== 'suspendMember') return true;
  return status === 'removed' || status === 'suspended';
}
