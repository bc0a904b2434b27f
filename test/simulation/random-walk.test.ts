import { describe, expect, test } from 'vitest';
import { fairWeather } from './faults.ts';
import { walk, type WalkResult } from './walk.ts';

/** Seeds by tens, so that one failure names a handful. */
const tens = [1, 11, 21, 31, 41, 51];

async function walkSeeds(
  first: number,
  options: Omit<Parameters<typeof walk>[0], 'seed'> = {},
): Promise<readonly (readonly [seed: number, result: WalkResult])[]> {
  const results: [number, WalkResult][] = [];
  for (let seed = first; seed < first + 10; seed++) {
    results.push([seed, await walk({ seed, ...options })]);
  }
  return results;
}

/** What is wrong, with the command that shows it again. */
function describeProblems(results: readonly (readonly [number, WalkResult])[]): readonly string[] {
  return results
    .filter(([, { problems }]) => problems.length > 0)
    .map(([seed, { problems }]) => `npm run simulate -- --seed ${seed}: ${problems.join('; ')}`);
}

describe('a random walk over the real engine', () => {
  test.each(tens)('ends with the team as Entra wants it, seeds from %i', async (first) => {
    expect(describeProblems(await walkSeeds(first))).toEqual([]);
  });

  test('leaves nothing behind where nothing fails', async () => {
    const results = await walkSeeds(1, { weather: fairWeather });
    expect(describeProblems(results)).toEqual([]);
    expect(results.map(([, { leftovers }]) => leftovers)).toEqual(results.map(() => 0));
  });

  test('goes the same way again for the same seed', async () => {
    const [one, other] = [await walk({ seed: 7 }), await walk({ seed: 7 })];
    expect([...one.coverage.counts]).toEqual([...other.coverage.counts]);
    expect(one.steps).toBe(other.steps);
  });

  test('meets a crash, a stall and a lost answer at the calls that write', async () => {
    const results = await walkSeeds(61);
    const met = new Set(results.flatMap(([, { coverage }]) => [...coverage.counts.keys()]));
    for (const fault of [
      /^dropbox.inviteMembers × answer lost after the effect/,
      /^dropbox.updateMember × answer lost after the effect/,
      /^dropbox.addGroupMembers × answer lost after the effect/,
      /^(Users|Schedule|Memberships).write × crashAfter/,
      /^(Users|Schedule|Memberships).write × stall/,
      /^(Users|Schedule|Memberships).write × storage down after the effect/,
      /^Watermarks.write × crash/,
      /^message × doubled/,
      /^message × redelivered/,
    ]) {
      expect([...met].filter((key) => fault.test(key))).not.toEqual([]);
    }
  });
});
