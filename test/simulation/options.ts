import { usualWeather, type Weather } from './faults.ts';
import type { WalkOptions } from './walk.ts';

/** What may be left out of a walk, to see whether it ends wrong without it. */
export const omissions = [
  'lies',
  'meddling',
  'stalls',
  'crashes',
  'messages',
  'errors',
  'rejections',
] as const;
export type Omission = (typeof omissions)[number];

/** A walk as it is told on the command line. */
export interface Told {
  readonly seed: number;
  readonly steps: number;
  readonly without: readonly Omission[];
}

export const defaultSteps = 6_000;

export function isOmission(word: string): word is Omission {
  return omissions.some((omission) => omission === word);
}

export function toWalkOptions({ seed, steps, without }: Told): WalkOptions {
  const is = (omission: Omission): boolean => without.includes(omission);
  const weather: Weather = {
    ...usualWeather,
    ...(is('lies') ? { lies: 0 } : {}),
    ...(is('stalls') ? { stalls: 0, workerStalls: 0 } : {}),
    ...(is('crashes') ? { crashes: 0 } : {}),
    ...(is('messages') ? { messages: false } : {}),
    ...(is('errors') ? { errors: false } : {}),
  };
  const character = {
    ...(is('meddling') ? { meddling: 0 } : {}),
    ...(is('rejections') ? { rejects: false } : {}),
  };
  return { seed, stormSteps: steps, weather, character };
}

/** The command that walks the same way again. */
export function toCommand({ seed, steps, without }: Told): string {
  const few = steps === defaultSteps ? '' : ` --steps ${steps}`;
  const less = without.length === 0 ? '' : ` --without ${without.join(',')}`;
  return `npm run simulate -- --seed ${seed}${few}${less}`;
}
