import { describe, expect, test } from 'vitest';
import { nothingStaged, type Character } from './character.ts';
import { describeCoverage } from './coverage.ts';
import { stillWeather } from './faults.ts';
import { mutants } from './mutations.ts';
import { toCommand, toWalkOptions, type Told } from './options.ts';
import { shrink } from './shrink.ts';
import { walk, type WalkOptions, type WalkResult } from './walk.ts';

/** Nobody lies, lags or meddles, and nothing is staged. */
const straight: Partial<Character> = {
  liar: 'nobody',
  listLagMs: 0,
  streamLagMs: 0,
  meddling: 0,
  guards: nothingStaged,
};

/** Seeds by tens, so that one failure names a handful. */
const tens = [1, 11, 21, 31];

async function walkSeeds(
  first: number,
  options: Omit<WalkOptions, 'seed'> = {},
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

describe('a whole history on the real engine', () => {
  test.each(tens)(
    'ends with the team as Entra and the policy want it, seeds from %i',
    async (first) => {
      expect(describeProblems(await walkSeeds(first))).toEqual([]);
    },
    60_000,
  );

  test('takes access away within two cycles where nothing fails', async () => {
    const results = await walkSeeds(1, { weather: stillWeather, character: straight });
    expect(describeProblems(results)).toEqual([]);
  }, 60_000);

  test('goes the same way again for the same seed', async () => {
    const [one, other] = [await walk({ seed: 7 }), await walk({ seed: 7 })];
    expect(describeCoverage(one.coverage)).toBe(describeCoverage(other.coverage));
    expect(one.steps).toBe(other.steps);
  });

  test('meets a crash, a stall, a lost answer and an untruth', async () => {
    const results = [...(await walkSeeds(61)), ...(await walkSeeds(71)), ...(await walkSeeds(81))];
    const met = new Set(results.flatMap(([, { coverage }]) => [...coverage.counts.keys()]));
    for (const fault of [
      /^dropbox.inviteMembers × answer lost after the effect/,
      /^dropbox.updateMember × answer lost after the effect/,
      /^dropbox.suspendMember × /,
      /^dropbox.removeMember × /,
      /^dropbox.addGroupMembers × answer lost after the effect/,
      /^dropbox.readMembers × (stale|empty|lost page|cut short)/,
      /^entra.readAssignments × stale/,
      /^entra.readAssignments × empty/,
      /^(Users|Schedule|Memberships).write × crashAfter/,
      /^(Users|Schedule|Memberships).write × stall/,
      /^(Users|Schedule|Memberships).write × storage down after the effect/,
      /^Watermarks.write × crash/,
      /^message × doubled/,
      /^message × redelivered/,
    ]) {
      expect([...met].filter((key) => fault.test(key))).not.toEqual([]);
    }
  }, 60_000);
});

describe('a walk that ends wrong', () => {
  test('is told as one command, without what is usual', () => {
    const told: Told = { seed: 12, steps: 6_000, without: [] };
    expect(toCommand(told)).toBe('npm run simulate -- --seed 12');
    expect(toCommand({ ...told, steps: 400, without: ['lies', 'crashes'] })).toBe(
      'npm run simulate -- --seed 12 --steps 400 --without lies,crashes',
    );
  });

  test('is made shorter, and still ends wrong', async () => {
    const wipes = mutants['wipes'];
    const walkAgain = (told: Told): Promise<WalkResult> =>
      walk({ ...toWalkOptions(told), ...wipes });
    const smallest = await shrink({ seed: 1, steps: 6_000, without: [] }, walkAgain, () => {});
    expect(smallest.steps).toBeLessThan(6_000);
    expect(smallest.without).toContain('lies');
    expect((await walkAgain(smallest)).problems).toEqual([
      expect.stringContaining('wipes the devices'),
    ]);
  }, 60_000);
});
