import { parseArgs } from 'node:util';
import { mutants, type Mutant } from './mutations.ts';
import { walk } from './walk.ts';

/** `npm run simulate:mutants`: each bug that is put in on purpose is found within so many seeds, or this fails. */
async function findMutants(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '500' },
      only: { type: 'string' },
    },
  });
  const chosen = Object.entries(mutants).filter(([name]) => (values.only ?? name) === name);
  let survivors = 0;
  for (const [name, mutant] of chosen) {
    const found = await findSeed(mutant, Number(values.seeds));
    if (found === undefined) {
      survivors += 1;
      console.log(`${name.padEnd(26)} SURVIVES ${values.seeds} seeds`);
    } else {
      const { seed, problem } = found;
      console.log(`${name.padEnd(26)} found at seed ${String(seed).padStart(3)}: ${problem}`);
    }
  }
  const verdict = survivors === 0 ? 'all are found' : `${survivors} survive`;
  console.log(`${chosen.length} bugs put in on purpose: ${verdict}`);
  return survivors === 0 ? 0 : 1;
}

/** The first seed whose walk ends wrong with the bug, and right without it. */
async function findSeed(
  mutant: Mutant,
  limit: number,
): Promise<{ readonly seed: number; readonly problem: string } | undefined> {
  for (let seed = 1; seed <= limit; seed++) {
    const { problems: found } = await walk({ ...mutant, seed });
    const problem = found.find((text) => mutant.shows?.test(text) !== false);
    if (problem === undefined) continue;
    const { problems } = await walk({ ...mutant, mutation: {}, seed });
    if (problems.length === 0) return { seed, problem };
  }
  return undefined;
}

process.exitCode = await findMutants();
