import type { UserRow, UserSource } from '../model/user-row.ts';
import { wantedAddress } from '../plan/desire-user.ts';
import { loadUsers } from '../rows/users.ts';
import { settleClaims } from './claims.ts';
import type { CycleDeps } from './deps.ts';

export interface MetPerson {
  readonly row: UserRow;
  readonly source: UserSource;
}

/** Which people want one address; a person who holds it in Dropbox already has no rivals. */
export async function settleAddressClaims(
  deps: CycleDeps,
  met: readonly MetPerson[],
): Promise<{
  readonly rivalsOf: (row: UserRow, source: UserSource) => readonly string[];
  readonly others: readonly MetPerson[];
  readonly commit: () => Promise<void>;
}> {
  const wishes = met.map(({ row, source }) => ({
    id: row.id,
    before: wantedAddress(row.id, row.source),
    after: wantedAddress(row.id, source),
  }));
  const claims = await settleClaims(deps, 'address', wishes);
  const others = await loadUsers(deps.tables, claims.others);
  return {
    rivalsOf(row, source) {
      const address = wantedAddress(row.id, source);
      const isHolder = row.applied.memberId !== null && row.applied.actual?.email === address;
      if (address === undefined || isHolder) return [];
      return claims.ownersOf(address).filter((id) => id !== row.id);
    },
    others: others.flatMap((row) => (row.etag === undefined ? [] : [{ row, source: row.source }])),
    commit: () => claims.commit(),
  };
}
