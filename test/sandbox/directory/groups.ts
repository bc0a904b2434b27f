import type { DirectoryGroup, DirectoryMember } from '../entra/directory-types.ts';
import type { FakeNames } from './fake-names.ts';
import type { GroupDraft, PersonDraft } from './world-draft.ts';

/** What is odd about an assigned group; most are `ordinary`. */
type Oddity =
  'empty' | 'nesting' | 'nameTaken' | 'linked' | 'dynamic' | 'mixed' | 'twin' | 'ordinary';

const oddities: readonly Oddity[] = [
  'empty',
  'nesting',
  'nameTaken',
  'linked',
  'dynamic',
  'mixed',
  'twin',
  'twin',
];

/** The name of a group that the team has already and that is not ours. */
export const takenGroupName = 'Marketing';
const twinName = 'Project Aurora';

/** Who is in which group, and what the team has of them before. */
export interface GroupsDraft {
  readonly groups: readonly GroupDraft[];
  /** A group that the team has already, with our external id. */
  readonly linkedGroup?: DirectoryGroup;
}

/**
 * `count` groups assigned with a role, as overlapping as in life, and on top: a group within a group, one with Default Access, one with
 * a disabled role, and about a tenth that have nothing to do with the app.
 */
export function createGroups(
  names: FakeNames,
  count: number,
  people: readonly PersonDraft[],
): GroupsDraft {
  // A shuffle of kinds: big groups come first, odd ones last.
  const odd = oddities.slice(0, Math.floor(count / 3));
  const kinds = [...Array.from({ length: count - odd.length }, () => 'ordinary' as const), ...odd];
  const memberLists = fillGroups(names, kinds, people);
  const child = createGroup(names, names.groupName(), placed(people, 'nested'));
  const assigned = kinds.map((kind, index) =>
    createOddGroup({ names, kind, members: memberLists[index] ?? [], child, people }),
  );
  const nested = kinds.includes('nesting') ? [child] : [];
  const visitors = count > 1 ? [defaultAccessGroup(names, people)] : [];
  const pilots = count > 5 ? [createGroup(names, 'Pilot 2019', pick(names, people, 3))] : [];
  const unassigned = Array.from({ length: Math.round(count / 10) }, () =>
    createGroup(names, names.groupName(), pick(names, people, 12)),
  );
  const groups = [
    ...assigned.map((group) => ({ group, role: 'assigned' as const })),
    ...visitors.map((group) => ({ group, role: 'defaultAccess' as const })),
    ...pilots.map((group) => ({ group, role: 'disabledRole' as const })),
    ...[...nested, ...unassigned].map((group) => ({ group, role: 'unassigned' as const })),
  ];
  const linkedGroup = assigned[kinds.indexOf('linked')];
  return linkedGroup ? { groups, linkedGroup } : { groups };
}

/** One to three groups each, the first groups being the biggest. */
function fillGroups(
  names: FakeNames,
  kinds: readonly Oddity[],
  people: readonly PersonDraft[],
): readonly (readonly DirectoryMember[])[] {
  const lists = kinds.map((): DirectoryMember[] => []);
  const open = [...kinds.keys()].filter((index) => kinds[index] !== 'empty');
  const weights = open.map((_, order) => 1 / Math.sqrt(order + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const draw = (): number => {
    let left = (names.below(1_000_000) / 1_000_000) * total;
    const order = weights.findIndex((weight) => (left -= weight) < 0);
    return open[order] ?? open[0] ?? 0;
  };
  for (const { user, placement } of people) {
    if (placement !== 'groups' && placement !== 'both') continue;
    const wish = names.below(10);
    const tries = wish < 6 ? 1 : wish < 9 ? 2 : 3;
    const chosen = new Set(Array.from({ length: tries }, () => draw()));
    for (const index of chosen) lists[index]?.push({ id: user.id, kind: 'user' });
  }
  return lists;
}

interface OddGroup {
  readonly names: FakeNames;
  readonly kind: Oddity;
  readonly members: readonly DirectoryMember[];
  /** Of the group that has a group within. */
  readonly child: DirectoryGroup;
  readonly people: readonly PersonDraft[];
}

function createOddGroup(odd: OddGroup): DirectoryGroup {
  const { names, kind, members } = odd;
  const group = createGroup(names, names.groupName(), members);
  const variations: { readonly [K in Oddity]: Partial<DirectoryGroup> } = {
    ordinary: {},
    empty: {},
    linked: { members: withSomebodyOnTheTeam(members, odd.people) },
    nesting: { members: [...members, { id: odd.child.id, kind: 'group' }] },
    nameTaken: { displayName: takenGroupName },
    twin: { displayName: twinName },
    dynamic: {
      groupTypes: ['DynamicMembership'],
      membershipRule: 'user.department -eq "Research"',
      membershipRuleProcessingState: 'On',
    },
    mixed: {
      displayName: `Café d'Été & ${group.displayName}`,
      groupTypes: ['Unified'],
      mailEnabled: true,
      members: [
        { id: names.guid(), kind: 'device' },
        ...members,
        { id: names.guid(), kind: 'servicePrincipal' },
      ],
    },
  };
  return { ...group, ...variations[kind] };
}

function withSomebodyOnTheTeam(
  members: readonly DirectoryMember[],
  people: readonly PersonDraft[],
): readonly DirectoryMember[] {
  const somebody = people.find(({ member }) => member?.status === 'active')?.user.id;
  if (somebody === undefined || members.some(({ id }) => id === somebody)) return members;
  return [...members, { id: somebody, kind: 'user' }];
}

function createGroup(
  names: FakeNames,
  displayName: string,
  members: readonly DirectoryMember[],
): DirectoryGroup {
  return {
    id: names.guid(),
    displayName,
    members,
    groupTypes: [],
    securityEnabled: true,
    mailEnabled: false,
  };
}

/** Assigned without a role: its members get nothing by it, but some have a role besides. */
function defaultAccessGroup(names: FakeNames, people: readonly PersonDraft[]): DirectoryGroup {
  const only = placed(people, 'defaultAccessGroup');
  const others = pick(
    names,
    people.filter(({ placement }) => placement === 'groups'),
    3,
  );
  return createGroup(names, 'All visitors', [...only, ...others]);
}

function placed(
  people: readonly PersonDraft[],
  placement: PersonDraft['placement'],
): readonly DirectoryMember[] {
  return people
    .filter((person) => person.placement === placement)
    .map(({ user }) => ({ id: user.id, kind: 'user' }));
}

function pick(
  names: FakeNames,
  people: readonly PersonDraft[],
  count: number,
): readonly DirectoryMember[] {
  if (people.length === 0) return [];
  const chosen = Array.from({ length: count }, () => people[names.below(people.length)]);
  const ids = new Set(chosen.flatMap((person) => (person ? [person.user.id] : [])));
  return [...ids].map((id) => ({ id, kind: 'user' }));
}
