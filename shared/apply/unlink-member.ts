import { isDeepStrictEqual } from 'node:util';
import { nothingAppliedToUser, type UserRow } from '../model/user-row.ts';
import { targetOf } from '../plan/plan-user.ts';
import { askAboutMember } from './ask-about-member.ts';
import { resetEdges } from './reset-edges.ts';
import { saveStep } from './save-step.ts';
import { saveUser } from './save-user.ts';
import { recordOf, type Hands } from './settle-user.ts';
import { stillOurs } from './whose-work.ts';

/**
 * Drops the link to a member whom Dropbox does not know any more, after a last question by id; somebody who is found alive after all stays
 * linked. Returns the row, to be planned again.
 */
export async function unlinkMember(
  row: UserRow,
  memberId: string,
  hands: Hands,
): Promise<UserRow | undefined> {
  const member = await askAboutMember(row, memberId, hands);
  if (member === undefined) return undefined;
  if (member === 'gone') {
    const detail = 'Dropbox does not know the member any more; invited anew';
    return dropLink(row, { code: 'memberGone', detail }, hands);
  }
  const { status } = member;
  const record = recordOf(row, hands.deps, {
    operation: 'unlinkMember',
    outcome: 'skipped',
    code: 'memberFound',
    detail: 'Dropbox knows the member again; the link stays',
  });
  const standing = status === 'unknown' ? {} : { status, ...stillOurs(row.applied, status) };
  const applied = { ...row.applied, ...standing, actual: targetOf(member), intended: null };
  return saveStep(row, applied, { ...hands, record });
}

/** From here on the person has no member: whoever they find in the team is matched anew, or they are invited. */
export async function dropLink(
  row: UserRow,
  why: { readonly code: string; readonly detail: string },
  hands: Hands,
): Promise<UserRow | undefined> {
  const { deps } = hands;
  const record = recordOf(row, deps, { operation: 'unlinkMember', outcome: 'applied', ...why });
  await resetEdges(row, { deps, mayBeIn: false });
  const { generation, tried } = row.applied;
  const applied = { ...nothingAppliedToUser, generation, tried };
  const saved = await saveUser(row, applied, { ...hands, record });
  return isDeepStrictEqual(saved.applied, applied) ? saved : undefined;
}
