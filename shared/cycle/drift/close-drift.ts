import type { CycleState } from '../../model/cycle-state.ts';
import type { Heartbeat } from '../../model/job.ts';
import type { LogRecord } from '../../model/log-record.ts';
import { loadHeartbeat } from '../../rows/job.ts';
import { saveLogRecords } from '../../rows/log-records.ts';
import type { CycleDeps } from '../deps.ts';
import { updateHeartbeat } from '../heartbeat.ts';
import type { DriftPosition } from './drift-position.ts';
import { dropMetRequest } from './drop-met-request.ts';

/** Says what the comparison came to, and that it has been made. Strangers are told of where their number has changed. */
export async function closeDrift(
  state: CycleState,
  position: DriftPosition,
  deps: CycleDeps,
): Promise<CycleState> {
  const { value: heartbeat } = await loadHeartbeat(deps.tables);
  const drift = driftOf(position, heartbeat.drift);
  if (position.short > 0) deps.log.warn('teamListingShort', { members: position.short });
  if (drift.strangers !== heartbeat.drift.strangers) {
    await saveLogRecords(deps.tables, [recordOf(position, drift.strangers, heartbeat.listedAt)]);
  }
  if (drift.members + drift.gone > 0) deps.log.info('drift', drift);
  const reconciledAt = deps.clock.now();
  await updateHeartbeat(deps, (before) => ({ ...before, reconciledAt, drift }));
  await dropMetRequest(state, deps);
  return { ...state, cursor: null, reconciles: false, phase: 'judge' };
}

/** A listing that lacks members may lack strangers as well: that there are fewer now is not believed. */
function driftOf(
  { differing, gone, short, strangers }: DriftPosition,
  last: Heartbeat['drift'],
): Heartbeat['drift'] {
  const isLess = short > 0 && strangers < last.strangers;
  return { members: differing, gone, strangers: isLess ? last.strangers : strangers };
}

/** Of the time of the listing, so that a cycle that is run again writes the same record. */
function recordOf({ someStrangers }: DriftPosition, count: number, at: number): LogRecord {
  return {
    at,
    identity: '',
    operation: 'none',
    outcome: 'drift',
    code: 'unaccountedMembers',
    reason: `${count} members of the team were neither invited nor adopted; they are left alone`,
    changes: someStrangers.map((memberId) => ({ name: 'member', from: '', to: memberId })),
    targetId: '',
  };
}
