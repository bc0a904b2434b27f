import type { UserOperation } from '../model/operation.ts';
import type { UserRow } from '../model/user-row.ts';
import { userEntryId } from '../outbox/entry.ts';
import { planUser, type Match } from '../plan/plan-user.ts';
import { hold } from '../rows/held.ts';
import { findMembers } from '../rows/inventory.ts';
import { loadHeartbeat } from '../rows/job.ts';
import { loadUsers } from '../rows/users.ts';
import { changeMember } from './change-member.ts';
import { fetchInviteJobs } from './invite-jobs.ts';
import { invitePeople } from './invite-people.ts';
import { readBack } from './read-back.ts';
import { entryOfUser } from './save-user.ts';
import {
  isAnswerLost,
  settleLost,
  settleSkipped,
  settleUnchanged,
  type Hands,
} from './settle-user.ts';
import type { ApplyDeps } from './deps.ts';
import type { Turn } from './turn.ts';

/** A Dropbox job that adds people ends within it. */
const lookForJobMs = 10 * 60_000;
const nobody: Match = { byExternalId: undefined, byEmail: undefined };

/** Makes Dropbox what the rows of up to 20 people desire, as far as the turn allows; what is left comes again. */
export async function applyPeople(
  ids: readonly string[],
  turn: Turn,
  deps: ApplyDeps,
): Promise<void> {
  const hands: Hands = { turn, deps };
  const loaded = (await loadUsers(deps.tables, ids)).filter((row) => row.etag !== undefined);
  const fetched = await fetchInviteJobs(loaded, hands);
  const asked = fetched.filter(
    ({ mustReadBack, row }) => mustReadBack || turn.slot.verify || isAnswerLost(row.applied),
  );
  const back =
    asked.length === 0
      ? []
      : await readBack(
          asked.map(({ row }) => row),
          hands,
        );
  if (back === undefined) {
    const due = Math.max(deps.clock.now(), (await deps.brake.look()).notBefore);
    for (const { row } of fetched) turn.comeAgain(entryOfUser(row, due, true));
    return;
  }
  const matchById = new Map(back.map(({ row, match }) => [row.id, match]));
  const backById = new Map(back.map(({ row }) => [row.id, row]));
  const rows = fetched.map(({ row }) => backById.get(row.id) ?? row);
  await carryOut(rows, await matchAll(rows, matchById, deps), hands);
}

/** What Dropbox said just now counts; for the others, the listing. */
async function matchAll(
  rows: readonly UserRow[],
  matchById: ReadonlyMap<string, Match | undefined>,
  deps: ApplyDeps,
): Promise<ReadonlyMap<string, Match>> {
  const matches = new Map<string, Match>();
  const unknown = rows.filter(({ id, applied, desired }) => {
    const match = matchById.get(id);
    if (match !== undefined) matches.set(id, match);
    return match === undefined && applied.memberId === null && desired.target !== null;
  });
  if (unknown.length === 0) return matches;
  const { listing } = (await loadHeartbeat(deps.tables)).value;
  const wanted = unknown.map(({ id, desired }) => ({
    externalId: id,
    email: desired.target?.email ?? '',
  }));
  const found = await findMembers(deps.tables, listing, wanted);
  unknown.forEach(({ id }, index) => matches.set(id, found[index] ?? nobody));
  return matches;
}

async function carryOut(
  rows: readonly UserRow[],
  matches: ReadonlyMap<string, Match>,
  hands: Hands,
): Promise<void> {
  const invitations: UserRow[] = [];
  for (const row of rows) {
    const match = matches.get(row.id) ?? nobody;
    const operation = planUser(row.desired, row.applied, match);
    if (operation.kind === 'inviteMember') invitations.push(row);
    else await carryOutOne(row, operation, hands);
  }
  if (invitations.length > 0) await invitePeople(invitations, hands);
}

/** Somebody who is held may have been invited by a job that nobody has the id of: looked for some minutes more, so that they are known. */
function mayStillArrive({ applied, desired }: UserRow, { turn, deps }: Hands): boolean {
  if (applied.memberId !== null || !desired.given) return false;
  const now = deps.clock.now();
  const since = isAnswerLost(applied) ? (applied.error?.since ?? now) : now;
  return (turn.slot.verify || isAnswerLost(applied)) && now - since < lookForJobMs;
}

/** Everything but an invitation: those go together. */
async function carryOutOne(
  row: UserRow,
  operation: Exclude<UserOperation, { kind: 'inviteMember' }>,
  hands: Hands,
): Promise<void> {
  switch (operation.kind) {
    case 'nothing':
      return settleUnchanged(row, hands);
    case 'hold':
      await hold(hands.deps.tables, userEntryId(row.id), row.desired);
      return mayStillArrive(row, hands) ? settleLost(row, hands) : settleUnchanged(row, hands);
    case 'skip':
      return settleSkipped(row, operation, hands);
    case 'adoptMember':
    case 'updateMember':
      return changeMember(row, operation, hands);
  }
}
