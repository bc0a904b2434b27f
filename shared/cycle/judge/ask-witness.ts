import type { WitnessAnswer, WitnessQuestion } from '../../model/source.ts';
import type { GroupRow } from '../../model/group-row.ts';
import type { UserRow } from '../../model/user-row.ts';
import type { TeamMember } from '../../model/target.ts';
import { weighMembership, weighPerson, type Verdict } from '../../plan/weigh-witness.ts';
import type { StepContext } from '../step.ts';
import { askTeam } from '../list-team.ts';
import { userIdOf, type Case } from './case.ts';

const agrees: Verdict = { kind: 'agrees' };

/**
 * Asks a second time, and differently, before anything is taken away: Entra about this very person, Dropbox about this very member. One
 * verdict per case, in order. Throws only where the service cannot be asked at all.
 */
export async function askWitness(
  cases: readonly Case[],
  context: StepContext,
): Promise<readonly Verdict[]> {
  const { deps } = context;
  const questions = await buildQuestions(cases, context);
  const answers =
    questions.length === 0
      ? new Map<string, WitnessAnswer>()
      : await deps.entra.readWitness(questions);
  const groupIds = cases.flatMap(({ about }) => (about.what === 'group' ? [about.row.id] : []));
  const groups = await readGroups(groupIds, context);
  const members = await readMembers(cases, context);
  return cases.map((one) => weigh(one, { answers, groups, members }));
}

interface Answers {
  readonly answers: ReadonlyMap<string, WitnessAnswer>;
  /** Of the groups asked about, those that Entra has. */
  readonly groups: ReadonlySet<string>;
  readonly members: ReadonlyMap<string, TeamMember | undefined>;
}

function weigh({ entry, about }: Case, { answers, groups, members }: Answers): Verdict {
  switch (about.what) {
    case 'user':
      return weighPerson(reasonOf(about.row), answers.get(about.row.id), entry.reads);
    case 'edge':
      return weighMembership(about.edge.groupId, answers.get(about.edge.userId), entry.reads);
    case 'group':
      return weighGroup(about.row, groups);
    case 'link':
      return weighLink(members.get(about.row.applied.memberId ?? ''));
  }
}

function reasonOf({ desired }: UserRow): Parameters<typeof weighPerson>[0] {
  const { takesKind, takesBecause } = desired;
  return { kind: takesKind ?? 'missing', code: takesBecause?.code ?? '' };
}

/** That a group is not assigned any more is told by two whole reads; of one that was deleted, Entra is asked by id. */
function weighGroup({ id, desired }: GroupRow, groups: ReadonlySet<string>): Verdict {
  if (desired.takesKind !== 'said' || !groups.has(id)) return agrees;
  return { kind: 'disagrees', said: 'asked by id, Entra shows the group', groups: [] };
}

function weighLink(member: TeamMember | undefined): Verdict {
  if (member === undefined || member.status === 'removed') return agrees;
  const said = `asked by id, Dropbox shows the member: ${member.status}`;
  return { kind: 'disagrees', said, groups: [] };
}

/** People who are missing may be in any assigned group; of memberships only the group in question is asked about. */
async function buildQuestions(
  cases: readonly Case[],
  context: StepContext,
): Promise<readonly WitnessQuestion[]> {
  const assigned = await context.assignedGroups();
  const groupsByUser = new Map<string, Set<string>>();
  for (const { about } of cases) {
    if (about.what === 'link') continue;
    const userId = userIdOf(about);
    if (userId === undefined) continue;
    const groups = groupsByUser.get(userId) ?? new Set<string>();
    groupsByUser.set(userId, groups);
    if (about.what === 'edge') groups.add(about.edge.groupId);
    else if (about.what === 'user' && about.row.desired.takesKind !== 'said') {
      for (const groupId of assigned) groups.add(groupId);
    }
  }
  return [...groupsByUser].map(([userId, groups]) => ({ userId, groupIds: [...groups] }));
}

async function readGroups(
  groupIds: readonly string[],
  { deps }: StepContext,
): Promise<ReadonlySet<string>> {
  if (groupIds.length === 0) return new Set();
  const { groups } = await deps.entra.readByIds({ userIds: [], groupIds });
  return new Set(groups.map(({ id }) => id));
}

async function readMembers(
  cases: readonly Case[],
  { deps }: StepContext,
): Promise<ReadonlyMap<string, TeamMember | undefined>> {
  const ids = cases.flatMap(({ about }) =>
    about.what === 'link' ? (about.row.applied.memberId ?? []) : [],
  );
  if (ids.length === 0) return new Map();
  const selectors = ids.map((memberId) => ({ kind: 'memberId' as const, memberId }));
  const found = await askTeam(deps, () => deps.team.readMembersInfo(selectors));
  return new Map(ids.map((id, index) => [id, found[index]]));
}
