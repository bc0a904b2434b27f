import { PageExpiredError, StreamResetError } from '../../shared/model/errors.ts';
import type { EntraReader } from '../../shared/model/ports.ts';
import type {
  Assignment,
  EntraUser,
  GroupChange,
  ListPage,
  MembersAnswer,
  StreamPage,
  UserChange,
  WitnessAnswer,
} from '../../shared/model/source.ts';

export interface MemoryUser {
  readonly id: string;
  readonly mail: string | null;
  readonly givenName: string;
  readonly surname: string;
  readonly accountEnabled: boolean;
  readonly state: 'present' | 'soft' | 'hard';
}

export interface MemoryGroup {
  readonly id: string;
  readonly displayName: string;
  /** Users who are members of the group itself. */
  readonly memberIds: ReadonlySet<string>;
  /** Groups that are members of the group: only the witness looks through them. */
  readonly nestedIds?: ReadonlySet<string>;
  readonly isDeleted: boolean;
}

export interface MemoryEntra extends EntraReader {
  users(): readonly MemoryUser[];
  groups(): readonly MemoryGroup[];
  /** Ids of the users and groups that hold the role, whether they still exist or not. */
  assigned(): ReadonlySet<string>;
  /** Somebody new, whom the users stream tells of. */
  addUser(user: MemoryUser): void;
  /** A new group, whose members the groups stream tells of. */
  addGroup(group: MemoryGroup): void;
  changeUser(id: string, changes: Partial<Omit<MemoryUser, 'id'>>): void;
  renameGroup(id: string, displayName: string): void;
  deleteGroup(id: string): void;
  setMember(groupId: string, userId: string, present: boolean): void;
  /** Puts a group into another one, or takes it out. */
  setNested(groupId: string, childId: string, present: boolean): void;
  setAssigned(id: string, present: boolean): void;
  /** How much each stream has to tell by now. */
  journal(): JournalLength;
  /** From now on the streams tell no more than this, as a replica that lags behind; everything where nothing is given. */
  showJournal(length?: JournalLength): void;
  /** Every link to a page in the middle of a round is forgotten: PageExpiredError. */
  expirePages(): void;
  /** Every link of this stream is forgotten: StreamResetError. */
  resetStream(stream: 'users' | 'groups'): void;
}

interface JournalLength {
  readonly users: number;
  readonly groups: number;
}

export interface MemoryEntraOptions {
  readonly users: readonly MemoryUser[];
  readonly groups: readonly MemoryGroup[];
  readonly assigned: readonly string[];
  readonly pageSize?: number;
}

const role = { id: 'role-user', value: 'User', displayName: 'User', isEnabled: true };

/** One thing a stream has to tell: a user changed, a group changed, or an edge of a group did. */
interface Entry {
  readonly id: string;
  readonly memberId?: string;
  readonly memberKind?: 'user' | 'group';
}

/**
 * An Entra tenant in memory, as far as the cycle looks at it. A stream is a journal: a link names a stretch of it, and what a page shows
 * is how things are when it is read, as Graph does. Soft-deleted users vanish from lists and keep their edges, silently.
 */
