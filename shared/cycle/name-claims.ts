import type { GroupRow, GroupSource } from '../model/group-row.ts';
import { wantedGroupName } from '../plan/desire-group.ts';
import { loadGroups } from '../rows/groups.ts';
import { settleClaims } from './claims.ts';
import type { CycleDeps } from './deps.ts';

export interface MetGroup {
  readonly row: GroupRow;
  readonly source: GroupSource;
}

/** Names differ for Dropbox only if they differ in more than the case of their letters. */
function nameOf(source: GroupSource): string | undefined {
  return wantedGroupName(source)?.toLowerCase();
}

/** Which groups want one name; a group that carries it in Dropbox already has no rivals. */
export async function settleNameClaims(
  deps: CycleDeps,
  met: readonly MetGroup[],
): Promise<{
  readonly rivalsOf: (row: GroupRow, source: GroupSource) => readonly string[];
  readonly others: readonly MetGroup[];
  readonly commit: () => Promise<void>;
}> {
  const wishes = met.map(({ row, source }) => ({
    id: row.id,
    before: nameOf(row.source),
    after: nameOf(source),
  }));
  const claims = await settleClaims(deps, 'groupName', wishes);
  const others = await loadGroups(deps.tables, claims.others);
  return {
    rivalsOf(row, source) {
      const name = nameOf(source);
      if (name === undefined || row.applied.name?.toLowerCase() === name) return [];
      return claims.ownersOf(name).filter((id) => id !== row.id);
    },
    others: others.flatMap((row) => (row.etag === undefined ? [] : [{ row, source: row.source }])),
    commit: () => claims.commit(),
  };
}
