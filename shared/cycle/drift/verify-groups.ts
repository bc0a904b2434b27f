import type { CycleState } from '../../model/cycle-state.ts';
import { groupEntryId, ranks, type Entry } from '../../outbox/entry.ts';
import { schedule } from '../../outbox/schedule.ts';
import { readGroups } from '../../rows/read-groups.ts';
import type { StepContext } from '../step.ts';
import { formatDriftPosition, type DriftPosition } from './drift-position.ts';

/**
 * Every linked group is scheduled to be read back with its whole membership, since a listing shows neither. While the job only plans nobody
 * would carry that out; the initial cycle with which planning ends schedules them.
 */
export async function verifyGroups(
  state: CycleState,
  position: DriftPosition,
  { deps, lease }: StepContext,
): Promise<CycleState> {
  const cursor = formatDriftPosition({ ...position, stage: 'sweep' });
  if (state.planOnly) return { ...state, cursor };
  const due = deps.scheduleFrom ?? deps.clock.now();
  let scheduled = 0;
  for await (const rows of readGroups(deps.tables)) {
    await lease.keep();
    const linked = rows.filter(({ applied }) => applied.groupId !== null);
    const entries = linked.map(({ id }): Entry => ({
      id: groupEntryId(id),
      rank: ranks.groups,
      due,
      verify: true,
    }));
    await schedule(deps.tables, entries);
    scheduled += entries.length;
  }
  return { ...state, cursor, scheduled: state.scheduled + scheduled };
}
