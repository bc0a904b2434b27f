import { z } from 'zod';
import type { TableAction, TableStore } from '../model/ports.ts';
import { loadMany } from '../model/table-pages.ts';
import { fromJsonColumns, toJsonColumns } from './json-columns.ts';
import { membersTable } from './inventory.ts';
import { textKey } from './text-key.ts';

const ownersSchema = z.array(z.string());

/** Who wants one value that Dropbox gives out once: an e-mail address, or a group name. */
export interface Claim {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly etag: string | undefined;
  /** Ids of the people (or groups) that want it, sorted. */
  readonly owners: readonly string[];
}

export type ClaimKind = 'address' | 'groupName';

/** The claims on these values, in the order asked. Values differ whatever the case of their letters only if they differ otherwise. */
export async function loadClaims(
  tables: TableStore,
  kind: ClaimKind,
  values: readonly string[],
): Promise<readonly Claim[]> {
  const keys = values.map((value) => {
    const rowKey = textKey(value.toLowerCase());
    return { partitionKey: `claim-${kind}-${rowKey.slice(0, 1)}`, rowKey };
  });
  const rows = await loadMany(tables, membersTable, keys);
  return keys.map((key, index) => {
    const row = rows[index];
    if (row === undefined) return { ...key, etag: undefined, owners: [] };
    return { ...key, etag: row.etag, owners: ownersSchema.parse(fromJsonColumns(row, 'owners')) };
  });
}

/** Sets the owners of a claim, on condition that it is as it was read. */
export function claimAction(claim: Claim, owners: readonly string[]): TableAction {
  const columns = toJsonColumns('owners', owners);
  return claim.etag === undefined
    ? { kind: 'insert', rowKey: claim.rowKey, columns }
    : { kind: 'merge', rowKey: claim.rowKey, columns, etag: claim.etag };
}
