import type { InviteAnswer } from '../model/target.ts';
import type { UserRow } from '../model/user-row.ts';
import { callDropbox } from './call-dropbox.ts';
import { takeInviteRows } from './invite-people.ts';
import { entryOfUser } from './save-user.ts';
import type { Hands } from './settle-user.ts';

const pollMs = 2_000;

export interface FetchedRow {
  readonly row: UserRow;
  /** The job's outcome is not known: Dropbox is to be asked about this person before anything is repeated. */
  readonly mustReadBack: boolean;
}

/** Fetches the answers of Dropbox jobs that these people wait for. Whoever's job is still running comes again and is left out. */
export async function fetchInviteJobs(
  rows: readonly UserRow[],
  hands: Hands,
): Promise<readonly FetchedRow[]> {
  const free = rows.filter(({ applied }) => applied.jobId === null);
  const result: FetchedRow[] = free.map((row) => ({ row, mustReadBack: false }));
  const jobIds = new Set(rows.flatMap(({ applied }) => applied.jobId ?? []));
  for (const jobId of jobIds) {
    const waiting = rows.filter(({ applied }) => applied.jobId === jobId);
    result.push(...(await fetchOne(jobId, waiting, hands)));
  }
  return result;
}

async function fetchOne(
  jobId: string,
  waiting: readonly UserRow[],
  hands: Hands,
): Promise<readonly FetchedRow[]> {
  const { turn, deps } = hands;
  const called = await callDropbox(turn, deps, () => deps.team.readInviteJob(jobId));
  const comeBack = (due: number): readonly FetchedRow[] => {
    for (const row of waiting) turn.comeAgain(entryOfUser(row, due, turn.slot.verify));
    return [];
  };
  if (
    called.kind === 'malformed' ||
    (called.kind === 'answered' && called.value.kind === 'failed')
  ) {
    return waiting.map((row) => ({ row, mustReadBack: true }));
  }
  if (called.kind !== 'answered') return comeBack(called.due);
  const answer: InviteAnswer | { readonly kind: 'running' } = called.value;
  if (answer.kind !== 'complete') return comeBack(deps.clock.now() + pollMs);
  await takeInviteRows(waiting, answer.rows, hands);
  return [];
}
