import type { CycleState } from '../../model/cycle-state.ts';
import { StorageConflictError } from '../../model/errors.ts';
import type { TableAction } from '../../model/ports.ts';
import { writeMany } from '../../model/table-pages.ts';
import { listingPartitions, membersTable, readOutdatedRows } from '../../rows/inventory.ts';
import type { CycleDeps } from '../deps.ts';
import { firstListingAt } from '../list-team.ts';
import type { StepContext } from '../step.ts';
import { formatDriftPosition, type DriftPosition } from './drift-position.ts';

/** So many rows go at a time; the rest goes next time. */
const rowsPerPartition = 500;

/**
 * Deletes what no listing has shown for as long as two comparisons lie apart, so that the table does not grow for ever: far longer than a
 * worker goes by the listing before this one.
 */
export async function sweepListings(
  state: CycleState,
  position: DriftPosition,
  { deps, lease, deadline }: StepContext,
): Promise<CycleState> {
  const keepFrom = firstListingAt(state.startedAt - 2 * deps.cycle.driftEveryMs);
  let { swept } = position;
  for (const partition of listingPartitions.slice(swept)) {
    await lease.keep();
    await sweepPartition(deps, partition, keepFrom);
    swept += 1;
    if (deps.clock.now() >= deadline) break;
  }
  const stage = swept < listingPartitions.length ? 'sweep' : 'end';
  return { ...state, cursor: formatDriftPosition({ ...position, stage, swept }) };
}

async function sweepPartition(deps: CycleDeps, partition: string, keepFrom: string): Promise<void> {
  let left = rowsPerPartition;
  for await (const actions of readOutdatedRows(deps.tables, partition, keepFrom)) {
    await deleteRows(deps, partition, actions.slice(0, left));
    left -= actions.length;
    if (left <= 0) return;
  }
}

/** A row that was listed anew meanwhile, or is gone, is left to the next time, with the others of its page. */
async function deleteRows(
  deps: CycleDeps,
  partition: string,
  actions: readonly TableAction[],
): Promise<void> {
  try {
    await writeMany(deps.tables, membersTable, partition, actions);
  } catch (error) {
    if (!(error instanceof StorageConflictError)) throw error;
  }
}
