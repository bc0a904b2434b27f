import type { CycleState } from '../model/cycle-state.ts';

export interface BeginContext {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly fingerprint: string;
  readonly planOnly: boolean;
  readonly drift: {
    /** The team is compared with what we applied so often. */
    readonly everyMs: number;
    /** When it last was, in milliseconds since 1970; 0 for never. */
    readonly lastAt: number;
    /** True where somebody wants it now. */
    readonly isAsked: boolean;
  };
}

type Stream = CycleState['users'];

const noStream: Stream = { delta: null, next: null };
/** People whom Entra did not show are asked for again after so long. */
const unresolvedWaitMs = 10 * 60_000;
/** While a deployment replaces one configuration by another, both are alive for so long at most. */
const handoverMs = 15 * 60_000;

/**
 * The very first cycle, or the first after Graph forgot where we were: everything is read, the team as well, and all links are kept. Pure.
 */
export function beginFresh(
  context: BeginContext,
  kept: Pick<CycleState, 'replaced' | 'excluded'> = { replaced: null, excluded: {} },
): CycleState {
  return {
    id: context.id,
    kind: 'initial',
    isFresh: true,
    epoch: context.id,
    phase: 'links',
    startedAt: context.now,
    fingerprint: context.fingerprint,
    replaced: kept.replaced,
    planOnly: context.planOnly,
    reconciles: true,
    users: noStream,
    groups: noStream,
    cursor: null,
    isScopeEmpty: false,
    assignments: '',
    memberReads: [],
    membersRead: false,
    unread: [],
    toRead: [],
    unresolved: [],
    unresolvedAt: 0,
    unreadable: 0,
    changed: 0,
    scheduled: 0,
    restarts: 0,
    excluded: kept.excluded,
  };
}

/** The next cycle after another one. Pure. An initial cycle reads everything again; the streams go on from where they were. */
export function beginNext(last: CycleState, context: BeginContext): CycleState {
  const isReplaced = last.fingerprint !== context.fingerprint;
  const replaced = isReplaced ? { fingerprint: last.fingerprint, at: context.now } : last.replaced;
  const fresh = beginFresh(context, { replaced, excluded: last.excluded });
  if (last.users.delta === null || last.groups.delta === null) return fresh;
  const { epoch } = last;
  const streams = { epoch, users: rewind(last.users), groups: rewind(last.groups) };
  if (isReplaced || (last.planOnly && !context.planOnly)) {
    return { ...fresh, ...streams, isFresh: last.isFresh && last.phase !== 'done' };
  }
  return {
    ...fresh,
    ...streams,
    kind: 'incremental',
    isFresh: false,
    phase: 'users',
    reconciles: isDriftDue(context),
    assignments: last.assignments,
    unread: last.unread,
    ...askAgain(last, context.now),
  };
}

function isDriftDue({ now, drift }: BeginContext): boolean {
  return drift.isAsked || now - drift.lastAt >= drift.everyMs;
}

/** People whom Entra did not show wait, and are then read in this cycle. */
function askAgain(
  { unresolved, unresolvedAt }: CycleState,
  now: number,
): Pick<CycleState, 'toRead' | 'unresolved' | 'unresolvedAt'> {
  const isDue = now - unresolvedAt >= unresolvedWaitMs;
  return isDue
    ? { toRead: unresolved, unresolved: [], unresolvedAt: now }
    : { toRead: [], unresolved, unresolvedAt };
}

/** A page of a round lives for minutes, its beginning for days. */
function rewind({ delta }: Stream): Stream {
  return { delta, next: null };
}

/** A cycle under way that can not go on as it is: the configuration or the mode is another one by now. */
export function isOutdated(state: CycleState, context: BeginContext): boolean {
  return state.fingerprint !== context.fingerprint || (state.planOnly && !context.planOnly);
}

/** True for an instance of the release that is just being replaced: it leaves the cycle to the new one. */
export function isReplacedInstance({ replaced }: CycleState, context: BeginContext): boolean {
  const isOld = replaced?.fingerprint === context.fingerprint;
  return isOld && context.now - replaced.at < handoverMs;
}
