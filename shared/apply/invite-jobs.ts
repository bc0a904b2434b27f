import type { InviteAnswer, InviteRow } from '../model/target.ts';
import type { UserRow } from '../model/user-row.ts';
import { changesBetween, targetOf } from '../plan/plan-user.ts';
import { callDropbox } from './call-dropbox.ts';
import { takeInviteRows } from './invite-people.ts';
import { entryOfUser } from './save-user.ts';
import type { Hands } from './settle-user.ts';

/** A look at a job waits as long as the job has been running, within these bounds. */
const soonestPollMs = 1_000;
const latestPollMs = 30_000;
/** A job that has not ended by then is not believed to: its people are read back. */
const jobLimitMs = 15 * 60_000;

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
  if (called.kind === 'later' || called.kind === 'lost') return comeBack(called.due);
  const ageMs = deps.clock.now() - begunAt(waiting);
  if (called.kind === 'malformed' || called.value.kind === 'failed' || ageMs > jobLimitMs) {
    return waiting.map((row) => ({ row, mustReadBack: true }));
  }
  const answer: InviteAnswer | { readonly kind: 'running' } = called.value;
  if (answer.kind !== 'complete') return comeBack(deps.clock.now() + pollDelay(ageMs));
  const calledAt = begunAt(waiting);
  await takeInviteRows(waiting, { answers: answer.rows, calledAt }, hands);
  const outdated = waiting.filter((row) => isOutdated(row, answer.rows));
  for (const row of outdated) turn.comeAgain(entryOfUser(row, deps.clock.now(), false));
  return [];
}

function begunAt([first]: readonly UserRow[]): number {
  return first?.applied.intended?.at ?? 0;
}

/** What a job invited is what was desired when it began. Whoever is desired otherwise by now is looked at again. */
function isOutdated({ desired }: UserRow, answers: readonly InviteRow[]): boolean {
  const { target } = desired;
  const answer = answers.find(({ email }) => email === target?.email);
  if (target === null || answer?.kind !== 'done') return false;
  return Object.keys(changesBetween(targetOf(answer.member), target)).length > 0;
}

function pollDelay(ageMs: number): number {
  return Math.min(latestPollMs, Math.max(soonestPollMs, ageMs / 2));
}
