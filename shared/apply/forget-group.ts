import type { GroupApplied, GroupRow } from '../model/group-row.ts';
import type { LogRecord } from '../model/log-record.ts';
import { readEdges, type EdgeApplied, type EdgeRow } from '../rows/edges.ts';
import { saveLogRecords } from '../rows/log-records.ts';
import { saveGroup, type GroupHands } from './save-group.ts';
import { isOut, notSeen, settleEdges } from './settle-edges.ts';

/** What is known of a group that is not there. */
const noGroup = { groupId: null, origin: null, name: null, strangers: 0 } as const;

/** The group is gone, by us or by somebody else: nobody is in it any more, and it has no link. Undefined where another worker was faster. */
export async function forgetGroup(
  row: GroupRow,
  { record, isOurWork, ...hands }: GroupHands & { record: LogRecord; isOurWork: boolean },
): Promise<GroupRow | undefined> {
  await saveLogRecords(hands.deps.tables, [record]);
  // The edges first: once the row has no link, nobody would look at them again.
  await resetMembers(row, isOurWork ? (): EdgeApplied => isOut : notSeen, hands);
  const settled: Partial<GroupApplied> = { intended: null, attempts: 0, nextTry: 0, error: null };
  return saveGroup(row, { ...row.applied, ...noGroup, ...settled }, hands);
}

/** Whoever is desired in the group is marked in the same breath, so that its return finds them. */
async function resetMembers(
  row: GroupRow,
  resetOf: (edge: EdgeRow) => EdgeApplied,
  hands: GroupHands,
): Promise<void> {
  for await (const edges of readEdges(hands.deps.tables, row.id)) {
    const found = edges
      .map((edge) => ({ edge, now: resetOf(edge) }))
      .filter(({ edge, now }) => !isAs(edge, now));
    await settleEdges(row, found, hands);
  }
}

function isAs(edge: EdgeRow, { applied, ours, intendedAt }: EdgeApplied): boolean {
  return edge.applied === applied && edge.ours === ours && edge.intendedAt === intendedAt;
}
