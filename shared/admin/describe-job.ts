import type { TableStore } from '../model/ports.ts';
import { loadBrake, loadOperator } from '../rows/job.ts';

/** Why no cycle will act on a decision soon; undefined where the next one will. */
export async function describeStop(tables: TableStore): Promise<string | undefined> {
  const operator = (await loadOperator(tables))?.value;
  const { quarantine } = (await loadBrake(tables)).value;
  if (operator === undefined) return 'no cycle has ever run on this storage';
  if (operator.status === 'off') return 'the job is off';
  if (operator.status === 'planOnly') return 'the job only plans';
  if (operator.paused) return 'the job is paused';
  return quarantine === null ? undefined : `the job is in quarantine (${quarantine.code})`;
}
