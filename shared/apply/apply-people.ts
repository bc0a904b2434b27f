import type { UserRow } from '../model/user-row.ts';
import { loadUsers } from '../rows/users.ts';
import { carryOut } from './carry-out.ts';
import type { ApplyDeps } from './deps.ts';
import { fetchInviteJobs, type FetchedRow } from './invite-jobs.ts';
import { invitePeople } from './invite-people.ts';
import { matchPeople } from './match-people.ts';
import { readBack } from './read-back.ts';
import { fetchRemoveJobs, waitsForRemoval } from './remove-job.ts';
import { isAnswerLost, type Hands } from './settle-user.ts';
import type { Turn } from './turn.ts';
import { putOffWaiting } from './wait-for-licence.ts';

/** Makes Dropbox what the rows of up to 20 people desire, as far as the turn allows; what is left comes again. */
export async function applyPeople(
  ids: readonly string[],
  turn: Turn,
  deps: ApplyDeps,
): Promise<void> {
  const hands: Hands = { turn, deps };
  const rows = (await loadUsers(deps.tables, ids)).filter((row) => row.etag !== undefined);
  const loaded = await putOffWaiting(rows, hands);
  const others = loaded.filter((row) => !waitsForRemoval(row));
  const fetched = [
    ...(await fetchRemoveJobs(loaded.filter(waitsForRemoval), hands)),
    ...(await fetchInviteJobs(others, hands)),
  ];
  const isAsked = ({ mustReadBack, row }: FetchedRow): boolean =>
    mustReadBack || turn.slot.verify || isAnswerLost(row.applied);
  const asked = fetched.filter(isAsked).map(({ row }) => row);
  const known = fetched.filter((one) => !isAsked(one)).map(({ row }) => row);
  const back = (asked.length === 0 ? [] : await readBack(asked, hands)) ?? [];
  const invitations: UserRow[] = [];
  for (const person of await matchPeople(back, known, hands)) {
    const invited = await carryOut(person, hands);
    if (invited !== undefined) invitations.push(invited);
  }
  if (invitations.length > 0) await invitePeople(invitations, hands);
}
