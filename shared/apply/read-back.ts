import type { LogRecord } from '../model/log-record.ts';
import type { OperationKind } from '../model/operation.ts';
import type { MemberSelector, TeamMember } from '../model/target.ts';
import type { UserRow } from '../model/user-row.ts';
import type { Match } from '../plan/plan-user.ts';
import { saveLogRecords } from '../rows/log-records.ts';
import { callDropbox } from './call-dropbox.ts';
import { explainMember } from './explain-member.ts';
import { resetEdges } from './reset-edges.ts';
import { entryOfUser, saveUser } from './save-user.ts';
import { whyOf } from './settle-removed.ts';
import { whyTaken } from './settle-suspended.ts';
import { recordOf, rememberDoubt, settleLinked, type Hands } from './settle-user.ts';

const lookAgainMs = 60_000;

export interface ReadBackRow {
  readonly row: UserRow;
  /** What Dropbox said just now about somebody who had no link; absent for whoever had one. */
  readonly match?: Match;
}

/**
 * Asks Dropbox what is true of these people and writes it into applied: by member id where there is a link, else by external id and by
 * address, so that an invitation whose answer was lost is found and never repeated. Undefined where Dropbox could not be asked: then
 * everybody comes again, to be read back, no sooner than it allows.
 */
export async function readBack(
  rows: readonly UserRow[],
  hands: Hands,
): Promise<readonly ReadBackRow[] | undefined> {
  const asked = rows.map((row) => ({ row, selectors: selectorsOf(row) }));
  const selectors = asked.flatMap((question) => question.selectors);
  const answer = await callDropbox(hands.turn, hands.deps, async () =>
    selectors.length === 0 ? [] : await hands.deps.team.readMembersInfo(selectors),
  );
  if (answer.kind !== 'answered') {
    const { clock } = hands.deps;
    const due = answer.kind === 'malformed' ? clock.now() + lookAgainMs : answer.due;
    for (const row of rows) {
      hands.turn.comeAgain(entryOfUser(row, due, true));
      await rememberDoubt(row, hands);
    }
    return undefined;
  }
  const result: ReadBackRow[] = [];
  let position = 0;
  for (const { row, selectors: own } of asked) {
    const found = answer.value.slice(position, position + own.length);
    position += own.length;
    result.push(await takeIn(row, found, hands));
  }
  return result;
}

/** Everybody is linked, or may have been invited without our knowing it; only who was never given anything is nobody to ask about. */
function selectorsOf(row: UserRow): readonly MemberSelector[] {
  const { memberId } = row.applied;
  if (memberId !== null) return [{ kind: 'memberId', memberId }];
  const { target } = row.desired;
  if (target === null) return [];
  return [
    { kind: 'externalId', externalId: target.externalId },
    { kind: 'email', email: target.email },
  ];
}

async function takeIn(
  row: UserRow,
  [first, second]: readonly (TeamMember | undefined)[],
  hands: Hands,
): Promise<ReadBackRow> {
  if (row.applied.memberId !== null) return { row: await takeInLinked(row, first, hands) };
  const match = { byExternalId: holderOf(first), byEmail: holderOf(second) };
  const isOurs = first !== undefined && first.status !== 'removed' && row.desired.given;
  if (!isOurs) return { row, match };
  const record = recordOf(row, hands.deps, {
    operation: 'inviteMember',
    outcome: 'alreadyDone',
    detail: 'read back after an answer was lost',
    targetId: first.memberId,
  });
  // Should another worker have been faster, what Dropbox said still stands: nobody is invited on the word of an old listing.
  return { row: await settleLinked(row, first, { ...hands, record, origin: 'invited' }), match };
}

/** Somebody who was removed and cannot come back holds neither the address nor the external id any more. */
function holderOf(member: TeamMember | undefined): TeamMember | undefined {
  const isPast = member?.status === 'removed' && member.isRecoverable === false;
  return isPast ? undefined : member;
}

/** A member whom Dropbox does not know by id is not unlinked here: that is judged with everything else that takes away. */
async function takeInLinked(
  row: UserRow,
  member: TeamMember | undefined,
  { turn, deps }: Hands,
): Promise<UserRow> {
  const { applied, done, drift } = explainMember(row, member);
  if (done === 'removeMember') await resetEdges(row, { deps, mayBeIn: false });
  if (done === 'recoverMember') await resetEdges(row, { deps, mayBeIn: true });
  const records: LogRecord[] = [];
  if (done !== undefined) {
    const why = whyDone(row, done);
    records.push(recordOf(row, deps, { operation: done, outcome: 'alreadyDone', ...why }));
  }
  if (drift.length > 0) {
    const detail = 'somebody else changed the member in Dropbox';
    const record = recordOf(row, deps, { operation: 'none', outcome: 'drift', detail });
    records.push({ ...record, changes: drift });
  }
  await saveLogRecords(deps.tables, records);
  const saved = await saveUser(row, applied, { turn, deps });
  if (turn.slot.verify || done === 'recoverMember') turn.ringGroups(saved.source.groups);
  return saved;
}

function whyDone(row: UserRow, done: OperationKind): { code?: string; detail?: string } {
  if (done === 'removeMember') return whyOf(row, true);
  return done === 'suspendMember' ? whyTaken(row) : {};
}
