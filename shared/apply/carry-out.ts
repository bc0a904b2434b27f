import type { UserOperation } from '../model/operation.ts';
import type { UserRow } from '../model/user-row.ts';
import { userEntryId } from '../outbox/entry.ts';
import { planUser, type Match } from '../plan/plan-user.ts';
import { holdIfStillSo } from '../rows/held.ts';
import { loadUsers } from '../rows/users.ts';
import { askWhetherAccepted, mustAskWhetherAccepted } from './accepted-meanwhile.ts';
import { bringBack } from './bring-back.ts';
import { changeMember } from './change-member.ts';
import type { ApplyDeps } from './deps.ts';
import { mayStillArrive, mayStillLeave } from './lost-job.ts';
import type { MatchedPerson } from './match-people.ts';
import { readBack } from './read-back.ts';
import { entryOfUser } from './save-user.ts';
import { settleLost, settleSkipped, settleUnchanged, type Hands } from './settle-user.ts';
import { takeAway } from './take-away.ts';
import { unlinkMember } from './unlink-member.ts';

/** So many operations about one person in one turn: brought back, and then changed. */
const stepsPerTurn = 4;

type Operation = Exclude<UserOperation, { kind: 'inviteMember' }>;
type Standing = Exclude<
  Operation,
  { kind: 'nothing' | 'hold' | 'skip' | 'adoptMember' | 'updateMember' }
>;

/** Makes true what one row desires, as far as the turn allows. Returns the row of somebody who is to be invited: those go together. */
export async function carryOut(person: MatchedPerson, hands: Hands): Promise<UserRow | undefined> {
  let next: MatchedPerson | undefined = person;
  for (let step = 1; step <= stepsPerTurn; step++) {
    const { row, match }: MatchedPerson = next;
    const operation = planUser(row.desired, row.applied, match);
    if (operation.kind === 'inviteMember') return row;
    const left = await carryOutStep(row, await nameHolder(operation, match, hands.deps), hands);
    next = left === undefined ? undefined : await matchAgain(left, hands);
    if (next === undefined) return undefined;
  }
  const { turn, deps } = hands;
  turn.comeAgain(entryOfUser(next.row, deps.clock.now(), turn.slot.verify));
  return undefined;
}

const nobody: Match = { byExternalId: undefined, byEmail: undefined };

/** Somebody whose link was dropped may be in the team as another member: asked afresh. */
async function matchAgain(row: UserRow, hands: Hands): Promise<MatchedPerson | undefined> {
  if (row.applied.memberId !== null) return { row, match: nobody };
  const [found] = (await readBack([row], hands)) ?? [];
  return found === undefined ? undefined : { row: found.row, match: found.match ?? nobody };
}

/** The external id that stands in the way may be one that we wrote ourselves: its owner is about to move on, or to leave. */
async function nameHolder(
  operation: Operation,
  { byEmail }: Match,
  { tables }: ApplyDeps,
): Promise<Operation> {
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

/** Returns the row where something is left to be done about this person. */
async function carryOutStep(
  row: UserRow,
  operation: Operation,
  hands: Hands,
): Promise<UserRow | undefined> {
  const { memberId } = row.applied;
  if (memberId !== null && mustAskWhetherAccepted(row)) {
    return askWhetherAccepted(row, memberId, hands);
  }
  if (mayStillLeave(row, hands)) {
    await settleLost(row, hands);
    return undefined;
  }
  if (isAboutStanding(operation)) return changeStanding(row, operation, hands);
  switch (operation.kind) {
    case 'nothing':
    case 'hold':
      await settle(row, operation.kind, hands);
      return undefined;
    case 'skip':
      await settleSkipped(row, operation, hands);
      return undefined;
    case 'adoptMember':
    case 'updateMember':
      await changeMember(row, operation, hands);
      return lookAtSuspension(row, operation, hands);
  }
}

/** Whether somebody may use the team at all. */
function isAboutStanding(operation: Operation): operation is Standing {
  return 'memberId' in operation && operation.kind !== 'updateMember';
}

function changeStanding(
  row: UserRow,
  { kind, memberId }: Standing,
  hands: Hands,
): Promise<UserRow | undefined> {
  switch (kind) {
    case 'suspendMember':
    case 'removeMember':
      return takeAway(row, { kind, memberId }, hands);
    case 'unsuspendMember':
    case 'recoverMember':
      return bringBack(row, { kind, memberId }, hands);
    case 'unlinkMember':
      return unlinkMember(row, memberId, hands);
  }
}

/** What may not be carried out yet waits in `held`; who may still be brought by a job of ours is looked for. */
async function settle(row: UserRow, kind: 'nothing' | 'hold', hands: Hands): Promise<void> {
  const { tables } = hands.deps;
  if (kind === 'hold') {
    const held = { id: userEntryId(row.id), desired: row.desired };
    await holdIfStillSo(tables, held, async () => (await loadUsers(tables, [row.id]))[0]?.desired);
  }
  return mayStillArrive(row, hands) ? settleLost(row, hands) : settleUnchanged(row, hands);
}

/** That somebody else suspended the member is said, also where there was something to change. */
async function lookAtSuspension(
  row: UserRow,
  change: Extract<Operation, { kind: 'adoptMember' | 'updateMember' }>,
  { deps }: Hands,
): Promise<UserRow | undefined> {
  const status = change.kind === 'adoptMember' ? change.member.status : row.applied.status;
  if (status !== 'suspended') return undefined;
  const [found] = await loadUsers(deps.tables, [row.id]);
  const { applied, desired } = found ?? row;
  const isSettled = applied.generation === desired.generation && applied.error === null;
  return isSettled && applied.status === 'suspended' ? found : undefined;
}
