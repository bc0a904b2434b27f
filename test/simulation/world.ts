import type { TeamMember } from '../../shared/model/target.ts';
import { createMemoryEntra, type MemoryEntra, type MemoryUser } from '../memory/memory-entra.ts';
import {
  createMemoryTeam,
  type MemoryTeam,
  type TeamGroupWithMembers,
} from '../memory/memory-team.ts';

/** A small tenant, a small team, and what has ever been true of the two. */
export interface World {
  readonly entra: MemoryEntra;
  readonly team: MemoryTeam;
  /** Changes something in Entra, as somebody would in an office; returns what, a word and what it is about. */
  change(): string;
  /** Graph forgets where this stream stood. */
  resetStream(stream: 'users' | 'groups'): void;
  readonly everWanted: ReadonlySet<string>;
  /** `group user` of every edge Entra has ever listed. */
  readonly everEdges: ReadonlySet<string>;
  /** Members and groups that are not ours, as they were. */
  readonly strangers: readonly TeamMember[];
  readonly strangeGroups: readonly TeamGroupWithMembers[];
  isOurUser(id: string | undefined): boolean;
  isOurGroup(id: string | undefined): boolean;
  /** Every address this tenant has ever shown. */
  isOurAddress(email: string): boolean;
}

export interface WorldOptions {
  readonly random: () => number;
  readonly now: () => number;
  readonly jobMs: () => number | undefined;
  readonly refuse: () => string | undefined;
  /** Whether a cycle has seen that this person is deleted. */
  readonly isKnownDeleted: (userId: string) => boolean;
}

const userCount = 8;
const groupCount = 3;

/** Entra ids begin with digits of their own, so that rows come to lie in several partitions. */
function userIdOf(index: number): string {
  return `${(index * 5 + 1).toString(16).slice(-1)}${index}000000-0000-4000-8000-0000000000aa`;
}

function groupIdOf(index: number): string {
  return `${(index + 3).toString(16)}${index}000000-0000-4000-8000-0000000000bb`;
}

function addressOf(index: number, form: number): string {
  return form === 0 ? `p${index}@contoso.com` : `p${index}.second@contoso.com`;
}

function otherAddress({ mail }: MemoryUser, index: number): string {
  return addressOf(index, mail === addressOf(index, 1) ? 0 : 1);
}

/** The third is on the team already, the fourth carries our id there, the last one another provisioner's. */
const adoptable = 2;
const linked = 3;
const foreign = userCount - 1;

/** Whom the team knows under another provisioner's id: never touched, never invited. */
export const foreignUserId: string = userIdOf(foreign);

export function createWorld(options: WorldOptions): World {
  const { random } = options;
  const below = (bound: number): number => Math.floor(random() * bound);
  const users = Array.from({ length: userCount }, (_, index) => firstUser(index));
  const userIds = users.map(({ id }) => id);
  const groupIds = Array.from({ length: groupCount }, (_, index) => groupIdOf(index));
  const entra = createMemoryEntra({
    users,
    groups: groupIds.map((id, index) => ({
      id,
      displayName: `Team ${index}`,
      memberIds: new Set(userIds.filter(() => random() < 0.4)),
      isDeleted: false,
    })),
    assigned: [...userIds.filter(() => random() < 0.5), ...groupIds.slice(0, 2)],
  });
  const strangers = strangersOf();
  const strangeGroups = strangeGroupsOf();
  const team = createMemoryTeam({
    members: [...strangers, ...ownMembersBefore()],
    groups: strangeGroups,
    now: options.now,
    jobMs: options.jobMs,
    refuse: options.refuse,
  });
  const everWanted = new Set<string>();
  const everEdges = new Set<string>();
  const everAssigned = new Set<string>();
  const everInScope = new Set<string>();
  const everEnabled = new Set<string>();
  const everAddressed = new Set<string>();

  function rememberScope(): void {
    for (const id of entra.assigned()) everAssigned.add(id);
    for (const { id, memberIds } of entra.groups()) {
      for (const userId of memberIds) everEdges.add(`${id} ${userId}`);
    }
    const assigned = [...everAssigned];
    for (const userId of userIds) {
      const isMember = assigned.some((groupId) => everEdges.has(`${groupId} ${userId}`));
      if (isMember || everAssigned.has(userId)) everInScope.add(userId);
    }
  }

  /** A cycle reads one thing after the other: what was true of a person at different times may meet in one decision. */
  function remember(): void {
    rememberScope();
    for (const { id, accountEnabled, mail } of entra.users()) {
      if (accountEnabled) everEnabled.add(id);
      if (mail !== null) everAddressed.add(id);
      if (everInScope.has(id) && everEnabled.has(id) && everAddressed.has(id)) everWanted.add(id);
    }
  }

  // A stream that is forgotten loses deletions and returns for good: no walk has both.
  let isReset = false;
  let hasDeleted = false;

  function changeUser(): string {
    const index = below(userCount);
    const user = entra.users().find(({ id }) => id === userIdOf(index));
    if (user === undefined || user.state === 'hard') return 'nothing';
    if (user.state === 'soft') {
      // Deleted and back between two looks at the stream, a person whom a list did not show meanwhile is found by the witness only.
      if (!options.isKnownDeleted(user.id)) return 'nothing';
      const isOver = random() < 0.1;
      entra.changeUser(user.id, { state: isOver ? 'hard' : 'present' });
      return `${isOver ? 'purge' : 'restore'} ${user.id}`;
    }
    const [word, changes] = changesOf(user, index);
    entra.changeUser(user.id, changes);
    return `${word} ${user.id} ${JSON.stringify(changes)}`;
  }

  function changesOf(user: MemoryUser, index: number): [string, Partial<MemoryUser>] {
    const kind = random();
    if (kind < 0.4) {
      return ['rename', { givenName: user.givenName === 'Ada' ? 'Bela' : 'Ada' }];
    }
    if (kind < 0.65 && index !== foreign && index !== adoptable) {
      return ['newAddress', { mail: otherAddress(user, index) }];
    }
    if (kind < 0.7) return ['noAddress', { mail: null }];
    if (kind < 0.9 || isReset) return ['block', { accountEnabled: !user.accountEnabled }];
    hasDeleted = true;
    return ['delete', { state: 'soft' }];
  }

  function changeGroup(): string {
    const index = below(groupCount);
    const group = entra.groups().find(({ id }) => id === groupIdOf(index));
    if (group === undefined || group.isDeleted) return 'nothing';
    const kind = random();
    if (kind < 0.25) {
      const isFirst = group.displayName === `Team ${index}`;
      entra.renameGroup(group.id, isFirst ? `Crew ${index}` : `Team ${index}`);
      return `renameGroup ${group.id}`;
    }
    if (kind < 0.26) {
      entra.deleteGroup(group.id);
      return `deleteGroup ${group.id}`;
    }
    const userId = userIdOf(below(userCount));
    const isMember = group.memberIds.has(userId);
    entra.setMember(group.id, userId, !isMember);
    return `${isMember ? 'leave' : 'join'} ${group.id} ${userId}`;
  }

  function changeAssignment(): string {
    const id = random() < 0.6 ? userIdOf(below(userCount)) : groupIdOf(below(groupCount));
    const isAssigned = entra.assigned().has(id);
    entra.setAssigned(id, !isAssigned);
    return `${isAssigned ? 'unassign' : 'assign'} ${id}`;
  }

  remember();
  return {
    entra,
    team,
    change() {
      const kind = random();
      const word = kind < 0.45 ? changeUser() : kind < 0.8 ? changeGroup() : changeAssignment();
      remember();
      return word;
    },
    resetStream(stream) {
      if (hasDeleted) return;
      isReset = true;
      entra.resetStream(stream);
    },
    everWanted,
    everEdges,
    strangers,
    strangeGroups,
    isOurUser: (id) => id !== undefined && userIds.includes(id),
    isOurGroup: (id) => id !== undefined && groupIds.includes(id),
    isOurAddress: (email) =>
      users.some((_, index) => [0, 1].some((form) => addressOf(index, form) === email)),
  };
}

