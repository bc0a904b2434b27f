import type { TeamMember } from '../model/target.ts';
import type { UserRow } from '../model/user-row.ts';
import { callDropbox } from './call-dropbox.ts';
import { entryOfUser } from './save-user.ts';
import type { Hands } from './settle-user.ts';

const lookAgainMs = 60_000;

/**
 * What Dropbox says of a member by id, at this moment; `gone` where it knows nobody, or only somebody who was removed. Undefined where it
 * could not be asked: then the person comes again, to be read back.
 */
export async function askAboutMember(
  row: UserRow,
  memberId: string,
  { turn, deps }: Hands,
): Promise<TeamMember | 'gone' | undefined> {
  const called = await callDropbox(turn, deps, () =>
    deps.team.readMembersInfo([{ kind: 'memberId', memberId }]),
  );
  if (called.kind !== 'answered') {
    const due = called.kind === 'malformed' ? deps.clock.now() + lookAgainMs : called.due;
    turn.comeAgain(entryOfUser(row, due, true));
    return undefined;
  }
  const [member] = called.value;
  return member === undefined || member.status === 'removed' ? 'gone' : member;
}
