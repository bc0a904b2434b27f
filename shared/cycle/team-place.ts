import type { CycleState } from '../model/cycle-state.ts';

const teamPhases = ['team', 'teamGroups', 'drift'] as const;
type TeamPhase = (typeof teamPhases)[number];

/** Where the look at the team stands. */
export interface TeamPlace {
  readonly phase: TeamPhase;
  /** How far within the phase, in the phase's own terms; empty at its beginning. */
  readonly at: string;
}

/**
 * Reads the cursor of a cycle. It names its phase, since a cycle that was cut short hears first what is new in Entra, and comes back to the
 * team from the front: what had been listed and compared is not done again.
 */
export function parseTeamPlace({ cursor }: Pick<CycleState, 'cursor'>): TeamPlace | undefined {
  const phase = teamPhases.find((one) => cursor?.startsWith(`${one} `) === true);
  return phase === undefined ? undefined : { phase, at: cursor?.slice(phase.length + 1) ?? '' };
}

export function formatTeamPlace({ phase, at }: TeamPlace): string {
  return `${phase} ${at}`;
}
