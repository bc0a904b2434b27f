import type { MemoryUser } from '../memory/memory-entra.ts';
import type { Character } from './character.ts';
import { protectedUserId, usersInScope } from './directory.ts';
import type { Operator } from './operator.ts';
import type { Versions } from './versions.ts';
import type { World } from './world.ts';

/** Watches that access is taken away in time where nothing fails: counted in complete cycles. */
export interface Promptness {
  /** To be called with every write of the cycle's row. */
  onCycle(): void;
}

interface Cycle {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** So many complete cycles that began afterwards, and what was to be taken away is released. */
const cyclesAllowed = 2;

export function createPromptness(context: {
  readonly world: World;
  readonly character: Character;
  readonly operator: Operator;
  readonly versions: () => Versions;
  readonly now: () => number;
  readonly report: (text: string) => void;
}): Promptness {
  const { world, character, operator, now, report } = context;
  const cycles: Cycle[] = [];

  /** What Entra says by name, two cycles after it was so; what is only missing, when it has settled since it was noticed. */
  function isOverdue(user: MemoryUser): boolean {
    const outSince = world.truth.outSince(user.id);
    if (outSince === undefined) return false;
    const saidSince = world.truth.saidSince(user.id);
    if (saidSince !== undefined) return countFrom(saidSince) === cyclesAllowed;
    const noticed = cycles.find(({ startedAt }) => startedAt > outSince);
    if (noticed === undefined) return false;
    return countFrom(noticed.endedAt + character.leaving.settleMinutes * 60_000) === cyclesAllowed;
  }

  function countFrom(at: number): number {
    return cycles.filter(({ startedAt }) => startedAt > at).length;
  }

  function mustLose(user: MemoryUser): boolean {
    const { blocked, outOfScope, softDeleted, hardDeleted } = character.leaving;
    if (isSpared(user)) return false;
    if (user.state === 'hard') return hardDeleted !== 'nothing';
    if (user.state === 'soft') return softDeleted !== 'nothing';
    if (user.accountEnabled) return outOfScope !== 'nothing';
    // Blocked and out of scope as well: the greater of the two is judged, and an absence settles first.
    const isGreater = outOfScope === 'remove' || outOfScope === 'suspendThenRemove';
    return blocked !== 'nothing' && (usersInScope(world.entra).has(user.id) || !isGreater);
  }

  function isSpared({ id }: MemoryUser): boolean {
    const isProtected = id === protectedUserId && character.guards.protectedMembers.length > 0;
    const member = context.versions().personOf(id)?.applied.memberId;
    return isProtected || member === world.admin || operator.touched.has(`u:${id}`);
  }

  function hasAllStill({ id }: MemoryUser): boolean {
    const person = context.versions().personOf(id);
    if (person === undefined || person.applied.memberId === null) return false;
    const { status } = person.applied;
    return (status === 'active' || status === 'invited') && person.effective === 'none';
  }

  return {
    onCycle() {
      const startedAt = context.versions().completeStartedAt();
      if (startedAt === (cycles.at(-1)?.startedAt ?? -Infinity)) return;
      cycles.push({ startedAt, endedAt: now() });
      // A member of a nested group is asked about for some cycles more.
      const isNested = world.entra.groups().some(({ nestedIds }) => (nestedIds?.size ?? 0) > 0);
      for (const user of world.entra.users()) {
        const isSaid = world.truth.saidSince(user.id) !== undefined;
        if ((isNested && !isSaid) || !isOverdue(user) || !mustLose(user)) continue;
        if (!hasAllStill(user)) continue;
        report(`${user.id} is out, and after ${cyclesAllowed} cycles nothing is released`);
      }
    },
  };
}
