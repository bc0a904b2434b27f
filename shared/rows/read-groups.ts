import type { GroupRow } from '../model/group-row.ts';
import type { TableStore } from '../model/ports.ts';
import { readRange } from '../model/table-pages.ts';
import { groupsTable, parseGroupRow } from './groups.ts';
import { parseOrPassOver } from './identity-rows.ts';
import { partitions } from './users.ts';

/** Every group we have a row of, page by page; a row that is not to be understood is passed over. */
export async function* readGroups(tables: TableStore): AsyncGenerator<readonly GroupRow[]> {
  for (const partition of partitions) {
    for await (const rows of readRange(tables, groupsTable, partition)) {
      yield rows.flatMap((row) => parseOrPassOver(row, parseGroupRow) ?? []);
    }
  }
}
