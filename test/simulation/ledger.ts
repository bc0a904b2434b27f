import type { TeamMember } from '../../shared/model/target.ts';
import type { MemoryTeam, TeamGroupWithMembers } from '../memory/memory-team.ts';
import { isOurAddress, isOurGroup, isOurUser } from './directory.ts';

/** Whose work it is that a member is suspended or removed; `either` where nobody could tell, since an answer was lost at that time. */
type Doer = 'us' | 'hand' | 'either';

/**
 * Who did what to the team, by the simulation's own record: what the engine made, what people did by hand, and what is nobody's but
 * theirs.
 */
export interface Ledger {
  /** The team as it was when last looked at. */
  readonly members: ReadonlyMap<string, TeamMember>;
  readonly groups: ReadonlyMap<string, TeamGroupWithMembers>;
  /** Somebody did something by hand: how it is now is how it is to be looked at from. */
  noteHand(): void;
  /** The same after a call of ours has taken effect, or a job may have ended. */
  noteUs(): void;
  suspendedBy(memberId: string): Doer | undefined;
  removedBy(memberId: string): Doer | undefined;
  /** From now on nobody can tell whose work the member's standing is. */
  doubt(memberId: string): void;
  /** A call about the member is about to be made: what a call before it came to, that was never answered, is in doubt. */
  begin(memberId: string): void;
  /** A call about the member was answered. */
  end(memberId: string): void;
  /** Put into a group by hand, and still there for all we know. */
  wasPutIn(groupId: string, memberId: string): boolean;
  /** Created by a call of ours. */
  readonly ourGroups: ReadonlySet<string>;
  /** Member ids of whoever came into the team by an invitation of ours. */
  readonly invited: ReadonlySet<string>;
}

export function createLedger(team: MemoryTeam): Ledger {
  const suspended = new Map<string, Doer>();
  const removed = new Map<string, Doer>();
  const putIn = new Set<string>();
  const unanswered = new Set<string>();
  const ourGroups = new Set<string>();
  const invited = new Set<string>();
  let members = membersOf(team);
  let groups = groupsOf(team);

  function note(doer: 'us' | 'hand'): void {
    const nextMembers = membersOf(team);
    for (const [memberId, member] of nextMembers) noteMember(doer, members.get(memberId), member);
    members = nextMembers;
    const nextGroups = groupsOf(team);
    for (const [groupId, group] of nextGroups) noteGroup(doer, groups.get(groupId), group);
    groups = nextGroups;
  }

  function noteMember(doer: Doer, before: TeamMember | undefined, after: TeamMember): void {
    const { memberId, status } = after;
    if (before === undefined && doer === 'us') invited.add(memberId);
    if (before?.status === status) return;
    if (status === 'suspended') {
      removed.delete(memberId);
      if (!suspended.has(memberId)) suspended.set(memberId, doer);
    } else if (status === 'removed') {
      // A suspension that stood before is there again after a recovery.
      removed.set(memberId, doer);
    } else {
      suspended.delete(memberId);
      removed.delete(memberId);
    }
  }

  function noteGroup(
    doer: Doer,
    before: TeamGroupWithMembers | undefined,
    after: TeamGroupWithMembers,
  ): void {
    const { groupId } = after;
    if (before === undefined) {
      if (doer === 'us') ourGroups.add(groupId);
      return;
    }
    for (const memberId of before.memberIds) {
      if (!after.memberIds.has(memberId)) putIn.delete(`${groupId} ${memberId}`);
    }
    const joined = [...after.memberIds].filter((memberId) => !before.memberIds.has(memberId));
    for (const memberId of doer === 'hand' ? joined : []) putIn.add(`${groupId} ${memberId}`);
  }

  function doubt(memberId: string): void {
    if (suspended.has(memberId)) suspended.set(memberId, 'either');
    if (removed.has(memberId)) removed.set(memberId, 'either');
  }

  return {
    get members() {
      return members;
    },
    get groups() {
      return groups;
    },
    noteHand: () => note('hand'),
    noteUs: () => note('us'),
    suspendedBy: (memberId) => suspended.get(memberId),
    removedBy: (memberId) => removed.get(memberId),
    doubt,
    begin(memberId) {
      if (unanswered.has(memberId)) doubt(memberId);
      unanswered.add(memberId);
    },
    end: (memberId) => {
      unanswered.delete(memberId);
    },
    wasPutIn: (groupId, memberId) => putIn.has(`${groupId} ${memberId}`),
    ourGroups,
    invited,
  };
}

function membersOf(team: MemoryTeam): ReadonlyMap<string, TeamMember> {
  return new Map(team.members().map((member) => [member.memberId, member]));
}

function groupsOf(team: MemoryTeam): ReadonlyMap<string, TeamGroupWithMembers> {
  return new Map(team.groups().map((group) => [group.groupId, group]));
}

/** Somebody whom we may touch: with our id, or with an address of ours and nobody's id. */
export function isOurs({ externalId, email }: TeamMember): boolean {
  return isOurUser(externalId) || (externalId === undefined && isOurAddress(email));
}

export function isOurTeamGroup({ externalId }: TeamGroupWithMembers): boolean {
  return isOurGroup(externalId);
}
