import type { CycleSettings } from '../../shared/cycle/deps.ts';
import { protectedUserId } from './directory.ts';
import { defaultProvisioning } from '../world/default-provisioning.ts';

type Leaving = CycleSettings['leaving'];
type Guards = CycleSettings['guards'];

/**
 * Who tells untruths in a walk. Never two at a time: that a list and the witness err about the same person at once is more than the engine
 * promises to survive.
 */
type Liar = 'nobody' | 'lists' | 'witness';

/** What one walk is like: drawn from its seed before anything happens. */
export interface Character {
  readonly leaving: Leaving;
  readonly guards: Guards;
  readonly driftEveryMs: number;
  readonly liar: Liar;
  /** Entra's lists show how things were up to so long ago. */
  readonly listLagMs: number;
  /** Entra's streams tell of nothing younger. */
  readonly streamLagMs: number;
  /** The listing of the team shows how it was up to so long ago. */
  readonly teamLagMs: number;
  /** Dropbox's lists are wrong or late now and then. */
  readonly doesTeamLie: boolean;
  /** The streams are forgotten now and then; nobody is deleted in such a walk, since deletions would be forgotten with them. */
  readonly resets: boolean;
  /** How much of what happens in Entra happens: changes per step. */
  readonly changes: number;
  /** The same for what people do to the team behind our back. */
  readonly meddling: number;
  /** Groups are put into groups. */
  readonly nests: boolean;
  /** The operator refuses some of what is staged. */
  readonly rejects: boolean;
  /** The admin who authorised us is somebody whom Entra has, and may lose access there. */
  readonly isAdminOurs: boolean;
  readonly adoptGroupsByName: boolean;
  /** Dropbox finds removed members by id. */
  readonly removedInInfo: boolean;
  readonly removedTag: 'user_not_found' | 'user_not_in_team';
  readonly recoverEarlierStatus: boolean;
}

/** Guards that let everything through. */
export const nothingStaged: Guards = {
  ...defaultProvisioning().guards,
  budget: { people: 1_000, percent: 100, windowHours: 24 },
};

const minuteMs = 60_000;
const dayMs = 86_400_000;

type Random = () => number;

export function drawCharacter(random: Random): Character {
  const leaving = drawLeaving(random);
  const liar = oneOf<Liar>(random, ['nobody', 'lists', 'lists', 'witness']);
  const isTruthful = liar === 'witness';
  const settleMs = leaving.settleMinutes * minuteMs;
  return {
    leaving,
    guards: drawGuards(random),
    driftEveryMs: oneOf(random, [20, 60, 240]) * minuteMs,
    liar,
    listLagMs: isTruthful ? 0 : oneOf(random, [0, settleMs / 2, settleMs - 30_000]),
    streamLagMs: isTruthful ? 0 : oneOf(random, [0, 0, 4 * minuteMs, 12 * minuteMs]),
    teamLagMs: oneOf(random, [0, 0, minuteMs]),
    doesTeamLie: random() < 0.5,
    resets: random() < 0.15,
    changes: oneOf(random, [0.004, 0.008, 0.015]),
    meddling: oneOf(random, [0, 0.001, 0.003]),
    nests: random() < 0.6,
    rejects: random() < 0.3,
    isAdminOurs: random() < 0.4,
    adoptGroupsByName: random() < 0.3,
    removedInInfo: random() < 0.5,
    removedTag: oneOf(random, ['user_not_found', 'user_not_in_team']),
    recoverEarlierStatus: random() < 0.5,
  };
}

function drawLeaving(random: Random): Leaving {
  const leaver = [
    'suspend',
    'suspendThenRemove',
    'suspendThenRemove',
    'remove',
    'nothing',
  ] as const;
  return {
    blocked: oneOf(random, ['suspend', 'suspend', 'suspend', 'nothing']),
    outOfScope: oneOf(random, leaver),
    softDeleted: oneOf(random, leaver),
    hardDeleted: oneOf(random, ['remove', 'remove', 'suspend', 'nothing']),
    group: oneOf(random, ['keep', 'delete']),
    settleMinutes: oneOf(random, [2, 2, 4]),
    removeAfterDays: oneOf(random, [12 * minuteMs, 40 * minuteMs, 3 * dayMs]) / dayMs,
  };
}

function drawGuards(random: Random): Guards {
  const { guards } = defaultProvisioning();
  const people = oneOf(random, [0, 1, 2, 10, 1_000]);
  return {
    ...guards,
    budget: {
      people,
      percent: oneOf(random, [0, 10, 30]),
      windowHours: oneOf(random, [1, 2, 24]),
    },
    protectedMembers: random() < 0.3 ? [protectedUserId] : [],
    stagedDays: oneOf(random, [30 * minuteMs, 7 * dayMs]) / dayMs,
  };
}

function oneOf<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[Math.floor(random() * choices.length)];
  if (choice === undefined) throw new Error('nothing to choose from');
  return choice;
}
