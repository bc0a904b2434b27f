import { createMemoryEntra, type MemoryEntra } from '../memory/memory-entra.ts';
import { createMemoryTeam, type MemoryTeam } from '../memory/memory-team.ts';
import { createEntraChanges, type EntraChanges } from './change-entra.ts';
import type { Character } from './character.ts';
import {
  firstGroup,
  firstGroups,
  firstUser,
  firstUsers,
  groupIdOf,
  linkedMemberId,
  ownMembersBefore,
  strangeGroupsOf,
  strangersOf,
} from './directory.ts';
import { createTruth, type Truth } from './truth.ts';

/** A small tenant, a small team, and what has ever been true of the tenant. */
export interface World extends EntraChanges {
  readonly entra: MemoryEntra;
  readonly team: MemoryTeam;
  readonly truth: Truth;
  /** Graph forgets where this stream stood; only in walks in which nobody is deleted. */
  resetStream(stream: 'users' | 'groups'): boolean;
  /** Member id of who authorised us. */
  readonly admin: string;
}

export interface WorldOptions {
  readonly character: Character;
  readonly random: () => number;
  readonly now: () => number;
  readonly jobMs: () => number | undefined;
  readonly removeJobMs: () => number | undefined;
  readonly refuse: () => string | undefined;
  /** Whether a cycle has seen that this person is deleted. */
  readonly isKnownDeleted: (userId: string) => boolean;
}

export function createWorld(options: WorldOptions): World {
  const { random, now, character } = options;
  const entra = createTenant(random);
  const admin = character.isAdminOurs ? linkedMemberId : 'dbmid:admin';
  const team = createMemoryTeam({
    members: [...strangersOf(), ...ownMembersBefore()],
    groups: strangeGroupsOf(),
    now,
    jobMs: options.jobMs,
    removeJobMs: options.removeJobMs,
    refuse: options.refuse,
    authorisingAdmin: admin,
    removedInInfo: character.removedInInfo,
    removedTag: character.removedTag,
    recoverEarlierStatus: character.recoverEarlierStatus,
  });
  const truth = createTruth(entra, now);
  const changes = createEntraChanges({
    entra,
    random,
    now,
    mayDelete: !character.resets,
    mayNest: character.nests,
    // Deleted and back between two looks at the stream, a person whom a list did not show meanwhile is found by a whole read only.
    mayRestore: (id) => character.liar === 'lists' || options.isKnownDeleted(id),
  });
  const noting = <T>(act: () => T): T => {
    const result = act();
    truth.note();
    return result;
  };
  return {
    entra,
    team,
    truth,
    admin,
    change: () => noting(() => changes.change()),
    finishMoves: () => {
      const moves = changes.finishMoves();
      if (moves.length > 0) truth.note();
      return moves;
    },
    finishAllMoves: () => noting(() => changes.finishAllMoves()),
    resetStream(stream) {
      if (character.resets) entra.resetStream(stream);
      return character.resets;
    },
  };
}

function createTenant(random: () => number): MemoryEntra {
  const users = Array.from({ length: firstUsers }, (_, index) => firstUser(index));
  const groups = Array.from({ length: firstGroups }, (_, index) => {
    const members = users.filter(() => random() < 0.4);
    return firstGroup(index, new Set(members.map(({ id }) => id)));
  });
  const assigned = users.filter(() => random() < 0.5).map(({ id }) => id);
  return createMemoryEntra({
    users,
    groups,
    assigned: [...assigned, groupIdOf(0), groupIdOf(1)],
  });
}
