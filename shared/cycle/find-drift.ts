import type { CycleState } from '../model/cycle-state.ts';
import { closeDrift } from './drift/close-drift.ts';
import { comparePeople } from './drift/compare-people.ts';
import { doubtListing } from './drift/doubt-listing.ts';
import { formatDriftPosition, parseDriftPosition } from './drift/drift-position.ts';
import { orPostpone, postponeDrift } from './drift/postpone-drift.ts';
import { surveyTeam } from './drift/survey-team.ts';
import { sweepListings } from './drift/sweep-listings.ts';
import { verifyGroups } from './drift/verify-groups.ts';
import { listingOf } from './list-team.ts';
import type { Step, StepContext } from './step.ts';

/**
 * Compares the team, as this cycle has listed it, with what we last applied. Nothing is mended here: whoever differs is scheduled to be read
 * back, and a link to a member whom Dropbox does not know by id either waits in `held`.
 */
export const findDrift: Step = orPostpone(async (state, context) => {
  const position = parseDriftPosition(state);
  switch (position?.stage) {
    case undefined:
      return survey(state, context);
    case 'people':
      return comparePeople(state, position, context.deps);
    case 'groups':
      return verifyGroups(state, position, context);
    case 'sweep':
      return sweepListings(state, position, context);
    case 'end':
      return closeDrift(state, position, context.deps);
  }
});

async function survey(state: CycleState, context: StepContext): Promise<CycleState> {
  const { deps } = context;
  const found = await surveyTeam(listingOf(state), context);
  if (await doubtListing(found, deps)) {
    const { linked, missing } = found;
    deps.log.warn('teamListingDoubted', { linked, missing: missing.length });
    return postponeDrift(state, deps);
  }
  const { strangers, someStrangers } = found;
  const counts = { differing: 0, gone: 0, short: 0, strangers, someStrangers: [...someStrangers] };
  const position = { stage: 'people', after: '', swept: 0, ...counts } as const;
  return { ...state, cursor: formatDriftPosition(position) };
}