/** Present, enabled, with an address, and assigned or a member of an assigned group. */
export function wantedUsers(entra: MemoryEntra): ReadonlySet<string> {
  const inScope = usersInScope(entra);
  const wanted = entra.users().filter((user) => {
    return inScope.has(user.id) && user.accountEnabled && user.mail !== null;
  });
  return new Set(wanted.map(({ id }) => id));
}

/** Present, and assigned or a member of an assigned group. */
export function usersInScope(entra: MemoryEntra): ReadonlySet<string> {
  const assigned = entra.assigned();
  const byGroup = assignedGroups(entra).flatMap(({ memberIds }) => [...memberIds]);
  const ids = new Set([...assigned, ...byGroup]);
  const present = entra.users().filter(({ id, state }) => ids.has(id) && state === 'present');
  return new Set(present.map(({ id }) => id));
}

export function assignedGroups(entra: MemoryEntra): ReturnType<MemoryEntra['groups']> {
  return entra.groups().filter(({ id, isDeleted }) => !isDeleted && entra.assigned().has(id));
}

function firstUser(index: number): MemoryUser {
  return {
    id: userIdOf(index),
    mail: addressOf(index, 0),
    givenName: 'Ada',
    surname: `Number ${index}`,
    accountEnabled: index !== 5,
    state: 'present',
  };
}

function strangersOf(): readonly TeamMember[] {
  const names = { givenName: 'Old', surname: 'Hand', status: 'active' as const };
  const externalId = 'another-provisioner';
  return [
    { memberId: 'dbmid:admin', email: 'admin@contoso.com', ...names },
    { memberId: 'dbmid:stranger', email: 'stranger@contoso.com', ...names },
    { memberId: 'dbmid:foreign', email: addressOf(foreign, 0), externalId, ...names },
  ];
}

function ownMembersBefore(): readonly TeamMember[] {
  const names = { givenName: 'Old', surname: 'Name', status: 'active' as const };
  return [
    { memberId: 'dbmid:adoptable', email: addressOf(adoptable, 0), ...names },
    {
      memberId: 'dbmid:linked',
      email: addressOf(linked, 0),
      externalId: userIdOf(linked),
      ...names,
    },
  ];
}

function strangeGroupsOf(): readonly TeamGroupWithMembers[] {
  return [
    {
      groupId: 'g:everyone',
      name: 'Everyone at Contoso',
      management: 'system',
      memberIds: new Set(['dbmid:admin']),
    },
    {
      groupId: 'g:strange',
      name: 'Choir',
      management: 'company',
      memberIds: new Set(['dbmid:stranger']),
    },
  ];
}
