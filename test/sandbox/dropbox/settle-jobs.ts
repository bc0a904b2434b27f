import type { Call } from './call.ts';
import { addArgument, addMembers } from './member-add.ts';
import { carryOutRemove, removeArgument } from './member-remove.ts';

/** Carries out what jobs have put off until now; the emulator has no timer and does it before the next request. */
export function settleJobs(call: Call): void {
  for (const job of call.jobs.readDue()) {
    if (job.pending === undefined) continue;
    const { argument, sequence } = job.pending;
    if (job.kind === 'add') {
      const { rows, changed } = addMembers(call, addArgument.parse(argument));
      call.jobs.put({ ...job, pending: undefined, result: rows });
      call.writes.complete(sequence, changed);
    } else {
      const changed = carryOutRemove(call, removeArgument.parse(argument));
      call.jobs.put({ ...job, pending: undefined });
      call.writes.complete(sequence, changed);
    }
  }
}
