import type { GroupRow } from '../model/group-row.ts';
import type { Answer, TeamPage } from '../model/target.ts';
import { callDropbox } from './call-dropbox.ts';
import { comeAgain, type GroupHands } from './save-group.ts';
import { settleGroupRefused } from './settle-group.ts';

const lookAgainMs = 60_000;

/**
 * Who is in the group now, whole; undefined where Dropbox could not say: then the group comes again, to be read back. `operation`: what it
 * is asked for.
 */
export async function readMembersOf(
  row: GroupRow,
  {
    groupId,
    operation,
  }: {
    readonly groupId: string;
    readonly operation: 'addGroupMembers' | 'removeGroupMembers';
  },
  hands: GroupHands,
): Promise<ReadonlySet<string> | undefined> {
  const { turn, deps } = hands;
  const memberIds = new Set<string>();
  let cursor: string | undefined;
  do {
    const called = await callDropbox(turn, deps, (): Promise<Answer<TeamPage<string>>> =>
      deps.team.readGroupMembers(groupId, cursor),
    );
    if (called.kind !== 'answered') {
      const due = called.kind === 'malformed' ? deps.clock.now() + lookAgainMs : called.due;
      comeAgain(row, hands, { due, verify: true });
      return undefined;
    }
    if (called.value.kind === 'refused') {
      await settleGroupRefused(row, operation, called.value.refusal, hands);
      return undefined;
    }
    const page = called.value.value;
    for (const memberId of page.items) memberIds.add(memberId);
    cursor = page.hasMore ? page.cursor : undefined;
  } while (cursor !== undefined);
  return memberIds;
}
