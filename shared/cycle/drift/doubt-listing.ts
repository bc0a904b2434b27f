import type { CycleDeps } from '../deps.ts';
import { askMembers, membersPerQuestion } from './ask-members.ts';
import type { Survey } from './survey-team.ts';

/** Of so few people each can be asked about. */
const fewPeople = 20;

/**
 * True where the listing lacks more than half of our members although Dropbox knows some of them by id: pages of large teams have come back
 * empty. A sample is asked about, in one call; nothing is asked where the listing is as good as whole.
 */
export async function doubtListing({ linked, missing }: Survey, deps: CycleDeps): Promise<boolean> {
  if (linked <= fewPeople || missing.length * 2 <= linked) return false;
  // From all over the listing: of a lost page, all may have left.
  const stride = Math.ceil(missing.length / membersPerQuestion);
  const sample = missing.filter((_, index) => index % stride === 0);
  const known = await askMembers(deps, sample);
  return known.some((member) => member !== undefined);
}
