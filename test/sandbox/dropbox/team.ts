import { z } from 'zod';

import type { SeededRandom } from '../wire/random.ts';
import type { AccessType, Group } from './group.ts';
import { createGroupStore, savedGroupsSchema, type GroupStore } from './group-store.ts';
import type { Member } from './member.ts';
import { createMemberStore, savedMembersSchema, type MemberStore } from './member-store.ts';
import { factsSchema } from './team-document.ts';
import type { TeamFacts } from './team-types.ts';

/** The truth about one team. Nothing here asks whether Dropbox would allow it: that is the endpoints' part. */
export interface Team {
  readonly members: MemberStore;
  readonly groups: GroupStore;
  readFacts(): TeamFacts;
  setFacts(facts: TeamFacts): void;
  /** Changes when another team is loaded: cursors of the old one are void. */
  readGeneration(): number;
  /** The ids of a member who is to be added. */
  makeMemberIds(): Pick<Member, 'memberId' | 'accountId' | 'number'>;
  makeGroupId(): string;
  /** The system group that has everybody in it; it has no edges of its own. */
  readEveryoneGroup(): Group | undefined;
  /** Undefined takes the member out. Keeps the member's own list of groups in step. */
  setMembership(
    group: Group,
    member: Pick<Member, 'memberId'>,
    accessType: AccessType | undefined,
  ): void;
  /** From here on list routes show everything as it is. */
  forgetPast(): void;
  /** An empty team. */
  clear(): void;
  save(): unknown;
  load(saved: unknown): void;
}

interface Options {
  readonly now: () => number;
  readonly lagMs: () => number;
  readonly seed: number;
  readonly random: SeededRandom;
}

const savedTeamSchema = z.object({
  facts: factsSchema,
  generation: z.number(),
  made: z.number(),
  members: savedMembersSchema,
  groups: savedGroupsSchema,
});

/** An empty team; ids come from the seeded generator. */
export function createTeam(options: Options): Team {
  const members = createMemberStore(options);
  const groups = createGroupStore(options);
  let facts: TeamFacts = { id: 'dbtid:AAAAsandboxEmptyTeam', name: 'Sandbox', licences: 0 };
  let generation = 0;
  let made = 0;
  let everyone: Group | undefined;

  const makeId = (): string => {
    made += 1;
    return `${options.random.token().replaceAll('-', '')}${made.toString(36).padStart(4, '0')}`;
  };
  const clear = (): void => {
    members.clear();
    groups.clear();
    generation += 1;
  };

  const forgetPast = (): void => {
    members.forgetPast();
    groups.forgetPast();
  };

  return {
    members,
    groups,
    readFacts: () => facts,
    setFacts: (next) => {
      facts = next;
    },
    readGeneration: () => generation,
    makeMemberIds: () => {
      const id = makeId();
      return {
        memberId: `dbmid:AAD${id}`,
        accountId: `dbid:${id.padStart(35, 'A').slice(-35)}`,
        number: made,
      };
    },
    makeGroupId: () => `g:${makeId()}`,
    readEveryoneGroup: () => {
      everyone = groups.readById(everyone?.groupId ?? '') ?? findEveryone(groups);
      return everyone;
    },
    setMembership: (group, { memberId }, accessType) => {
      const member = members.readById(memberId);
      if (member === undefined) return;
      groups.setEdge(group.groupId, memberId, accessType);
      const others = member.groupIds.filter((groupId) => groupId !== group.groupId);
      const groupIds = accessType === undefined ? others : [...others, group.groupId];
      members.put({ ...member, groupIds });
    },
    forgetPast,
    clear,
    save: () => ({
      facts,
      generation,
      made,
      members: [...members.readAll()],
      groups: [...groups.readAll()].map((group) => ({
        group,
        edges: [...groups.readEdges(group.groupId)],
      })),
    }),
    load: (saved) => {
      const parsed = savedTeamSchema.parse(saved);
      clear();
      facts = parsed.facts;
      generation = parsed.generation;
      made = parsed.made;
      for (const member of parsed.members) members.put(member);
      for (const { group, edges } of parsed.groups) {
        groups.put(group);
        for (const [memberId, accessType] of edges) {
          groups.setEdge(group.groupId, memberId, accessType);
        }
      }
      forgetPast();
    },
  };
}

function findEveryone(groups: GroupStore): Group | undefined {
  return [...groups.readAll()].find(isEveryone);
}

/** True for the system group of all members. */
export function isEveryone(group: Group): boolean {
  return group.management === 'system_managed';
}
