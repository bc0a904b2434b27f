import type { TableAction, TableStore } from '../model/ports.ts';
import { readRange } from '../model/table-pages.ts';

export const assignmentsTable = 'Assignments';

export type PrincipalKind = 'user' | 'group';

/** The assignments of one principal as they were last taken in, with the cycle that did. */
export interface AssignmentRow {
  readonly id: string;
  readonly roles: readonly string[];
  /** False for a group whose members have not been read whole yet. */
  readonly isRead: boolean;
  readonly takenIn: string;
}

/** All principals of one kind, page by page. */
export async function* readAssignmentRows(
  tables: TableStore,
  kind: PrincipalKind,
): AsyncGenerator<readonly AssignmentRow[]> {
  for await (const rows of readRange(tables, assignmentsTable, kind)) {
    yield rows.map(({ rowKey, columns }) => ({
      id: rowKey,
      roles: String(columns['roles'] ?? '')
        .split(' ')
        .filter((role) => role !== ''),
      isRead: columns['isRead'] === true,
      takenIn: String(columns['takenIn'] ?? ''),
    }));
  }
}

/** The groups whose members are in scope. */
export async function loadAssignedGroups(tables: TableStore): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const rows of readAssignmentRows(tables, 'group')) {
    for (const { id, roles } of rows) if (roles.length > 0) ids.add(id);
  }
  return ids;
}

/** Written only after everything that follows from it has been saved; a group is marked as read only after all its members are. */
export function assignmentAction({ id, roles, takenIn, isRead }: AssignmentRow): TableAction {
  return { kind: 'upsert', rowKey: id, columns: { roles: roles.join(' '), takenIn, isRead } };
}

/** Takes a principal out that is not assigned any more. */
export function dropAssignmentAction(id: string): TableAction {
  return { kind: 'delete', rowKey: id, etag: '*' };
}
