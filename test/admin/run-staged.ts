import { expect } from 'vitest';
import { parseStagedCommand } from '../../shared/admin/staged-command.ts';
import { StagedProblem } from '../../shared/admin/staged-problem.ts';
import { runStaged } from '../../shared/admin/staged.ts';
import type { Clock, TableStore } from '../../shared/model/ports.ts';
import { loadBatches, type Batch } from '../../shared/rows/batches.ts';
import { settledTeam } from '../leaving/settled-team.ts';
import { cycle } from '../world/run.ts';
import type { World } from '../world/world.ts';

interface Terminal {
  readonly lines: readonly string[];
  /** What was wrong; undefined where nothing was. */
  readonly problem: string | undefined;
}

/** What an operator sees who types these words. */
async function runInTerminal(
  { tables, clock }: { readonly tables: TableStore; readonly clock: Clock },
  ...words: readonly string[]
): Promise<Terminal> {
  const lines: string[] = [];
  try {
    const parsed = parseStagedCommand(words);
    if (parsed.kind === 'help') throw new Error('help is for the process to show');
    await runStaged(parsed.command, {
      tables,
      clock,
      by: parsed.by ?? 'olga',
      storage: 'the environment',
      say: (line) => lines.push(line),
    });
  } catch (error) {
    if (!(error instanceof StagedProblem)) throw error;
    return { lines, problem: error.message };
  }
  return { lines, problem: undefined };
}

type Here = Parameters<typeof runInTerminal>[0];

/** All lines that these words bring, where nothing is wrong with them. */
export async function output(here: Here, ...words: readonly string[]): Promise<string> {
  const { lines, problem } = await runInTerminal(here, ...words);
  expect(problem).toBeUndefined();
  return lines.join('\n');
}

/** What is wrong with these words; nothing is shown then. */
export async function problemOf(here: Here, ...words: readonly string[]): Promise<string> {
  const { lines, problem = '' } = await runInTerminal(here, ...words);
  expect(lines).toEqual([]);
  return problem;
}

/** Ada and Bob are blocked, and a person has to decide about both. */
export async function stagedTeam(): Promise<World> {
  const budget = { people: 0, percent: 0, windowHours: 24 };
  const here = await settledTeam({ guards: { budget } });
  here.entra.changeUser('ada', { accountEnabled: false });
  here.entra.changeUser('bob', { accountEnabled: false });
  await cycle(here);
  return here;
}

export async function onlyBatch({ tables }: World): Promise<Batch> {
  const [batch, ...others] = await loadBatches(tables, { closed: false });
  if (batch === undefined || others.length > 0) throw new Error('not one open batch');
  return batch;
}
