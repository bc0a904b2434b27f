import type { TableStore } from '../model/ports.ts';
import { readRange } from '../model/table-pages.ts';
import { emptyUserRow, type UserRow } from '../model/user-row.ts';
import { parseOrPassOver } from './identity-rows.ts';
import { parseUserRow, partitionOf, partitions, usersTable } from './users.ts';

/**
 * Everybody we have a row of, page by page, in the order of their ids; from the person after `after` on where one is given. A row that is
 * not to be understood is an empty one, marked as unreadable.
 */
export async function* readUsers(
  tables: TableStore,
  after = '',
): AsyncGenerator<readonly UserRow[]> {
  for (const partition of partitions) {
    if (partition < partitionOf(after)) continue;
    const request = partition === partitionOf(after) ? { from: `${after}!` } : {};
    for await (const rows of readRange(tables, usersTable, partition, request)) {
      yield rows.map(
        (row) =>
          parseOrPassOver(row, parseUserRow) ?? { ...emptyUserRow(row.rowKey), isUnreadable: true },
      );
    }
  }
}
