import type { UserOperation } from '../model/operation.ts';
import type { UserRow } from '../model/user-row.ts';
import { userEntryId } from '../outbox/entry.ts';
import { planUser, type Match } from '../plan/plan-user.ts';
import { holdIfStillSo } from '../rows/held.ts';
import { loadUsers } from '../rows/users.ts';
import { changeMember } from './change-member.ts';
import { fetchInviteJobs, type FetchedRow } from './invite-jobs.ts';
import { invitePeople } from './invite-people.ts';
import { matchPeople, type MatchedPerson } from './match-people.ts';
import { readBack } from './read-back.ts';
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

/** Makes Dropbox what the rows of up to 20 people desire, as far as the turn allows; what is left comes again. */
export async function applyPeople(
  ids: readonly string[],
  turn: Turn,
  deps: ApplyDeps,
): Promise<void> {
  const hands: Hands = { turn, deps };
  const loaded = (await loadUsers(deps.tables, ids)).filter((row) => row.etag !== undefined);
  const fetched = await fetchInviteJobs(loaded, hands);
  const isAsked = ({ mustReadBack, row }: FetchedRow): boolean =>
    mustReadBack || turn.slot.verify || isAnswerLost(row.applied);
  const asked = fetched.filter(isAsked).map(({ row }) => row);
  const known = fetched.filter((one) => !isAsked(one)).map(({ row }) => row);
  const back = (asked.length === 0 ? [] : await readBack(asked, hands)) ?? [];
  await carryOut(await matchPeople(back, known, hands), hands);
}

async function carryOut(people: readonly MatchedPerson[], hands: Hands): Promise<void> {
  const invitations: UserRow[] = [];
  for (const { row, match } of people) {
    const operation = planUser(row.desired, row.applied, match);
    if (operation.kind === 'inviteMember') invitations.push(row);
    else await carryOutOne(row, await nameHolder(operation, match, hands.deps), hands);
  }
  if (invitations.length > 0) await invitePeople(invitations, hands);
}

/** The external id that stands in the way may be one that we wrote ourselves: its owner is about to move on, or to leave. */
async function nameHolder(
  operation: Exclude<UserOperation, { kind: 'inviteMember' }>,
  { byEmail }: Match,
  { tables }: ApplyDeps,
): Promise<Exclude<UserOperation, { kind: 'inviteMember' }>> {
  const holderId = byEmail?.externalId;
  const isForeign = operation.kind === 'skip' && operation.code === 'foreignExternalId';
  if (!isForeign || holderId === undefined || !isEntraId(holderId)) return operation;
  const [holder] = await loadUsers(tables, [holderId]);
  if (holder?.applied.memberId !== byEmail?.memberId) return operation;
  const detail = `the address still belongs to ${holderId}, whom we provision too`;
  return { kind: 'skip', code: 'addressHeldByOurs', detail };
}

function isEntraId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
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
      await holdIfStillSo(
        hands.deps.tables,
        { id: userEntryId(row.id), desired: row.desired },
        async () => {
          const [now] = await loadUsers(hands.deps.tables, [row.id]);
          return now?.desired;
        },
      );
      return mayStillArrive(row, hands) ? settleLost(row, hands) : settleUnchanged(row, hands);
    case 'skip':
      return settleSkipped(row, operation, hands);
    case 'adoptMember':
    case 'updateMember':
      return changeMember(row, operation, hands);
  }
}
