import type { TeamMember } from '../../shared/model/target.ts';
import type { MemoryEntra, MemoryGroup, MemoryUser } from '../memory/memory-entra.ts';
import type { TeamGroupWithMembers } from '../memory/memory-team.ts';

/** So many people and groups a tenant has in the beginning; others come later. */
export const firstUsers = 8;
export const firstGroups = 3;
const mostUsers = 14;

/** Entra ids begin with digits of their own, so that rows come to lie in several partitions. */
function userIdOf(index: number): string {
  const digits = `${(index * 5 + 1).toString(16).slice(-1)}${index.toString(16)}`;
  return `${digits}000000-0000-4000-8000-0000000000aa`;
}

export function groupIdOf(index: number): string {
  return `${(index + 3).toString(16)}${index}000000-0000-4000-8000-0000000000bb`;
}

export function addressOf(index: number, form: 0 | 1): string {
  return form === 0 ? `p${index}@contoso.com` : `p${index}.second@contoso.com`;
}

/** The third is on the team already, the fourth carries our id there, the eighth another provisioner's. */
export const adoptable = 2;
const linked = 3;
export const foreign = 7;

/** Whom the team knows under another provisioner's id: never touched, never invited. */
export const foreignUserId: string = userIdOf(foreign);
export const protectedUserId: string = userIdOf(0);
/** Carries our id in the team from the beginning; in some walks this is who authorised us. */
export const linkedMemberId = 'dbmid:linked';

export function isOurUser(id: string | undefined): boolean {
  if (id === undefined) return false;
  return Array.from({ length: mostUsers }, (_, index) => userIdOf(index)).includes(id);
}

export function isOurGroup(id: string | undefined): boolean {
  return id?.endsWith('bb') === true;
}

/** Every address this tenant could ever show. */
export function isOurAddress(email: string): boolean {
  return /^p\d+(\.second)?@contoso\.com$/.test(email) && email !== addressOf(foreign, 0);
}

export function hasRoom(entra: MemoryEntra): boolean {
  return entra.users().length < mostUsers;
}

export function firstUser(index: number): MemoryUser {
  return {
    id: userIdOf(index),
    mail: addressOf(index, 0),
    givenName: 'Ada',
    surname: `Number ${index}`,
    accountEnabled: index !== 5,
    state: 'present',
  };
}

export function firstGroup(index: number, memberIds: ReadonlySet<string>): MemoryGroup {
  return { id: groupIdOf(index), displayName: `Team ${index}`, memberIds, isDeleted: false };
}

export function strangersOf(): readonly TeamMember[] {
  const names = { givenName: 'Old', surname: 'Hand', status: 'active' as const };
  const externalId = 'another-provisioner';
  return [
    { memberId: 'dbmid:admin', email: 'admin@contoso.com', ...names },
    { memberId: 'dbmid:stranger', email: 'stranger@contoso.com', ...names },
    { memberId: 'dbmid:foreign', email: addressOf(foreign, 0), externalId, ...names },
  ];
}

export function ownMembersBefore(): readonly TeamMember[] {
  const names = { givenName: 'Old', surname: 'Name', status: 'active' as const };
  return [
    { memberId: 'dbmid:adoptable', email: addressOf(adoptable, 0), ...names },
    {
      memberId: linkedMemberId,
      email: addressOf(linked, 0),
      externalId: userIdOf(linked),
      ...names,
    },
  ];
}

export function strangeGroupsOf(): readonly TeamGroupWithMembers[] {
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

/** Present, enabled, with an address, and assigned or a member of an assigned group. */
export function wantedUsers(entra: MemoryEntra): ReadonlySet<string> {
  const inScope = usersInScope(entra);
  const wanted = entra.users().filter((user) => {
    return inScope.has(user.id) && user.accountEnabled && user.mail !== null;
  });
  return new Set(wanted.map(({ id }) => id));
}

/** Present, and assigned or a direct member of an assigned group. */
export function usersInScope(entra: MemoryEntra): ReadonlySet<string> {
  const assigned = entra.assigned();
  const byGroup = assignedGroups(entra).flatMap(({ memberIds }) => [...memberIds]);
  const ids = new Set([...assigned, ...byGroup]);
  const present = entra.users().filter(({ id, state }) => ids.has(id) && state === 'present');
  return new Set(present.map(({ id }) => id));
}

export function assignedGroups(entra: MemoryEntra): readonly MemoryGroup[] {
  return entra.groups().filter(({ id, isDeleted }) => !isDeleted && entra.assigned().has(id));
}
