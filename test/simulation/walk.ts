import { runCalm } from './calm.ts';
import type { Character } from './character.ts';
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
  /** Changes of what the seed draws. */
  readonly character?: Partial<Character>;
  /** Steps with faults; calm follows until everything has come to rest. */
  readonly stormSteps?: number;
  readonly trace?: (line: string) => void;
}

export interface WalkResult {
  /** Empty where the walk ended well. */
  readonly problems: readonly string[];
  readonly coverage: Coverage;
  readonly steps: number;
  readonly invitations: number;
}

/** One random walk over the real engine: a storm of changes and faults, then calm, then the judgement. The same seed, the same walk. */
export async function walk(options: WalkOptions): Promise<WalkResult> {
  const { seed, mutation = {}, weather = usualWeather, stormSteps = 6_000, trace } = options;
  const isFair = !weather.errors && !weather.operator && weather.lies === 0;
  const { character = {} } = options;
  const stage = createStage({ seed, mutation, trace, character, isFair });
  await runStorm(stage, weather, stormSteps);
  const isAtRest = await runCalm(stage);
  if (trace !== undefined) showTables(stage);
  const breach = stage.guard.breach();
  const found = await judgeOutcome(stage, slotCount);
  const problems = isAtRest ? found : ['never comes to rest', ...found];
  return {
    problems: breach === undefined ? problems : [breach],
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
