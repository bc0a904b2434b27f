import type { Reason } from '../model/row-parts.ts';
import type { InviteRow, NewMember, Refusal, TeamMember } from '../model/target.ts';
import type { UserRow } from '../model/user-row.ts';
import { isLicenceRefusal } from '../outbox/licence-gate.ts';
import { planUser } from '../plan/plan-user.ts';
import { saveLogRecords } from '../rows/log-records.ts';
import { mayHaveBeenInvited } from './lost-job.ts';
import { callDropbox } from './call-dropbox.ts';
import { changeMember, refusalDetail } from './change-member.ts';
import { readBack } from './read-back.ts';
import { entryOfUser, saveUser } from './save-user.ts';
import {
  recordOf,
  settleInvited,
  settleLost,
  settleRefused,
  settleSkipped,
  type Hands,
} from './settle-user.ts';
import { askForLicence, noteLicence, settleNoLicence } from './wait-for-licence.ts';

const jobPollMs = 1_000;
/** Refusals that say that somebody is there already, perhaps by our own doing. */
const alreadyThere = new Set(['user_already_on_team', 'duplicate_external_member_id']);

/** Invites up to 20 people in one call. Where the team had no licence left, one person is tried now and then, and the others wait. */
export async function invitePeople(rows: readonly UserRow[], hands: Hands): Promise<void> {
  for (const [index, row] of rows.entries()) {
    const passage = await askForLicence(row, 'inviteMember', hands);
    if (passage === 'open') return inviteTogether(rows.slice(index), hands);
    if (passage === 'probe') await inviteTogether([row], hands);
  }
}

/** A call that is malformed as a whole is halved until the one at fault stands alone. */
async function inviteTogether(rows: readonly UserRow[], hands: Hands): Promise<void> {
  const { turn, deps } = hands;
  const calledAt = deps.clock.now();
  for (const row of rows) turn.noteCall(entryOfUser(row, deps.clock.now(), true));
  const members = rows.flatMap((row): NewMember[] =>
    row.desired.target === null ? [] : [row.desired.target],
  );
  const called = await callDropbox(turn, deps, () => deps.team.inviteMembers(members));
  if (called.kind === 'later') {
    for (const row of rows) turn.comeAgain(entryOfUser(row, called.due, turn.slot.verify));
    return;
  }
  if (called.kind === 'malformed') return halve(rows, called.detail, hands);
  if (called.kind === 'lost' || called.value.kind === 'failed') {
    await Promise.all(rows.map((row) => settleLost(row, hands)));
    return;
  }
  if (called.value.kind === 'complete') {
    return takeInviteRows(rows, { answers: called.value.rows, calledAt }, hands);
  }
  const { jobId } = called.value;
  for (const row of rows) {
    const intended = { operation: 'inviteMember', at: deps.clock.now() };
    const saved = await saveUser(row, { ...row.applied, jobId, intended }, hands);
    turn.comeAgain(entryOfUser(saved, deps.clock.now() + jobPollMs, turn.slot.verify));
  }
}

async function halve(rows: readonly UserRow[], detail: string, hands: Hands): Promise<void> {
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) {
    return settleRefused(only, 'inviteMember', { code: 'malformed', detail }, hands);
  }
  const middle = Math.ceil(rows.length / 2);
  await invitePeople(rows.slice(0, middle), hands);
  await invitePeople(rows.slice(middle), hands);
}

/** What Dropbox said of an invitation, and when that was made, in milliseconds since 1970. */
export interface InviteOutcome {
  readonly answers: readonly InviteRow[];
  readonly calledAt: number;
}

/** Takes in what Dropbox says of each person invited, by the address in each row. A person without a row is read back. */
export async function takeInviteRows(
  rows: readonly UserRow[],
  { answers, calledAt }: InviteOutcome,
  hands: Hands,
): Promise<void> {
  const answerByEmail = new Map(answers.map((answer) => [answer.email.toLowerCase(), answer]));
  const known: UserRow[] = [];
  const unlicensed: Unlicensed[] = [];
  const welcomed: Welcome[] = [];
  for (const row of rows) {
    const answer = answerByEmail.get(row.desired.target?.email ?? '');
    if (answer === undefined) await settleLost(row, hands);
    else if (answer.kind === 'done') welcomed.push({ row, member: answer.member });
    else if (alreadyThere.has(answer.refusal.tag)) known.push(row);
    else if (isLicenceRefusal(answer.refusal.tag))
      unlicensed.push({ row, tag: answer.refusal.tag });
    else await takeRefusal(row, answer.refusal, hands);
  }
  await welcome(welcomed, hands);
  if (known.length > 0) await meetKnown(known, hands);
  if (welcomed.length > 0) await noteLicence('inviteMember', calledAt, hands);
  await turnAway(unlicensed, hands);
}

/** While an earlier invitation may still be on its way, a refusal of another one says nothing. */
async function takeRefusal(row: UserRow, refusal: Refusal, hands: Hands): Promise<void> {
  if (mayHaveBeenInvited(row, hands)) return settleLost(row, hands);
  return settleRefused(row, 'inviteMember', toReason(refusal), hands);
}

/** After whoever was taken: those who came too late close the gate that the others opened. */
async function turnAway(unlicensed: readonly Unlicensed[], hands: Hands): Promise<void> {
  const [first] = unlicensed;
  const rows = unlicensed.map(({ row }) => row);
  if (first !== undefined) await settleNoLicence(rows, 'inviteMember', first.tag, hands);
}

interface Unlicensed {
  readonly row: UserRow;
  readonly tag: string;
}

interface Welcome {
  readonly row: UserRow;
  readonly member: TeamMember;
}

/** The records of all of them in one transaction, then each one's row. */
async function welcome(welcomed: readonly Welcome[], hands: Hands): Promise<void> {
  const records = welcomed.map(({ row, member }) =>
    recordOf(row, hands.deps, {
      operation: 'inviteMember',
      outcome: 'applied',
      changes: row.desired.target ?? {},
      targetId: member.memberId,
    }),
  );
  await saveLogRecords(hands.deps.tables, records);
  await settleInvited(welcomed, hands);
}

function toReason({ tag }: Refusal): Reason {
  return { code: tag, detail: refusalDetail(tag) };
}

/** Dropbox says they are on the team although we did not know: asked who they are, and adopted if they may be. */
async function meetKnown(rows: readonly UserRow[], hands: Hands): Promise<void> {
  for (const { row, match } of (await readBack(rows, hands)) ?? []) {
    if (match === undefined || row.applied.memberId !== null) {
      // Linked while they were read back: that the invitation had been ours says nothing about names and groups.
      hands.turn.comeAgain(entryOfUser(row, hands.deps.clock.now(), false));
      continue;
    }
    const operation = planUser(row.desired, row.applied, match);
    if (operation.kind === 'adoptMember') await changeMember(row, operation, hands);
    else if (operation.kind === 'skip') await settleSkipped(row, operation, hands);
    else {
      const code = 'user_already_on_team';
      const detail =
        'Dropbox holds the address for somebody it does not show, perhaps a removed member';
      await settleRefused(row, 'inviteMember', { code, detail }, hands);
    }
  }
}
