import type { InviteRow, NewMember, TeamMember } from '../model/target.ts';
import type { UserRow } from '../model/user-row.ts';
import { planUser } from '../plan/plan-user.ts';
import { saveLogRecords } from '../rows/log-records.ts';
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

const licenceProbeMs = 15 * 60_000;
const jobPollMs = 1_000;
/** Refusals that say that somebody is there already, perhaps by our own doing. */
const alreadyThere = new Set(['user_already_on_team', 'duplicate_external_member_id']);
/** Refusals that are about the team and not about the person. */
const noLicence = new Set(['team_license_limit', 'free_team_member_limit_reached']);

/** Invites up to 20 people in one call. A call that is malformed as a whole is halved until the one at fault stands alone. */
export async function invitePeople(rows: readonly UserRow[], hands: Hands): Promise<void> {
  const { turn, deps } = hands;
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
  if (called.value.kind === 'complete') return takeInviteRows(rows, called.value.rows, hands);
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

/** Takes in what Dropbox says of each person invited, by the address in each row. A person without a row is read back. */
export async function takeInviteRows(
  rows: readonly UserRow[],
  answers: readonly InviteRow[],
  hands: Hands,
): Promise<void> {
  const answerByEmail = new Map(answers.map((answer) => [answer.email.toLowerCase(), answer]));
  const known: UserRow[] = [];
  const welcomed: Welcome[] = [];
  for (const row of rows) {
    const answer = answerByEmail.get(row.desired.target?.email ?? '');
    if (answer === undefined) await settleLost(row, hands);
    else if (answer.kind === 'done') welcomed.push({ row, member: answer.member });
    else if (alreadyThere.has(answer.refusal.tag)) known.push(row);
    else await takeRefusal(row, answer.refusal.tag, hands);
  }
  await welcome(welcomed, hands);
  if (known.length > 0) await meetKnown(known, hands);
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

async function takeRefusal(row: UserRow, tag: string, hands: Hands): Promise<void> {
  if (!noLicence.has(tag)) {
    return settleRefused(row, 'inviteMember', { code: tag, detail: refusalDetail(tag) }, hands);
  }
  const { turn, deps } = hands;
  const now = deps.clock.now();
  const nextTry = now + licenceProbeMs;
  const error = { code: 'noLicence', detail: refusalDetail(tag), at: now, since: now };
  const applied = { ...row.applied, error, nextTry, tried: row.desired.generation, jobId: null };
  turn.comeAgain(entryOfUser(await saveUser(row, applied, hands), nextTry, false));
}

/** Dropbox says they are on the team although we did not know: asked who they are, and adopted if they may be. */
async function meetKnown(rows: readonly UserRow[], hands: Hands): Promise<void> {
  for (const { row, match } of (await readBack(rows, hands)) ?? []) {
    if (match === undefined || row.applied.memberId !== null) continue; // linked while it was read back: the invitation had been ours
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
