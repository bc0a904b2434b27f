import type {
  Answer,
  InviteRow,
  MemberChanges,
  MemberSelector,
  NewMember,
  TeamMember,
} from '../../shared/model/target.ts';

/** Dropbox brings a removed member back for so long, and holds the address and the external id meanwhile. */
const recoverWindowMs = 7 * 86_400_000;

export interface MemoryMembersOptions {
  readonly members: readonly TeamMember[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly makeId: (prefix: string) => string;
  readonly refuse?: (member: NewMember) => string | undefined;
  /** Member id of the only admin, who is neither suspended nor removed. */
  readonly lastAdmin?: string;
  /** Whether questions by id, address or external id find removed members. */
  readonly removedInInfo?: boolean;
  /** What calls about a removed member are refused with; `user_not_found` unless told otherwise. */
  readonly removedTag?: 'user_not_found' | 'user_not_in_team';
  /** Whether somebody recovered is as before the removal; `active` unless told otherwise. */
  readonly recoverEarlierStatus?: boolean;
}

export interface MemoryMembers {
  /** Removed ones included, cancelled invitations not. */
  all(): readonly TeamMember[];
  /** Whoever a listing shows. */
  present(): readonly TeamMember[];
  get(memberId: string): TeamMember | undefined;
  /** Whom a question finds. */
  select(selector: MemberSelector): TeamMember | undefined;
  /** Who holds this address, else this external id: members, and removed ones who can still come back. */
  findHolder(asked: {
    readonly email: string;
    readonly externalId: string;
  }): TeamMember | undefined;
  invite(member: NewMember): InviteRow;
  accept(memberId: string): void;
  update(memberId: string, changes: MemberChanges): Answer<TeamMember>;
  suspend(memberId: string): Answer<null>;
  unsuspend(memberId: string): Answer<null>;
  /** Undefined where `remove` would do it. */
  refuseRemoval(memberId: string): Answer<null> | undefined;
  remove(memberId: string): Answer<null>;
  recover(memberId: string): Answer<null>;
}

/**
 * The members of a team in memory, by the rules of the Business API: an address and an external id are given out once, only an active
 * member can be suspended, a removed invitation is gone, and a removed member can be brought back for seven days.
 */
export function createMemoryMembers(options: MemoryMembersOptions): MemoryMembers {
  const { now, lastAdmin, removedTag = 'user_not_found' } = options;
  const members = new Map(options.members.map((member) => [member.memberId, member]));
  const removals = new Map<string, { readonly at: number; readonly earlier: TeamMember }>();
  for (const member of options.members) {
    if (member.status !== 'removed') continue;
    removals.set(member.memberId, { at: now(), earlier: { ...member, status: 'active' } });
  }

  /** A removed member as it is by now: the window closes by itself. */
  function asOfNow(member: TeamMember): TeamMember {
    if (member.status !== 'removed') return member;
    const removedAt = removals.get(member.memberId)?.at ?? now();
    if (now() - removedAt < recoverWindowMs || member.isRecoverable === false) return member;
    return { ...member, isRecoverable: false };
  }

  function find(isMeant: (member: TeamMember) => boolean): TeamMember | undefined {
    const found = [...members.values()].filter(isMeant).map(asOfNow);
    return (
      found.find(({ status }) => status !== 'removed') ??
      found.find(({ isRecoverable }) => isRecoverable !== false)
    );
  }

  function findByEmail(email: string): TeamMember | undefined {
    return find((member) => member.email === email.toLowerCase());
  }

  function findByExternalId(externalId: string | undefined): TeamMember | undefined {
    if (externalId === undefined || externalId === '') return undefined;
    return find((member) => member.externalId === externalId);
  }

  function selectAny(selector: MemberSelector): TeamMember | undefined {
    switch (selector.kind) {
      case 'memberId': {
        const member = members.get(selector.memberId);
        return member === undefined ? undefined : asOfNow(member);
      }
      case 'externalId':
        return findByExternalId(selector.externalId);
      case 'email':
        return findByEmail(selector.email);
    }
  }

  /** The member if it is on the team, else the refusal of every call about somebody who is not. */
  function need(memberId: string): TeamMember | Answer<never> {
    const member = members.get(memberId);
    if (member === undefined) return refused('user_not_found');
    return member.status === 'removed' ? refused(removedTag) : member;
  }

  function refuseRemoval(memberId: string): Answer<never> | undefined {
    const member = need(memberId);
    if ('kind' in member) return member;
    return memberId === lastAdmin ? refused('remove_last_admin') : undefined;
  }

  return {
    all: () => [...members.values()].map(asOfNow),
    present: () => [...members.values()].filter(({ status }) => status !== 'removed'),
    get: (memberId) => selectAny({ kind: 'memberId', memberId }),
    select(selector) {
      const found = selectAny(selector);
      const isHidden = found?.status === 'removed' && options.removedInInfo !== true;
      return isHidden ? undefined : found;
    },
    findHolder: ({ email, externalId }) => findByEmail(email) ?? findByExternalId(externalId),
    invite(member) {
      const email = member.email.toLowerCase();
      const tag =
        findByEmail(email) !== undefined
          ? 'user_already_on_team'
          : findByExternalId(member.externalId) !== undefined
            ? 'duplicate_external_member_id'
            : options.refuse?.(member);
      if (tag !== undefined) return { kind: 'refused', email, refusal: { tag } };
      const memberId = options.makeId('dbmid');
      const created: TeamMember = { ...member, email, memberId, status: 'invited' };
      members.set(memberId, created);
      return { kind: 'done', email, member: { ...created, groupIds: [] } };
    },
    accept(memberId) {
      const member = members.get(memberId);
      if (member?.status === 'invited') members.set(memberId, { ...member, status: 'active' });
    },
    update(memberId, changes) {
      const member = members.get(memberId);
      if (member === undefined) return refused('user_not_found');
      if (member.status === 'removed') return refused('set_profile_disallowed');
      const email = changes.email?.toLowerCase() ?? member.email;
      const holder = findByEmail(email);
      if (holder !== undefined && holder !== member) {
        return refused('email_reserved_for_other_user');
      }
      const rival = findByExternalId(changes.externalId);
      if (rival !== undefined && rival !== member) return refused('external_id_used_by_other_user');
      const value: TeamMember = { ...member, ...changes, email };
      members.set(memberId, value);
      return { kind: 'done', value };
    },
    suspend(memberId) {
      const member = need(memberId);
      if ('kind' in member) return member;
      if (member.status !== 'active') return refused('suspend_inactive_user');
      if (memberId === lastAdmin) return refused('suspend_last_admin');
      members.set(memberId, { ...member, status: 'suspended' });
      return done;
    },
    unsuspend(memberId) {
      const member = need(memberId);
      if ('kind' in member) return member;
      if (member.status !== 'suspended') return refused('unsuspend_non_suspended_member');
      members.set(memberId, { ...member, status: 'active' });
      return done;
    },
    refuseRemoval,
    remove(memberId) {
      const refusal = refuseRemoval(memberId);
      const member = members.get(memberId);
      if (refusal !== undefined || member === undefined) {
        return refusal ?? refused('user_not_found');
      }
      if (member.status === 'invited') {
        members.delete(memberId);
        return done;
      }
      removals.set(memberId, { at: now(), earlier: member });
      members.set(memberId, { ...member, status: 'removed', isRecoverable: true });
      return done;
    },
    recover(memberId) {
      const member = members.get(memberId);
      if (member === undefined) return refused('user_not_found');
      const isBack = member.status !== 'removed' || asOfNow(member).isRecoverable === false;
      if (isBack) return refused('user_unrecoverable');
      const earlier = removals.get(memberId)?.earlier.status ?? 'active';
      const { isRecoverable: _isRecoverable, ...rest } = member;
      const status = options.recoverEarlierStatus === true ? earlier : 'active';
      members.set(memberId, { ...rest, status });
      removals.delete(memberId);
      return done;
    },
  };
}

const done: Answer<null> = { kind: 'done', value: null };

/** The refusal with this tag. */
export function refused(tag: string, offenders?: readonly string[]): Answer<never> {
  return { kind: 'refused', refusal: offenders === undefined ? { tag } : { tag, offenders } };
}
