import { omissions, type Told } from './options.ts';
import type { WalkResult } from './walk.ts';

/** Steps are counted no finer than this. */
const grain = 25;

/**
 * The shortest walk found that still ends wrong: first fewer steps, then without one kind of trouble after the other, then fewer steps
 * again. Each try is a walk of its own, which may end wrong in another way.
 */
export async function shrink(
  told: Told,
  walkAgain: (told: Told) => Promise<WalkResult>,
  say: (line: string) => void,
): Promise<Told> {
  const isWrong = async (one: Told): Promise<boolean> => (await walkAgain(one)).problems.length > 0;
  let smallest = await shorten(told, isWrong, say);
  for (const omission of omissions) {
    if (smallest.without.includes(omission)) continue;
    const less = { ...smallest, without: [...smallest.without, omission] };
    const longer = { ...less, steps: told.steps };
    const kept = (await isWrong(less)) ? less : (await isWrong(longer)) ? longer : undefined;
    if (kept === undefined) continue;
    say(`also without ${omission}`);
    smallest = kept;
  }
  return shorten(smallest, isWrong, say);
}

async function shorten(
  told: Told,
  isWrong: (told: Told) => Promise<boolean>,
  say: (line: string) => void,
): Promise<Told> {
  let least = 0;
  let most = told.steps;
  while (most - least > grain) {
    const steps = Math.floor((least + most) / 2);
    if (await isWrong({ ...told, steps })) {
      most = steps;
      say(`also after ${steps} steps`);
    } else least = steps;
  }
  return { ...told, steps: most };
}
