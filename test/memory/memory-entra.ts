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
  readonly memberIds: ReadonlySet<string>;
  readonly isDeleted: boolean;
}

export interface MemoryEntra extends EntraReader {
  users(): readonly MemoryUser[];
  groups(): readonly MemoryGroup[];
  /** Ids of the users and groups that hold the role, whether they still exist or not. */
  assigned(): ReadonlySet<string>;
  changeUser(id: string, changes: Partial<Omit<MemoryUser, 'id'>>): void;
  renameGroup(id: string, displayName: string): void;
  deleteGroup(id: string): void;
  setMember(groupId: string, userId: string, present: boolean): void;
  setAssigned(id: string, present: boolean): void;
  /** Every link to a page in the middle of a round is forgotten: PageExpiredError. */
  expirePages(): void;
  /** Every link of this stream is forgotten: StreamResetError. */
  resetStream(stream: 'users' | 'groups'): void;
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

  /** A round covers the stretch from..to; its pages are numbered. Returns the things of one page and the link after it. */
  function readRound(stream: 'users' | 'groups', link: string): [readonly string[], StretchPage] {
    const [, fromText = '', toText, offsetText = '0', epoch] = link.split('|');
    const from = Number(fromText);
    if (from < firstGood[stream]) throw new StreamResetError(`cannot read the ${stream} stream`);
    if (epoch !== undefined && Number(epoch) !== pageEpoch) {
      throw new PageExpiredError(`cannot read a page of the ${stream} stream`);
    }
    const to = toText === undefined ? journals[stream].length : Number(toText);
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
    const memberIds = stretch.flatMap((entry) =>
      entry.id === id && entry.memberId !== undefined ? [entry.memberId] : [],
    );
    const edges = [...new Set(memberIds)].map((memberId) => ({
      memberId,
      memberKind: 'user' as const,
      present: group.memberIds.has(memberId),
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

  function change(groupId: string, next: Partial<Omit<MemoryGroup, 'id'>>): void {
    const group = groups.get(groupId);
    if (group !== undefined) groups.set(groupId, { ...group, ...next });
  }

  return {
    readApp: async () => ({ id: 'app', displayName: 'Dropbox Business', roles: [role] }),
    readAssignments: async (nextLink) => {
      const start = Number(nextLink?.split('|')[1] ?? 0);
      const all = listAssignments();
      const end = start + pageSize;
      const items = all.slice(start, end);
      return end < all.length ? { items, nextLink: `assignments|${end}` } : { items };
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
    users: () => [...users.values()],
    groups: () => [...groups.values()],
    assigned: () => assigned,
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
    setAssigned: (id, present) => {
      if (present) assigned.add(id);
      else assigned.delete(id);
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

function toEntraUser({ id, state: _state, ...attributes }: MemoryUser): EntraUser {
  const userPrincipalName = `${id.slice(0, 4)}@contoso.onmicrosoft.com`;
  return { id, attributes: { ...attributes, userPrincipalName } };
}
