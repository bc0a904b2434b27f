import { outboxMutants } from './mutations-outbox.ts';
import { takingMutants } from './mutations-taking.ts';
import type { WalkOptions } from './walk.ts';

/** The engine with a bug put in on purpose, and the walks in which it shows. */
export interface Mutant extends Omit<WalkOptions, 'seed'> {
  /** What is said of a walk in which the bug itself shows, and not only a consequence far off; any problem where nothing is given. */
  readonly shows?: RegExp;
}

/** Walks of each of these must end wrong for some seed; the same walks without the bug end right. */
export const mutants: { readonly [name: string]: Mutant } = { ...takingMutants, ...outboxMutants };
