import type { CycleState } from '../model/cycle-state.ts';
import { CursorExpiredError, ThrottledError, TransientError } from '../model/errors.ts';
import { saveTeamPage } from '../rows/inventory.ts';
import type { CycleDeps } from './deps.ts';
import { probeTeam, updateHeartbeat } from './heartbeat.ts';
import { orPostpone, postponeDrift } from './drift/postpone-drift.ts';
import type { Step } from './step.ts';
import { formatTeamPlace, parseTeamPlace, type TeamPlace } from './team-place.ts';

/** So often in a row a listing whose cursor Dropbox forgot begins again at once; then it waits. */
const restartLimit = 3;
const forgottenWaitMs = 5 * 60_000;
/** In place of a cursor: the listing begins anew, no sooner than the time that follows. */
const waitMark = 'not before ';

/** Later listings sort after earlier ones, so that a row of one under way counts as well as one of the last complete one. */
export function listingOf({ startedAt, id }: Pick<CycleState, 'startedAt' | 'id'>): string {
  return `${firstListingAt(startedAt)}|${id}`;
}

/** Sorts after all listings that began before this time, in milliseconds since 1970, and before all others. */
export function firstListingAt(time: number): string {
  return String(Math.max(0, time)).padStart(14, '0');
}

/** The team's members, a page; the first page asks before whether it is still the same team. */
export const listMembers: Step = orPostpone(async (state, { deps }) => {
  const place = parseTeamPlace(state);
  if (place !== undefined && place.phase !== 'team') return { ...state, phase: place.phase };
  const cursor = cursorOf(state, deps);
  if (cursor === undefined) await askTeam(deps, () => probeTeam(deps));
  try {
    const page = await askTeam(deps, () => deps.team.readMembers(cursor));
    await saveTeamPage(deps.tables, listingOf(state), { members: page.items });
    return page.hasMore ? at(state, 'team', page.cursor) : at(state, 'teamGroups', '');
  } catch (error) {
    if (error instanceof CursorExpiredError) return startAgain(state, 'team', deps);
    throw error;
  }
});

/** The team's groups, a page. After the last one this listing is the one that counts. */
export const listGroups: Step = orPostpone(async (state, { deps }) => {
  const cursor = cursorOf(state, deps);
  try {
    const page = await askTeam(deps, () => deps.team.readGroups(cursor));
    await saveTeamPage(deps.tables, listingOf(state), { groups: page.items });
    if (page.hasMore) return at(state, 'teamGroups', page.cursor);
  } catch (error) {
    if (error instanceof CursorExpiredError) return startAgain(state, 'teamGroups', deps);
    throw error;
  }
  const listedAt = deps.clock.now();
  const listing = listingOf(state);
  await updateHeartbeat(deps, (heartbeat) => ({ ...heartbeat, listing, listedAt }));
  return state.kind === 'initial'
    ? { ...state, cursor: null, phase: 'assignments' }
    : at(state, 'drift', '');
});

function at(state: CycleState, phase: TeamPlace['phase'], place: string): CycleState {
  return { ...state, phase, cursor: formatTeamPlace({ phase, at: place }) };
}

/** Undefined for the first page. Throws where the listing is to wait before it begins anew. */
function cursorOf(state: CycleState, deps: CycleDeps): string | undefined {
  const cursor = parseTeamPlace(state)?.at ?? '';
  if (cursor === '') return undefined;
  if (!cursor.startsWith(waitMark)) return cursor;
  const waitMs = Number(cursor.slice(waitMark.length)) - deps.clock.now();
  if (waitMs <= 0) return undefined;
  throw new TransientError('cannot list the team: Dropbox forgets its cursors', waitMs);
}

/**
 * The listing begins anew; after the third time in a row an initial cycle waits, while others do without. The wait is written down where the
 * cursor was: thrown with the cursor still there, it would be forgotten and asked for for ever.
 */
async function startAgain(
  state: CycleState,
  phase: TeamPlace['phase'],
  deps: CycleDeps,
): Promise<CycleState> {
  deps.log.warn('teamListingForgotten', { phase, restarts: state.restarts });
  if (state.restarts < restartLimit) {
    return { ...at(state, phase, ''), restarts: state.restarts + 1 };
  }
  if (state.kind !== 'initial') return postponeDrift(state, deps);
  const until = deps.clock.now() + forgottenWaitMs;
  return { ...at(state, phase, `${waitMark}${until}`), restarts: 0 };
}

/** Asks Dropbox no sooner than it allows, and tells all instances when it asks for patience. */
export async function askTeam<T>(deps: CycleDeps, question: () => Promise<T>): Promise<T> {
  const { notBefore } = await deps.brake.look();
  const waitMs = notBefore - deps.clock.now();
  if (waitMs > 0) {
    throw new TransientError('cannot ask Dropbox: it asked for patience', waitMs);
  }
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof ThrottledError)) throw error;
    await deps.brake.throttle(error.retryAfterMs);
    throw new TransientError(error.message, error.retryAfterMs, { cause: error });
  }
}
