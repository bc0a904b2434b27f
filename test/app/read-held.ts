import { readRange } from '../../shared/model/table-pages.ts';
import { heldPartition, heldTable } from '../../shared/rows/held.ts';
import type { SandboxRun } from './sandbox-run.ts';

/** What waits for a judgement, as `u:<id> suspend said blocked`: identity, effect, kind, code; sorted. */
export async function readHeld({ tables }: SandboxRun): Promise<readonly string[]> {
  const held: string[] = [];
  for await (const rows of readRange(tables, heldTable, heldPartition)) {
    for (const { rowKey, columns } of rows) {
      const { effect, kind, code } = columns;
      held.push([rowKey.slice(rowKey.indexOf('|') + 1), effect, kind, code].join(' '));
    }
  }
  return held.toSorted();
}
