import type { GroupRow } from '../model/group-row.ts';
import type { Refusal } from '../model/target.ts';
import { compareMembers } from './compare-members.ts';
import { readMembersOf } from './group-members.ts';
import type { GroupHands } from './save-group.ts';

/** One call changes so many memberships: one bad entry fails the whole call, so this bounds what it spoils. */
export const chunkSize = 100;
/** So many calls for one group in one turn; then others have theirs. */
export const callsPerTurn = 5;

type MembersOperation = 'addGroupMembers' | 'removeGroupMembers';

/** One group's turn. */
export interface GroupWork {
  readonly row: GroupRow;
  readonly groupId: string;
  /** Who is in the group, as far as Dropbox was asked. */
  present: ReadonlySet<string>;
  isRead: boolean;
  calls: number;
  /** What Dropbox said of somebody whom it does not let in or out; the others went on. */
  refused: { readonly operation: MembersOperation; readonly refusal: Refusal } | undefined;
}

interface BeginHands extends GroupHands {
  /** Dropbox is asked who is in the group before anything else. */
  readonly isInDoubt: boolean;
  /** Everybody is to be taken out. */
  readonly isEmptying: boolean;
}

/** Where there is a doubt, holds all that is known of the members against what Dropbox says first. Undefined where the group comes again. */
export async function beginWork(
  row: GroupRow,
  groupId: string,
  { isInDoubt, ...hands }: BeginHands,
): Promise<GroupWork | undefined> {
  const begun = { row, groupId, present: new Set<string>(), calls: 0, refused: undefined };
  if (!isInDoubt) return { ...begun, isRead: false };
  const operation = hands.isEmptying ? 'removeGroupMembers' : 'addGroupMembers';
  const present = await readMembersOf(row, { groupId, operation }, hands);
  if (present === undefined) return undefined;
  const compared = await compareMembers(row, present, hands);
  return compared === undefined ? undefined : { ...begun, row: compared, present, isRead: true };
}

/** Of two refusals, the one that leaves somebody with access is the one to tell of. */
export function noteRefusal(work: GroupWork, operation: MembersOperation, refusal: Refusal): void {
  if (work.refused?.operation !== 'removeGroupMembers') work.refused = { operation, refusal };
}
