import type { Selection } from './selection.ts';

/** What a stream watches. */
export interface Watch {
  readonly stream: 'users' | 'groups';
  readonly select: Selection;
  /** The ids of the filter; null for all. */
  readonly ids: readonly string[] | null;
}

/** The changes after version `from` up to version `to`; everything there is where `from` is null. */
export interface Segment extends Watch {
  readonly from: number | null;
  readonly to: number;
  readonly seed: number;
}
