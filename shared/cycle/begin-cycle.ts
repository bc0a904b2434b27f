import type { CycleState } from '../model/cycle-state.ts';

export interface BeginContext {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly fingerprint: string;
  readonly planOnly: boolean;
}

const noStream = { delta: null, next: null };

/** The next cycle after one that is done, or the first. Pure. An initial cycle reads everything again and keeps all links. */
export function beginCycle(last: CycleState | undefined, context: BeginContext): CycleState {
  const isInitial = last === undefined || mustBeInitial(last, context);
  return {
    id: context.id,
    kind: isInitial ? 'initial' : 'incremental',
    phase: isInitial ? 'links' : 'users',
    startedAt: context.now,
    fingerprint: context.fingerprint,
    planOnly: context.planOnly,
    users: isInitial ? noStream : last.users,
    groups: isInitial ? noStream : last.groups,
    cursor: null,
    assignments: last?.assignments ?? '',
    memberReads: [],
    membersRead: false,
    unread: isInitial ? [] : last.unread,
    toRead: [],
    unreadable: 0,
    changed: 0,
    scheduled: 0,
    restarts: 0,
    excluded: last?.excluded ?? {},
  };
}

/** The configuration changed, planning only was left, or a stream has no beginning (Graph forgot it). */
function mustBeInitial(last: CycleState, context: BeginContext): boolean {
  if (last.fingerprint !== context.fingerprint) return true;
  if (last.planOnly && !context.planOnly) return true;
  return last.users.delta === null || last.groups.delta === null;
}

/** A cycle under way that can not go on as it is: the configuration or the mode is another one by now. */
export function isOutdated(state: CycleState, context: BeginContext): boolean {
  return state.fingerprint !== context.fingerprint || (state.planOnly && !context.planOnly);
}
