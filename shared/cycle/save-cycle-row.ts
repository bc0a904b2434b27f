import type { Heartbeat } from '../model/job.ts';
import type { TableStore } from '../model/ports.ts';
import { reverseTime } from '../rows/log-records.ts';

const cyclesTable = 'Cycles';

/** One row for each cycle that did something, the latest first within its month. */
export async function saveCycleRow(
  tables: TableStore,
  cycle: NonNullable<Heartbeat['lastCycle']>,
): Promise<void> {
  const month = new Date(cycle.endedAt).toISOString().slice(0, 7);
  await tables.write(cyclesTable, month, [
    {
      kind: 'upsert',
      rowKey: `${reverseTime(cycle.startedAt)}|${cycle.id}`,
      columns: {
        v: 1,
        kind: cycle.kind,
        startedAt: cycle.startedAt,
        endedAt: cycle.endedAt,
        changed: cycle.changed,
        scheduled: cycle.scheduled,
      },
    },
  ]);
}
