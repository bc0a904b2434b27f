import { parseArgs } from 'node:util';
import { createCoverage, describeCoverage } from './coverage.ts';
import { walk } from './walk.ts';

/** `npm run simulate -- --seeds 200 [--seed N] [--verbose]`: walks the outbox and the cycle through faults, seed by seed. */
async function simulate(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      seed: { type: 'string' },
      steps: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const first = values.seed === undefined ? 1 : Number(values.seed);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  const coverage = createCoverage();
  const startedAt = performance.now();
  const failed: number[] = [];
  let steps = 0;
  let invitations = 0;
  let leftovers = 0;
  for (let seed = first; seed < first + count; seed++) {
    const result = await walk({
      seed,
      ...(values.steps === undefined ? {} : { stormSteps: Number(values.steps) }),
      ...(values.verbose ? { trace: (line: string): void => console.log(line) } : {}),
    });
    coverage.add(result.coverage);
    steps += result.steps;
    invitations += result.invitations;
    leftovers += result.leftovers;
    if (result.problems.length === 0) continue;
    failed.push(seed);
    console.log(`seed ${seed} ends wrong after ${result.steps} steps:`);
    for (const problem of result.problems.slice(0, 12)) console.log(`  ${problem}`);
    console.log(`  replay: npm run simulate -- --seed ${seed} --verbose`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  console.log('Which call met what, and how often:');
  console.log(describeCoverage(coverage));
  const verdict = failed.length === 0 ? 'all end right' : `${failed.length} end wrong`;
  console.log(
    `${count} seeds, ${steps} steps in ${seconds.toFixed(1)} s, ${invitations} people invited, ` +
      `${leftovers} held entries left behind by crashes; ${verdict}`,
  );
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await simulate();
