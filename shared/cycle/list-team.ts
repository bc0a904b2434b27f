import type { CycleState } from '../model/cycle-state.ts';
import { CursorExpiredError, ThrottledError, TransientError } from '../model/errors.ts';
import { saveTeamPage } from '../rows/inventory.ts';
import type { CycleDeps } from './deps.ts';
import { probeTeam, updateHeartbeat } from './heartbeat.ts';
import type { Step } from './step.ts';

/** Later listings sort after earlier ones, so that a row of one under way counts as well as one of the last complete one. */
function listingOf({ startedAt, id }: Pick<CycleState, 'startedAt' | 'id'>): string {
  return `${String(startedAt).padStart(14, '0')}|${id}`;
}

/** The team's members, a page; the first page asks before whether it is still the same team. */
export const listMembers: Step = async (state, { deps }) => {
  if (state.cursor === null) await askTeam(deps, () => probeTeam(deps));
  try {
    const page = await askTeam(deps, () => deps.team.readMembers(state.cursor ?? undefined));
    await saveTeamPage(deps.tables, listingOf(state), { members: page.items });
    return page.hasMore
      ? { ...state, cursor: page.cursor }
      : { ...state, cursor: null, phase: 'teamGroups' };
  } catch (error) {
    if (error instanceof CursorExpiredError) return { ...state, cursor: null };
    throw error;
  }
};

/** The team's groups, a page. After the last one this listing is the one that counts. */
export const listGroups: Step = async (state, { deps }) => {
  try {
    const page = await askTeam(deps, () => deps.team.readGroups(state.cursor ?? undefined));
    await saveTeamPage(deps.tables, listingOf(state), { groups: page.items });
    if (page.hasMore) return { ...state, cursor: page.cursor };
  } catch (error) {
    if (error instanceof CursorExpiredError) return { ...state, cursor: null };
    throw error;
  }
  const listedAt = deps.clock.now();
  const listing = listingOf(state);
  await updateHeartbeat(deps, (heartbeat) => ({ ...heartbeat, listing, listedAt }));
  return { ...state, cursor: null, phase: 'assignments' };
};

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
