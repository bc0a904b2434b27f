import type { WitnessAnswer } from '../model/source.ts';

/** What the witness's answer means for one taking. `disagrees` names the groups whose lists are to be read again. */
export type Verdict =
  | { readonly kind: 'agrees' }
  | { readonly kind: 'disagrees'; readonly said: string; readonly groups: readonly string[] }
  | { readonly kind: 'silent'; readonly said: string };

const agrees: Verdict = { kind: 'agrees' };

/** How often a whole direct read without the person outweighs a transitive yes: a member of a nested group is none of the group's own. */
const readsThatOutweigh = 2;

/** A taking about a person: is it so that Entra blocks or does not know them, or has them in none of the assigned groups? */
export function weighPerson(
  { kind, code }: { readonly kind: 'said' | 'missing'; readonly code: string },
  answer: WitnessAnswer | undefined,
  reads: { readonly [groupId: string]: readonly string[] },
): Verdict {
  if (answer?.kind !== 'answered') return silent(answer);
  const { user, memberOf } = answer;
  if (user === undefined) return agrees;
  if (kind === 'missing') return weighGroups(memberOf, reads);
  const isBlocked = user.attributes['accountEnabled'] === false;
  if (code === 'blocked' && isBlocked) return agrees;
  const state = isBlocked ? 'present, and blocked' : 'present, and sign-in is allowed';
  return { kind: 'disagrees', said: `asked by id, Entra shows the person: ${state}`, groups: [] };
}

/** A taking about one membership. */
export function weighMembership(
  groupId: string,
  answer: WitnessAnswer | undefined,
  reads: { readonly [groupId: string]: readonly string[] },
): Verdict {
  if (answer?.kind !== 'answered') return silent(answer);
  if (answer.user === undefined) return agrees;
  return weighGroups(
    answer.memberOf.filter((id) => id === groupId),
    reads,
  );
}

function weighGroups(
  memberOf: readonly string[],
  reads: { readonly [groupId: string]: readonly string[] },
): Verdict {
  const groups = memberOf.filter((id) => (reads[id]?.length ?? 0) < readsThatOutweigh);
  if (groups.length === 0) return agrees;
  const said = `asked about this person, Entra says that they are in ${groups.slice(0, 5).join(', ')}`;
  return { kind: 'disagrees', said, groups };
}

function silent(answer: Exclude<WitnessAnswer, { kind: 'answered' }> | undefined): Verdict {
  const why = answer === undefined ? 'no answer' : answer.error.message;
  return { kind: 'silent', said: `Entra could not be asked about this person: ${why}` };
}
