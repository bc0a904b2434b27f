import { z } from 'zod';
import type { CycleState } from '../../model/cycle-state.ts';
import { formatTeamPlace, parseTeamPlace } from '../team-place.ts';

const driftPositionSchema = z.object({
  stage: z.enum(['people', 'groups', 'sweep', 'end']),
  /** Id of the person compared last; empty before the first. */
  after: z.string(),
  /** How many partitions of the listings are swept. */
  swept: z.int(),
  /** People whose member is not as we left it. */
  differing: z.int(),
  /** People whose member Dropbox does not know by id either. */
  gone: z.int(),
  /** People whose member the listing does not show although Dropbox knows it by id. */
  short: z.int(),
  /** Members whom no row links. */
  strangers: z.int(),
  /** Member ids of the first of them. */
  someStrangers: z.array(z.string()),
});

/** How far the comparison is, and what it has come to. */
export type DriftPosition = Readonly<z.infer<typeof driftPositionSchema>>;

/** Undefined at the beginning. */
export function parseDriftPosition(state: CycleState): DriftPosition | undefined {
  const place = parseTeamPlace(state);
  if (place?.phase !== 'drift' || place.at === '') return undefined;
  return driftPositionSchema.parse(JSON.parse(place.at));
}

/** What the cycle keeps of it. */
export function formatDriftPosition(position: DriftPosition): string {
  return formatTeamPlace({ phase: 'drift', at: JSON.stringify(position) });
}
