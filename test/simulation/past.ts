import type { TeamMember } from '../../shared/model/target.ts';
import { createMemoryEntra, type MemoryEntra, type MemoryGroup } from '../memory/memory-entra.ts';
import type { MemoryTeam, TeamGroupWithMembers } from '../memory/memory-team.ts';

/** How the tenant and the team were before: what a replica that lags behind would show. */
export interface Past {
  /** To be called after every change of the tenant. */
  noteEntra(): void;
  /** To be called after every change of the team. */
  noteTeam(): void;
  /** A tenant whose groups and assignments are as they were then; its people are as they are now. */
  entraAt(at: number): MemoryEntra;
  journalAt(at: number): ReturnType<MemoryEntra['journal']>;
  teamAt(at: number): TeamView;
}

interface TeamView {
  readonly members: ReadonlyMap<string, TeamMember>;
  readonly groups: ReadonlyMap<string, TeamGroupWithMembers>;
}

interface EntraView {
  readonly groups: readonly MemoryGroup[];
  readonly assigned: readonly string[];
  readonly journal: ReturnType<MemoryEntra['journal']>;
}

export function createPast(options: {
  readonly entra: MemoryEntra;
  readonly team: MemoryTeam;
  readonly now: () => number;
}): Past {
  const { entra, team, now } = options;
  const tenant = createHistory<EntraView>(now);
  const teams = createHistory<TeamView>(now);

  function noteEntra(): void {
    tenant.add({
      groups: entra.groups(),
      assigned: [...entra.assigned()],
      journal: entra.journal(),
    });
  }

  function noteTeam(): void {
    teams.add({
      members: new Map(team.members().map((member) => [member.memberId, member])),
      groups: new Map(team.groups().map((group) => [group.groupId, group])),
    });
  }

  noteEntra();
  noteTeam();
  return {
    noteEntra,
    noteTeam,
    entraAt(at) {
      const { groups, assigned } = tenant.at(at);
      return createMemoryEntra({ users: entra.users(), groups, assigned });
    },
    journalAt: (at) => tenant.at(at).journal,
    teamAt: (at) => teams.at(at),
  };
}

/** Versions with the time from which each counts. */
function createHistory<T>(now: () => number): { add(version: T): void; at(time: number): T } {
  const versions: { readonly since: number; readonly value: T }[] = [];
  return {
    add(value) {
      versions.push({ since: now(), value });
    },
    at(time) {
      const found = versions.findLast(({ since }) => since <= time) ?? versions[0];
      if (found === undefined) throw new Error('nothing is known of the past');
      return found.value;
    },
  };
}
