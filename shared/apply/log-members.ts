import type { GroupRow } from '../model/group-row.ts';
import type { LogRecord } from '../model/log-record.ts';
import { saveLogRecords } from '../rows/log-records.ts';
import { recordOfGroup } from './save-group.ts';
import type { Hands } from './settle-user.ts';

/** One line of the provisioning log about these people, who came into a group or left it. */
export async function logMembers(
  row: GroupRow,
  {
    memberIds,
    operation,
    ...what
  }: Pick<LogRecord, 'outcome'> & {
    readonly operation: 'addGroupMembers' | 'removeGroupMembers';
    readonly memberIds: readonly string[];
    readonly reason?: string;
  },
  { deps }: Hands,
): Promise<void> {
  const changes = memberIds.map((memberId) =>
    operation === 'addGroupMembers'
      ? { name: 'member', from: '', to: memberId }
      : { name: 'member', from: memberId, to: '' },
  );
  await saveLogRecords(deps.tables, [recordOfGroup(row, deps, { operation, ...what, changes })]);
}
