import { runCalm } from './calm.ts';
import type { Coverage } from './coverage.ts';
import { slotCount } from './engine-deps.ts';
import { usualWeather, type Weather } from './faults.ts';
import { judgeOutcome } from './outcome.ts';
import { createStage, type Mutation, type Stage } from './stage.ts';
import { runStorm } from './storm.ts';

export interface WalkOptions {
  readonly seed: number;
  readonly mutation?: Mutation;
  readonly weather?: Weather;
  /** Steps with faults; calm follows until everything has come to rest. */
  readonly stormSteps?: number;
  readonly trace?: (line: string) => void;
}

export interface WalkResult {
  /** Empty where the walk ended well. */
  readonly problems: readonly string[];
  /** Held entries that a crash has left behind although their row has moved on. */
  readonly leftovers: number;
  readonly coverage: Coverage;
  readonly steps: number;
  readonly invitations: number;
}

/** One random walk over the real engine: a storm of changes and faults, then calm, then the judgement. The same seed, the same walk. */
export async function walk(options: WalkOptions): Promise<WalkResult> {
  const { seed, mutation = {}, weather = usualWeather, stormSteps = 6_000, trace } = options;
  const stage = createStage({ seed, mutation, trace });
  await runStorm(stage, weather, stormSteps);
  await runCalm(stage);
  if (trace !== undefined) showTables(stage);
  const { problems, leftovers } = await judgeOutcome(stage.world, stage.tables, slotCount);
  const breach = stage.guard.breach();
  return {
    problems: breach === undefined ? problems : [breach],
    leftovers,
    coverage: stage.coverage,
    steps: stage.steps(),
    invitations: stage.world.team.invitations(),
  };
}

function showTables({ tables, say }: Stage): void {
  for (const table of ['Users', 'Groups', 'Memberships', 'Assignments', 'Schedule', 'Watermarks']) {
    for (const { partitionKey, rowKey, columns } of tables.rows(table)) {
      say(`${table} ${partitionKey} ${rowKey} ${JSON.stringify(columns)}`);
    }
  }
}
