import type { LogRecord } from '../model/log-record.ts';
import type { TableAction, TableStore } from '../model/ports.ts';
import { writeMany } from '../model/table-pages.ts';

export const logsTable = 'ProvisioningLogs';

/** Later times sort first. 14 digits reach to the year 5138. */
export function reverseTime(at: number): string {
  return String(99_999_999_999_999 - at).padStart(14, '0');
}

/** Writes records; the same record written twice is one record, so that a repeated run does not double the log. */
export async function saveLogRecords(
  tables: TableStore,
  records: readonly LogRecord[],
): Promise<void> {
  const actionsByDay = new Map<string, Map<string, TableAction>>();
  for (const record of records) {
    const day = new Date(record.at).toISOString().slice(0, 10);
    const { identity, operation, outcome } = record;
    const rowKey = `${reverseTime(record.at)}|${identity}|${operation}|${outcome}`;
    const actions = actionsByDay.get(day) ?? new Map<string, TableAction>();
    actions.set(rowKey, {
      kind: 'upsert',
      rowKey,
      columns: {
        v: 1,
        at: record.at,
        identity: record.identity,
        operation: record.operation,
        outcome: record.outcome,
        code: record.code,
        reason: record.reason.slice(0, 4_000),
        changes: JSON.stringify(record.changes).slice(0, 30_000),
        targetId: record.targetId,
        ...(record.attempt === undefined ? {} : { attempt: record.attempt }),
      },
    });
    actionsByDay.set(day, actions);
  }
  for (const [day, actions] of actionsByDay) {
    await writeMany(tables, logsTable, day, [...actions.values()]);
  }
}
