import type { TeamMember } from '../../model/target.ts';
import type { UserRow } from '../../model/user-row.ts';
import { readListedMembers } from '../../rows/inventory.ts';
import { readUsers } from '../../rows/read-users.ts';
import type { StepContext } from '../step.ts';

/** So many strangers are named; the others are only counted. */
const namedStrangers = 20;

export interface Survey {
  /** How many people are linked to a member who, as far as we know, is on the team. */
  readonly linked: number;
  /** The member ids of those whom the listing does not show. */
  readonly missing: readonly string[];
  readonly strangers: number;
  readonly someStrangers: readonly string[];
}

/**
 * What we know of a member, by its id or by whatever else tells it from a stranger: that the listing should show it, that it does, or only
 * that it is none.
 */
type Links = Map<string, 'expected' | 'listed' | 'known'>;

/** Holds a listing of the team against all links at once: some hundred bytes of memory a person. */
export async function surveyTeam(listing: string, context: StepContext): Promise<Survey> {
  const links = await loadLinks(context);
  const linked = [...links.values()].filter((link) => link === 'expected').length;
  const strangers: string[] = [];
  for await (const members of readListedMembers(context.deps.tables, listing)) {
    await context.lease.keep();
    for (const member of members) {
      if (member.status === 'removed') continue;
      if (links.has(member.memberId)) links.set(member.memberId, 'listed');
      else if (isStranger(member, links)) strangers.push(member.memberId);
    }
  }
  return {
    linked,
    missing: [...links].flatMap(([memberId, link]) => (link === 'expected' ? memberId : [])),
    strangers: strangers.length,
    someStrangers: strangers.toSorted().slice(0, namedStrangers),
  };
}

async function loadLinks({ deps, lease }: StepContext): Promise<Links> {
  const links: Links = new Map();
  for await (const rows of readUsers(deps.tables)) {
    await lease.keep();
    for (const row of rows) {
      const { memberId, status } = row.applied;
      if (memberId !== null) links.set(memberId, status === 'removed' ? 'known' : 'expected');
      else for (const name of namesOf(row)) links.set(name, 'known');
    }
  }
  return links;
}

/**
 * Of somebody without a link: an invitation may be in flight whose answer nobody has, an adoption may still be to come, and a row of a later
 * release may say what it will.
 */
function namesOf({ id, desired, isUnreadable }: UserRow): readonly string[] {
  if (isUnreadable === true) return [id];
  if (!desired.given) return [];
  return desired.target === null ? [id] : [id, desired.target.email];
}

function isStranger({ email, externalId }: TeamMember, links: Links): boolean {
  return !links.has(email) && (externalId === undefined || !links.has(externalId));
}
