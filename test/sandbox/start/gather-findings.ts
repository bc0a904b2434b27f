import { z } from 'zod';
import type { World } from '../directory/generate-world.ts';
import { documentSchema } from '../dropbox/team-document.ts';
import { compareTeam } from '../oracle/compare-team.ts';
import type { ExpectedTeam } from '../oracle/expected-team.ts';
import { readHealth } from './read-health.ts';
import { countsSchema, requestsSchema } from './control-client.ts';
import { computeFloor, writeFloor } from './floor.ts';
import type { Followed } from './follow-app.ts';
import type { Emulators } from './load-world.ts';
import type { CycleNote, ProgressReader } from './progress.ts';
import type { Findings } from './report.ts';

export interface GatherInput {
  readonly world: World;
  readonly expected: ExpectedTeam;
  readonly followed: Followed;
  readonly emulators: Emulators;
  readonly reader: ProgressReader;
  /** Address of the app. */
  readonly app: string;
  /** Milliseconds since 1970, when the app was started. */
  readonly startedAt: number;
  readonly seconds: number;
}

const statusSchema = z.object({ peakRssMb: z.number() });

/** Everything that the report tells, asked of all parts while they are still up. */
export async function gatherFindings(input: GatherInput): Promise<Findings> {
  const { world, expected, followed, emulators, reader, startedAt } = input;
  // Counts first: what is asked from here on is our own curiosity.
  const graph = await emulators.entra.read('/counts', countsSchema);
  const dropbox = await emulators.dropbox.read('/counts', countsSchema);
  const team = await emulators.dropbox.read('/team', documentSchema);
  const saved = await reader.readCycles(startedAt);
  const cycles = new Map([...saved, ...followed.cycles].map((cycle) => [cycle.id, cycle]));
  const initial = [...cycles.values()].find(({ kind }) => kind === 'initial');
  const floor = computeFloor(world.directory, world.team, expected);
  const peakRssMb = await readPeakRss(input.app);
  const incremental = cycles.size - (initial ? 1 : 0);
  return {
    converged: followed.converged,
    reasons: followed.converged
      ? []
      : [...followed.reasons, ...(await readHealth(input.app)).problems],
    cycles: { initial: initial ? 1 : 0, incremental },
    seconds: input.seconds,
    directory: world.directory,
    expected,
    differences: compareTeam(expected, team),
    totals: await reader.readTotals(startedAt),
    tally: followed.tally,
    storageCalls: followed.storageCalls,
    graph,
    dropbox,
    floor: initial
      ? { graph: floor.graph, dropbox: floor.dropbox }
      : {
          graph: incremental * floor.graphPerIncrementalCycle,
          dropbox: writeFloor(expected, { isFirst: false }),
        },
    floorPerCycle: floor.graphPerIncrementalCycle,
    ...(initial ? { initialCycle: await measureInitial(initial, emulators) } : {}),
    ...(peakRssMb === undefined ? {} : { peakRssMb }),
  };
}

async function measureInitial(
  { startedAt, endedAt }: CycleNote,
  { entra }: Emulators,
): Promise<NonNullable<Findings['initialCycle']>> {
  const requests = await entra.read('/requests', requestsSchema);
  const ofCycle = requests.filter(
    ({ at, partOf }) => partOf === undefined && at >= startedAt && at <= endedAt,
  );
  return { seconds: (endedAt - startedAt) / 1000, graphRequests: ofCycle.length };
}

/** Of the process that holds app and local host; undefined where it does not say. */
async function readPeakRss(app: string): Promise<number | undefined> {
  const response = await fetch(`${app}/admin/host/status`);
  if (!response.ok) return undefined;
  return statusSchema.safeParse(await response.json()).data?.peakRssMb;
}
