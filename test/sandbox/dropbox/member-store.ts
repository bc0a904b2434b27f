import { z } from 'zod';

import { createHistory } from './history.ts';
import { isPresent, isReserving, memberSchema, type Member } from './member.ts';
import { createOrderedIds } from './ordered-ids.ts';
import { teamAdminRoleId } from './role-catalogue.ts';

/** Members as a saved state has them. */
export const savedMembersSchema = z.array(memberSchema).readonly();

/** All members that ever were, found by id, address, external id and persistent id. */
export interface MemberStore {
  readAll(): Iterable<Member>;
  readById(memberId: string): Member | undefined;
  /** Who has the address, as the main or a second one; recoverable removed members count. */
  readByAddress(address: string): Member | undefined;
  readByExternalId(externalId: string): Member | undefined;
  readByPersistentId(persistentId: string): Member | undefined;
  /** Adds the member or replaces what was known of it. */
  put(member: Member): void;
  countSeats(): number;
  countAll(): number;
  isLastAdmin(member: Member): boolean;
  readAdmins(): readonly Member[];
  /** Ids of everybody who ever was, in the order of the lists. */
  readOrder(): readonly string[];
  /** What list routes still show of those who changed after `time`. */
  readAsOf(time: number): ReadonlyMap<string, Member | undefined>;
  /** From here on list routes show everything as it is. */
  forgetPast(): void;
  clear(): void;
}

interface Options {
  readonly now: () => number;
  readonly lagMs: () => number;
  readonly seed: number;
}

/** An empty store. Lists are behind by `lagMs`; `seed` decides their order. */
export function createMemberStore({ now, lagMs, seed }: Options): MemberStore {
  const byId = new Map<string, Member>();
  const history = createHistory<Member>(now, lagMs);
  const order = createOrderedIds(seed);
  const admins = new Set<string>();
  let seats = 0;

  const indexes = [
    createIndex((member) => [member.email, ...member.secondaryEmails.map(({ email }) => email)]),
    createIndex((member) => optional(member.externalId)),
    createIndex((member) => optional(member.persistentId)),
  ] as const;
  const [byAddress, byExternalId, byPersistentId] = indexes;

  const resolve = (memberId: string | undefined): Member | undefined => {
    const member = memberId === undefined ? undefined : byId.get(memberId);
    return member !== undefined && isReserving(member, now()) ? member : undefined;
  };

  return {
    readAll: () => byId.values(),
    readById: (memberId) => byId.get(memberId),
    readByAddress: (address) => resolve(byAddress.read(address)),
    readByExternalId: (externalId) => resolve(byExternalId.read(externalId)),
    readByPersistentId: (persistentId) => resolve(byPersistentId.read(persistentId)),
    put: (member) => {
      const before = byId.get(member.memberId);
      history.note(member.memberId, before);
      byId.set(member.memberId, member);
      order.add(member.memberId);
      if (before === undefined || !hasSameKeys(before, member)) {
        for (const index of indexes) index.move(before, member, isReserving(member, now()));
      }
      seats += Number(isPresent(member)) - Number(before !== undefined && isPresent(before));
      if (isActiveAdmin(member)) admins.add(member.memberId);
      else admins.delete(member.memberId);
    },
    countSeats: () => seats,
    countAll: () => byId.size,
    isLastAdmin: (member) => admins.size === 1 && admins.has(member.memberId),
    readAdmins: () => [...byId.values()].filter(isActiveAdmin),
    readOrder: () => order.readAll(),
    readAsOf: (time) => history.readAsOf(time),
    forgetPast: () => {
      history.clear();
    },
    clear: () => {
      byId.clear();
      history.clear();
      order.clear();
      admins.clear();
      for (const index of indexes) index.clear();
      seats = 0;
    },
  };
}

/** Joining and leaving groups changes no key, and happens most often. */
function hasSameKeys(before: Member, after: Member): boolean {
  return (
    before.email === after.email &&
    before.externalId === after.externalId &&
    before.persistentId === after.persistentId &&
    before.secondaryEmails === after.secondaryEmails &&
    before.removal === after.removal
  );
}

function isActiveAdmin(member: Member): boolean {
  return member.status === 'active' && member.roleId === teamAdminRoleId;
}

function optional(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

/** From a key to a member's id. Who is gone for good may stay in it until somebody else takes the key. */
function createIndex(keysOf: (member: Member) => readonly string[]) {
  const ids = new Map<string, string>();
  return {
    read: (key: string) => ids.get(key),
    move: (before: Member | undefined, after: Member, isReservingKeys: boolean) => {
      for (const key of before === undefined ? [] : keysOf(before)) {
        if (ids.get(key) === after.memberId) ids.delete(key);
      }
      for (const key of isReservingKeys ? keysOf(after) : []) ids.set(key, after.memberId);
    },
    clear: () => {
      ids.clear();
    },
  };
}
