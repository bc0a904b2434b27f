import { expect, test } from 'vitest';
import { mutations } from './mutations.ts';
import { walk } from './walk.ts';

const seedLimit = 200;

test.each(Object.entries(mutations))(
  'ends wrong for some seed %s',
  async (_name, options) => {
    let seed = 0;
    let problems: readonly string[] = [];
    while (problems.length === 0 && seed < seedLimit) {
      seed += 1;
      ({ problems } = await walk({ ...options, seed }));
    }
    expect(problems).not.toEqual([]);
  },
  60_000,
);
