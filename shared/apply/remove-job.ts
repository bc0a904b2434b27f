import type { UserRow } from '../model/user-row.ts';
import { callDropbox } from './call-dropbox.ts';
import type { FetchedRow } from './invite-jobs.ts';
import { entryOfUser } from './save-user.ts';
import { settleRemoved } from './settle-removed.ts';
import type { Hands } from './settle-user.ts';

/** A look at a job waits as long as the job has been running, within these bounds. */
const soonestPollMs = 1_000;
const latestPollMs = 30_000;
/** A job that has not ended by then is not believed to: Dropbox is asked about the member. */
const jobLimitMs = 15 * 60_000;

/** True for somebody whose removal Dropbox has made a job of; the jobs of invitations are kept in the same column. */
export function waitsForRemoval({ applied }: UserRow): boolean {
  return applied.jobId !== null && applied.intended?.operation === 'removeMember';
}

/** Fetches what became of these removals. Whose job is still running comes again and is left out, as is who needs nothing more. */
export async function fetchRemoveJobs(
  rows: readonly UserRow[],
  hands: Hands,
): Promise<readonly FetchedRow[]> {
  const result: FetchedRow[] = [];
  for (const row of rows) result.push(...(await fetchOne(row, hands)));
  return result;
}

async function fetchOne(row: UserRow, hands: Hands): Promise<readonly FetchedRow[]> {
  const { turn, deps } = hands;
  const { jobId, intended } = row.applied;
  const comeAgain = (due: number): readonly FetchedRow[] => {
    turn.comeAgain(entryOfUser(row, due, turn.slot.verify));
    return [];
  };
  const called = await callDropbox(turn, deps, () => deps.team.readRemoveJob(jobId ?? ''));
  if (called.kind === 'later' || called.kind === 'lost') return comeAgain(called.due);
  const kind = called.kind === 'malformed' ? 'failed' : called.value.kind;
  if (kind === 'complete') {
    const left = await settleRemoved(row, { ours: true, outcome: 'applied' }, hands);
    return left === undefined ? [] : [{ row: left, mustReadBack: false }];
  }
  const now = deps.clock.now();
  const ageMs = now - (intended?.at ?? 0);
  if (kind === 'failed' || ageMs > jobLimitMs) return [{ row, mustReadBack: true }];
  return comeAgain(now + Math.min(latestPollMs, Math.max(soonestPollMs, ageMs / 2)));
}
