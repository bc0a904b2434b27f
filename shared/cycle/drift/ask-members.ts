import type { TeamMember } from '../../model/target.ts';
import type { CycleDeps } from '../deps.ts';
import { askTeam } from '../list-team.ts';

/** So many members one question can be about. */
export const membersPerQuestion = 100;

/** What Dropbox says of these members by id, at most 100, in one call; undefined for those who are not on the team any more. */
export async function askMembers(
  deps: CycleDeps,
  memberIds: readonly string[],
): Promise<readonly (TeamMember | undefined)[]> {
  if (memberIds.length === 0) return [];
  const selectors = memberIds.map((memberId) => ({ kind: 'memberId', memberId }) as const);
  const answers = await askTeam(deps, () => deps.team.readMembersInfo(selectors));
  return memberIds.map((_, index) => {
    const member = answers[index];
    return member?.status === 'removed' ? undefined : member;
  });
}
