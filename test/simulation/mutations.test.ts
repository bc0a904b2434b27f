import { expect, test } from 'vitest';
import { mutants } from './mutations.ts';
import { walk } from './walk.ts';

/** A few of them, where few seeds are enough; `npm run simulate:mutants` looks for all. */
const quickToFind = ['withoutRelease', 'wipes', 'recoversStrangers', 'budgetPerCycleOnly'];
const seedLimit = 40;

test.each(quickToFind)(
  'a bug put in on purpose is found: %s',
  async (name) => {
    const mutant = mutants[name];
    let problem: string | undefined;
    for (let seed = 1; problem === undefined && seed <= seedLimit; seed++) {
      const { problems } = await walk({ ...mutant, seed });
      problem = problems.find((text) => mutant?.shows?.test(text) !== false);
    }
    expect(problem).toBeDefined();
  },
  60_000,
);
