import { parseArgs } from 'node:util';
import { createCoverage, describeCoverage, type Coverage } from './coverage.ts';
import { missedPairs } from './expected-pairs.ts';
import { defaultSteps, isOmission, toCommand, toWalkOptions, type Told } from './options.ts';
import { shrink } from './shrink.ts';
import { walk, type WalkResult } from './walk.ts';

/** So many seeds must meet every pair of call and fault that is expected; fewer only tell which they met. */
const seedsThatMeetAll = 300;

/**
 * `npm run simulate -- --seeds 200`: whole histories on the real engine, seed by seed. `--seed N` walks one of them again, the same way;
 * `--verbose` says each step of it, `--shrink` looks for the shortest that still ends wrong.
 */
async function simulate(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      steps: { type: 'string', default: String(defaultSteps) },
      without: { type: 'string', default: '' },
      verbose: { type: 'boolean', default: false },
      shrink: { type: 'boolean', default: false },
    },
  });
  const steps = Number(values.steps);
  const without = values.without.split(',').filter(isOmission);
  if (values.seed === undefined) {
    const range = { from: Number(values.from), count: Number(values.seeds) };
    return walkAll(range, { steps, without });
  }
  const told = { seed: Number(values.seed), steps, without };
  if (values.shrink) return shrinkOne(told);
  return walkOne(told, values.verbose);
}

async function shrinkOne(told: Told): Promise<number> {
  const smallest = await shrink(
    told,
    (one) => walk(toWalkOptions(one)),
    (line) => console.log(line),
  );
  const result = await walk(toWalkOptions(smallest));
  describeProblems(smallest, result);
  return result.problems.length === 0 ? 0 : 1;
}

async function walkOne(told: Told, isVerbose: boolean): Promise<number> {
  const trace = isVerbose ? { trace: (line: string): void => console.log(line) } : {};
  const result = await walk({ ...toWalkOptions(told), ...trace });
  describeProblems(told, result);
  console.log(describeCoverage(result.coverage));
  return result.problems.length === 0 ? 0 : 1;
}

function describeProblems(told: Told, { problems, steps }: WalkResult): void {
  if (problems.length === 0) return console.log(`seed ${told.seed} ends right`);
  console.log(`seed ${told.seed} ends wrong after ${steps} steps:`);
  for (const problem of problems.slice(0, 12)) console.log(`  ${problem}`);
  console.log(`  replay: ${toCommand(told)} --verbose`);
}

async function walkAll(
  { from, count }: { readonly from: number; readonly count: number },
  about: Omit<Told, 'seed'>,
): Promise<number> {
  const coverage = createCoverage();
  const startedAt = performance.now();
  const failed: number[] = [];
  let steps = 0;
  for (let seed = from; seed < from + count; seed++) {
    const told = { seed, ...about };
    const result = await walk(toWalkOptions(told));
    coverage.add(result.coverage);
    steps += result.steps;
    if (result.problems.length === 0) continue;
    failed.push(seed);
    describeProblems(told, result);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const missed = describeAll(coverage);
  const verdict = failed.length === 0 ? 'all end right' : `${failed.length} end wrong`;
  console.log(`${count} seeds, ${steps} steps in ${seconds} s; ${verdict}`);
  const isShort = missed > 0 && count >= seedsThatMeetAll;
  return failed.length === 0 && !isShort ? 0 : 1;
}

/** Prints the table, and what was expected and never met. Returns how many pairs that were. */
function describeAll(coverage: Coverage): number {
  console.log('Which call met what, and how often:');
  console.log(describeCoverage(coverage));
  const missed = missedPairs(coverage);
  if (missed.length > 0) console.log('Expected, and never met:');
  for (const pair of missed) console.log(`  ${pair}`);
  return missed.length;
}

process.exitCode = await simulate();
