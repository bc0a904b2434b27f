import type { GroupRow } from '../model/group-row.ts';
import type { UserRow } from '../model/user-row.ts';
import { isLeaving, readEdges, type EdgeApplied, type EdgeRow } from '../rows/edges.ts';
import { saveLogRecords } from '../rows/log-records.ts';
import { loadUsers } from '../rows/users.ts';
import { askWhoIsStillIn } from './ask-who-is-still-in.ts';
import { logMembers } from './log-members.ts';
import { recordOfGroup, saveGroup, type GroupHands } from './save-group.ts';
import { isIn, isOut, notSeen, settleEdges, type FoundEdge } from './settle-edges.ts';
import { isOnTeam } from './sort-markers.ts';

/** So many people are looked up at a time. */
const edgesPerPart = 100;
/** So many of the missing are named in the log; the others are only counted. */
const namedMissing = 200;

interface CompareHands extends GroupHands {
  /** Everybody is to be taken out: nobody becomes ours, and nobody is missed. */
  readonly isEmptying: boolean;
}

/** What has been found so far. */
interface Findings {
  /** When the comparison began: the record of those who are missing is one, however often it is written. */
  readonly at: number;
  /** Who is in the group and stands in none of the edges looked at. */
  readonly unknown: Set<string>;
  readonly missing: string[];
  missingCount: number;
  /** True where a row could not be read: its member would be taken for a stranger. */
  hasUnreadable: boolean;
}

/**
 * Holds every edge of a group against the group's whole membership in Dropbox. Somebody who should be there and is not is marked to be added
 * again, and told of as drift. Strangers are counted and never touched. A list alone takes nobody out, and it makes nobody be forgotten who
 * is ours: a false one does no harm. Returns the row as it stands, undefined where another worker was faster.
 */
export async function compareMembers(
  row: GroupRow,
  present: ReadonlySet<string>,
  hands: CompareHands,
): Promise<GroupRow | undefined> {
  const findings: Findings = {
    at: hands.deps.clock.now(),
    unknown: new Set(present),
    missing: [],
    missingCount: 0,
    hasUnreadable: false,
  };
  for await (const edges of readEdges(hands.deps.tables, row.id)) {
    for (let start = 0; start < edges.length; start += edgesPerPart) {
      await comparePart(row, edges.slice(start, start + edgesPerPart), {
        ...hands,
        present,
        findings,
      });
    }
  }
  return countStrangers(row, findings, hands);
}

interface PartHands extends CompareHands {
  readonly present: ReadonlySet<string>;
  readonly findings: Findings;
}

async function comparePart(
  row: GroupRow,
  edges: readonly EdgeRow[],
  hands: PartHands,
): Promise<void> {
  const users = await loadUsers(
    hands.deps.tables,
    edges.map(({ userId }) => userId),
  );
  const settled: FoundEdge[] = [];
  const takenOut: string[] = [];
  const missing: string[] = [];
  const verdicts = edges.map((edge, index) => {
    const user = users[index];
    return user === undefined ? 'as known' : compare(edge, user, hands);
  });
  const claimed = edges.flatMap((_, index) =>
    verdicts[index] === 'taken out' ? (users[index]?.applied.memberId ?? []) : [],
  );
  const stillIn = await askWhoIsStillIn(row, claimed, hands);
  edges.forEach((edge, index) => {
    const user = users[index];
    const verdict = verdicts[index] ?? 'as known';
    if (user === undefined || stillIn.has(user.applied.memberId ?? '')) return;
    const memberId = user.applied.memberId ?? '';
    if (verdict === 'taken out' && edge.applied) takenOut.push(memberId);
    if (verdict === 'missing') missing.push(memberId);
    const now = appliedBy(verdict, edge);
    if (now !== undefined) settled.push({ edge, now });
  });
  if (missing.length > 0) await reportMissing(row, missing, hands);
  if (takenOut.length > 0) {
    const reason = 'read back after an answer was lost';
    const what = { operation: 'removeGroupMembers', outcome: 'alreadyDone', reason } as const;
    await logMembers(row, { ...what, memberIds: takenOut }, hands);
  }
  await settleEdges(row, settled, hands);
}

type Verdict = 'in' | 'taken out' | 'missing' | 'not seen' | 'as known';

function appliedBy(verdict: Verdict, edge: EdgeRow): EdgeApplied | undefined {
  if (verdict === 'as known') return undefined;
  if (verdict === 'in') return isIn;
  return verdict === 'taken out' ? isOut : notSeen(edge);
}

function compare(edge: EdgeRow, user: UserRow, hands: PartHands): Verdict {
  const { present, findings } = hands;
  const { memberId } = user.applied;
  if (user.isUnreadable === true) {
    findings.hasUnreadable = true;
    return 'as known';
  }
  return memberId !== null && present.has(memberId)
    ? compareSeen(edge, memberId, hands)
    : compareUnseen(edge, user, hands);
}

function compareSeen(
  edge: EdgeRow,
  memberId: string,
  { isEmptying, findings }: PartHands,
): Verdict {
  const isOurs = edge.applied || edge.ours || edge.intendedAt !== 0;
  if (!isOurs && !edge.desired) return 'as known';
  findings.unknown.delete(memberId);
  if (!isOurs && isEmptying) return 'as known';
  // A call that takes somebody out is simply repeated.
  const isAsKnown = edge.applied && (edge.intendedAt === 0 || isLeaving(edge));
  return isAsKnown ? 'as known' : 'in';
}

function compareUnseen(edge: EdgeRow, user: UserRow, { isEmptying }: PartHands): Verdict {
  const { applied, desired } = edge;
  const isBegun = edge.intendedAt !== 0;
  if (!applied && (!isBegun || (desired && !isEmptying))) return 'as known';
  if (isTakenOut(edge)) return 'taken out';
  const isMissed = desired && !isEmptying && isOnTeam(user);
  return isMissed ? 'missing' : 'not seen';
}

/** By our own call, of which the list is the second witness. A call that adds begins on an edge that is not applied: lists lag behind it. */
function isTakenOut({ applied, ours, intendedAt }: EdgeRow): boolean {
  return intendedAt !== 0 && ours && applied;
}

/** One record of a group, written again as more are found: before the edges, so that no crash leaves them unsaid. */
async function reportMissing(
  row: GroupRow,
  memberIds: readonly string[],
  { deps, findings }: PartHands,
): Promise<void> {
  findings.missingCount += memberIds.length;
  findings.missing.push(...memberIds.slice(0, namedMissing - findings.missing.length));
  const record = recordOfGroup(row, deps, {
    operation: 'addGroupMembers',
    outcome: 'drift',
    reason: `somebody else took ${findings.missingCount} people out of the group in Dropbox; as long as Entra lists them they are added again`,
    changes: findings.missing.map((memberId) => ({ name: 'member', from: memberId, to: '' })),
  });
  await saveLogRecords(deps.tables, [{ ...record, at: findings.at }]);
}

async function countStrangers(
  row: GroupRow,
  { unknown, hasUnreadable }: Findings,
  hands: GroupHands,
): Promise<GroupRow | undefined> {
  const strangers = unknown.size;
  const before = row.applied.strangers;
  if (hasUnreadable || strangers === before) return row;
  const record = recordOfGroup(row, hands.deps, {
    operation: 'none',
    outcome: 'drift',
    code: 'strangers',
    reason: `${strangers} members of the group were neither added by us nor are listed in Entra; they are left alone`,
    changes: [{ name: 'strangers', from: String(before), to: String(strangers) }],
  });
  return saveGroup(row, { ...row.applied, strangers }, { ...hands, record });
}
