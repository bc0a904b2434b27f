import type { CycleState } from '../model/cycle-state.ts';
import type { Absorbed } from './absorb-people.ts';

/** Counts what a page came to, and remembers whose attributes are still to be read. */
export function addToState(state: CycleState, absorbed: Absorbed): CycleState {
  return {
    ...state,
    changed: state.changed + absorbed.changed,
    scheduled: state.scheduled + absorbed.scheduled,
    unreadable: state.unreadable + absorbed.unreadable,
    toRead: [...new Set([...state.toRead, ...absorbed.unknown])],
  };
}
