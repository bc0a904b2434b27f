import type { Columns, TableStore } from '../model/ports.ts';
import { logsTable } from '../rows/log-records.ts';
import type { Outcomes } from './failure-count.ts';
import { isLicenceRefusal } from './licence-gate.ts';

/**
 * The same tables, and a count of the operations that the provisioning log is told of through them: whatever is logged counts. A
 * later try that fails again counts for nothing, or a few people whom Dropbox never takes would stop everybody else each day anew. Nor does
 * a refusal for want of a licence.
 */
export function countOutcomes(tables: TableStore): {
  readonly tables: TableStore;
  outcomes(): Outcomes;
} {
  let done = 0;
  const codes: { [code: string]: number } = {};

  function count({ operation, outcome, code, attempt }: Columns): void {
    if (operation === 'none') return;
    if (outcome === 'applied' || outcome === 'alreadyDone') done += 1;
    const isFirst = attempt === undefined || attempt === 1;
    const name = String(code);
    if (outcome !== 'failed' || !isFirst || isLicenceRefusal(name)) return;
    codes[name] = (codes[name] ?? 0) + 1;
  }

  return {
    tables: {
      get: (table, partitionKey, rowKey) => tables.get(table, partitionKey, rowKey),
      page: (table, partitionKey, request) => tables.page(table, partitionKey, request),
      write: async (table, partitionKey, actions) => {
        const etags = await tables.write(table, partitionKey, actions);
        for (const action of table === logsTable ? actions : []) {
          if (action.kind === 'upsert') count(action.columns);
        }
        return etags;
      },
    },
    outcomes: () => ({ done, codes }),
  };
}