export function createMemoryEntra(options: MemoryEntraOptions): MemoryEntra {
  const users = new Map(options.users.map((user) => [user.id, user]));
  const groups = new Map(options.groups.map((group) => [group.id, group]));
  const assigned = new Set(options.assigned);
  const journals: { readonly [stream in 'users' | 'groups']: Entry[] } = { users: [], groups: [] };
  const firstGood = { users: 0, groups: 0 };
  const pageSize = options.pageSize ?? 2;
  let pageEpoch = 0;
  let shown: JournalLength | undefined;

  /** A round covers the stretch from..to; its pages are numbered. Returns the things of one page and the link after it. */
  function readRound(stream: 'users' | 'groups', link: string): [readonly string[], StretchPage] {
    const [, fromText = '', toText, offsetText = '0', epoch] = link.split('|');
    const from = Number(fromText);
    if (from < firstGood[stream]) throw new StreamResetError(`cannot read the ${stream} stream`);
    if (epoch !== undefined && Number(epoch) !== pageEpoch) {
      throw new PageExpiredError(`cannot read a page of the ${stream} stream`);
    }
    const told = shown?.[stream] ?? journals[stream].length;
    const to = toText === undefined ? Math.max(from, told) : Number(toText);
    const offset = Number(offsetText);
    const stretch = journals[stream].slice(from, to);
    const ids = [...new Set(stretch.map(({ id }) => id))];
    const end = offset + pageSize;
    const next =
      end < ids.length
        ? { kind: 'next' as const, link: `${stream}|${from}|${to}|${end}|${pageEpoch}` }
        : { kind: 'delta' as const, link: `${stream}|${to}` };
    return [ids.slice(offset, end), { stretch, next }];
  }

  function toUserChange(id: string): UserChange {
    const user = users.get(id);
    if (user === undefined || user.state === 'hard') return { kind: 'removed', id, reason: 'hard' };
    if (user.state === 'soft') return { kind: 'removed', id, reason: 'soft' };
    return { kind: 'present', user: toEntraUser(user) };
  }

  function toGroupChange(id: string, stretch: readonly Entry[]): GroupChange {
    const group = groups.get(id);
    if (group === undefined || group.isDeleted) return { kind: 'removed', id, reason: 'hard' };
    const kinds = new Map<string, 'user' | 'group'>();
    for (const entry of stretch) {
      if (entry.id !== id || entry.memberId === undefined) continue;
      kinds.set(entry.memberId, entry.memberKind ?? 'user');
    }
    const edges = [...kinds].map(([memberId, memberKind]) => ({
      memberId,
      memberKind,
      present: isMember(group, memberId),
    }));
    return { kind: 'present', id, displayName: group.displayName, edges };
  }

  function readMembers(groupId: string, after: string): ListPage<EntraUser> {
    const group = groups.get(groupId);
    const ids = [...(group?.memberIds ?? [])].toSorted().filter((id) => id > after);
    const present = ids.flatMap((id) => {
      const user = users.get(id);
      return user?.state === 'present' ? [toEntraUser(user)] : [];
    });
    const items = present.slice(0, pageSize);
    const last = items.at(-1);
    return present.length > pageSize && last !== undefined
      ? { items, nextLink: `members|${groupId}|${last.id}` }
      : { items };
  }

  function listAssignments(): readonly Assignment[] {
    return [...assigned].toSorted().flatMap((id): Assignment[] => {
      const user = users.get(id);
      const group = groups.get(id);
      const isThere = user?.state === 'present' || group?.isDeleted === false;
      const principalKind = user === undefined ? ('group' as const) : ('user' as const);
      return isThere
        ? [{ principalId: id, principalKind, principalName: id, roleId: role.id }]
        : [];
    });
  }

  function witness(userId: string, groupIds: ReadonlySet<string>): WitnessAnswer {
    const user = users.get(userId);
    if (user?.state !== 'present') return { kind: 'answered', user: undefined, memberOf: [] };
    const memberOf = [...groupIds].filter((groupId) => isWithin(userId, groupId, new Set()));
    return { kind: 'answered', user: toEntraUser(user), memberOf };
  }

  /** Directly or through other groups, which may be in each other. */
  function isWithin(userId: string, groupId: string, met: Set<string>): boolean {
    const group = groups.get(groupId);
    if (group === undefined || group.isDeleted || met.has(groupId)) return false;
    met.add(groupId);
    if (group.memberIds.has(userId)) return true;
    return [...(group.nestedIds ?? [])].some((childId) => isWithin(userId, childId, met));
  }

  function change(groupId: string, next: Partial<Omit<MemoryGroup, 'id'>>): void {
    const group = groups.get(groupId);
    if (group !== undefined) groups.set(groupId, { ...group, ...next });
  }

  return {
    readApp: async () => ({ id: 'app', displayName: 'Dropbox Business', roles: [role] }),
    readAssignments: async (nextLink) => {
      const after = nextLink?.split('|')[1] ?? '';
      const rest = listAssignments().filter(({ principalId }) => principalId > after);
      const items = rest.slice(0, pageSize);
      const last = items.at(-1);
      return rest.length > pageSize && last !== undefined
        ? { items, nextLink: `assignments|${last.principalId}` }
        : { items };
    },
    readLatestLink: async (stream) => `${stream}|${journals[stream].length}`,
    readUserChanges: async (link): Promise<StreamPage<UserChange>> => {
      const [ids, { next }] = readRound('users', link);
      return { items: ids.map(toUserChange), next };
    },
    readGroupChanges: async (link): Promise<StreamPage<GroupChange>> => {
      const [ids, { next, stretch }] = readRound('groups', link);
      return { items: ids.map((id) => toGroupChange(id, stretch)), next };
    },
    readFirstMembers: async (groupIds) =>
      new Map(
        groupIds.map((id): readonly [string, MembersAnswer] => {
          const isThere = groups.get(id)?.isDeleted === false;
          return [id, isThere ? { kind: 'page', page: readMembers(id, '') } : { kind: 'missing' }];
        }),
      ),
    readMoreMembers: async (nextLink) => {
      const [, groupId = '', after = ''] = nextLink.split('|');
      return readMembers(groupId, after);
    },
    readByIds: async ({ userIds, groupIds }) => ({
      users: userIds.flatMap((id) => {
        const user = users.get(id);
        return user?.state === 'present' ? [toEntraUser(user)] : [];
      }),
      groups: groupIds.flatMap((id) => {
        const group = groups.get(id);
        return group?.isDeleted === false ? [{ id, displayName: group.displayName }] : [];
      }),
    }),
    readWitness: async (questions) =>
      new Map(
        questions.map(({ userId }): readonly [string, WitnessAnswer] => {
          // Questions about the same person are one question.
          const own = questions.filter((question) => question.userId === userId);
          return [userId, witness(userId, new Set(own.flatMap(({ groupIds }) => groupIds)))];
        }),
      ),
    users: () => [...users.values()],
    groups: () => [...groups.values()],
    assigned: () => assigned,
    addUser: (user) => {
      users.set(user.id, user);
      journals.users.push({ id: user.id });
    },
    addGroup: (group) => {
      groups.set(group.id, group);
      journals.groups.push({ id: group.id });
      for (const memberId of group.memberIds) journals.groups.push({ id: group.id, memberId });
    },
    changeUser: (id, changes) => {
      const user = users.get(id);
      if (user === undefined) return;
      users.set(id, { ...user, ...changes });
      journals.users.push({ id });
    },
    renameGroup: (id, displayName) => {
      change(id, { displayName });
      journals.groups.push({ id });
    },
    deleteGroup: (id) => {
      change(id, { isDeleted: true });
      journals.groups.push({ id });
    },
    setMember: (groupId, userId, present) => {
      const memberIds = new Set(groups.get(groupId)?.memberIds);
      if (present) memberIds.add(userId);
      else memberIds.delete(userId);
      change(groupId, { memberIds });
      journals.groups.push({ id: groupId, memberId: userId });
    },
    setNested: (id, memberId, present) => {
      const nestedIds = new Set(groups.get(id)?.nestedIds);
      if (present) nestedIds.add(memberId);
      else nestedIds.delete(memberId);
      change(id, { nestedIds });
      journals.groups.push({ id, memberId, memberKind: 'group' });
    },
    setAssigned: (id, present) => {
      if (present) assigned.add(id);
      else assigned.delete(id);
    },
    journal: () => ({ users: journals.users.length, groups: journals.groups.length }),
    showJournal: (length) => {
      shown = length;
    },
    expirePages: () => {
      pageEpoch += 1;
    },
    resetStream: (stream) => {
      // A link to "from now on" that was given out before is forgotten too.
      journals[stream].push({ id: '' }, { id: '' });
      firstGood[stream] = journals[stream].length;
    },
  };
}

interface StretchPage {
  readonly stretch: readonly Entry[];
  readonly next: { readonly kind: 'next' | 'delta'; readonly link: string };
}

function isMember({ memberIds, nestedIds }: MemoryGroup, id: string): boolean {
  return memberIds.has(id) || nestedIds?.has(id) === true;
}

function toEntraUser({ id, state: _state, ...attributes }: MemoryUser): EntraUser {
  const userPrincipalName = `${id.slice(0, 4)}@contoso.onmicrosoft.com`;
  return { id, attributes: { ...attributes, userPrincipalName } };
}
