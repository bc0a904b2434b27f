import type { GroupRow } from '../model/group-row.ts';
import { callDropbox } from './call-dropbox.ts';
import { comeAgain, type GroupHands } from './save-group.ts';

/**
 * A list of the group does not show these people, whom we had begun to take out: lists lag, and an empty one is no proof. Their own records
 * say which groups they are in. Returns those who are in it still, or all where Dropbox could not be asked: then the group comes again.
 */
export async function askWhoIsStillIn(
  row: GroupRow,
  memberIds: readonly string[],
  hands: GroupHands,
): Promise<ReadonlySet<string>> {
  if (memberIds.length === 0) return new Set();
  const { turn, deps } = hands;
  const selectors = memberIds.map((memberId) => ({ kind: 'memberId' as const, memberId }));
  const called = await callDropbox(turn, deps, () => deps.team.readMembersInfo(selectors));
  if (called.kind !== 'answered') {
    comeAgain(row, hands, { due: deps.clock.now(), verify: true });
    return new Set(memberIds);
  }
  const groupId = row.applied.groupId ?? '';
  return new Set(
    memberIds.filter((_, index) => called.value[index]?.groupIds?.includes(groupId) === true),
  );
}
