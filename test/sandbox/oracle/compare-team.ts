import type { TeamDocument } from '../dropbox/team-types.ts';
import type { ExpectedGroup, ExpectedMember, ExpectedTeam } from './expected-team.ts';

/** What of the team is not as expected, one readable line each; empty where all is. Groups that Dropbox keeps itself do not count. */
export function compareTeam(expected: ExpectedTeam, actual: TeamDocument): readonly string[] {
  const members = actual.members
    .filter((member) => member.status !== 'removed')
    .map((member) => ({ ...member, email: member.email.toLowerCase() }));
  const groups = actual.groups.filter((group) => group.management !== 'system_managed');
  const emailById = new Map(members.map((member) => [member.memberId ?? '', member.email]));
  return [
    ...compareSets({
      expected: expected.members,
      actual: members,
      key: (member) => member.email,
      name: (member) => `member ${member.email}`,
      describe: describeMember,
    }),
    ...compareSets({
      expected: expected.groups.map((group) => ({ ...group, edges: edgesOf(group.members) })),
      actual: groups.map((group) => ({
        ...group,
        edges: edgesOf(
          (group.members ?? []).map((edge) => ({
            email: edge.email ?? emailById.get(edge.memberId ?? '') ?? `id ${edge.memberId}`,
            accessType: edge.accessType,
          })),
        ),
      })),
      key: (group) => group.name.toLowerCase(),
      name: (group) => `group ${group.name}`,
      describe: describeGroup,
    }),
  ];
}

interface Comparison<Expected, Actual> {
  readonly expected: readonly Expected[];
  readonly actual: readonly Actual[];
  readonly key: (item: Expected | Actual) => string;
  readonly name: (item: Expected | Actual) => string;
  /** Facts by name, as text. */
  readonly describe: (item: Expected | Actual) => ReadonlyMap<string, string>;
}

function compareSets<Expected, Actual>(
  comparison: Comparison<Expected, Actual>,
): readonly string[] {
  const { key, name, describe } = comparison;
  const actualByKey = Map.groupBy(comparison.actual, (item) => key(item));
  const expectedKeys = new Set(comparison.expected.map((item) => key(item)));
  const differences = comparison.expected.flatMap((item) => {
    const [actual, ...others] = actualByKey.get(key(item)) ?? [];
    if (actual === undefined) return [`${name(item)} is missing`];
    const twice = others.length === 0 ? [] : [`${name(item)} is there ${others.length + 1} times`];
    return [...twice, ...differingFacts(name(item), describe(item), describe(actual))];
  });
  const unexpected = comparison.actual
    .filter((item) => !expectedKeys.has(key(item)))
    .map((item) => `${name(item)} is there although nobody expects it`);
  return [...differences, ...unexpected];
}

function differingFacts(
  name: string,
  expected: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
): readonly string[] {
  const facts = [...new Set([...expected.keys(), ...actual.keys()])];
  return facts
    .filter((fact) => expected.get(fact) !== actual.get(fact))
    .map((fact) => {
      const [want, have] = [expected.get(fact) ?? 'absent', actual.get(fact) ?? 'absent'];
      return `${name}: ${fact} is ${have} instead of ${want}`;
    });
}

function describeMember(
  member: Pick<ExpectedMember, 'externalId' | 'givenName' | 'surname' | 'status'>,
): ReadonlyMap<string, string> {
  return new Map([
    ['external id', member.externalId ?? 'none'],
    ['given name', `"${member.givenName}"`],
    ['surname', `"${member.surname}"`],
    ['status', member.status],
  ]);
}

function describeGroup(
  group: Pick<ExpectedGroup, 'externalId' | 'management' | 'name'> & {
    readonly edges: ReadonlyMap<string, string>;
  },
): ReadonlyMap<string, string> {
  return new Map([
    ['name', `"${group.name}"`],
    ['external id', group.externalId ?? 'none'],
    ['management', group.management],
    ...group.edges,
  ]);
}

function edgesOf(
  edges: readonly {
    readonly email: string;
    readonly accessType?: 'member' | 'owner' | undefined;
  }[],
): ReadonlyMap<string, string> {
  return new Map(
    edges.map((edge) => [`edge to ${edge.email.toLowerCase()}`, edge.accessType ?? 'member']),
  );
}
