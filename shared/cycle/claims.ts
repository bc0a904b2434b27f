import type { TableAction } from '../model/ports.ts';
import { writeMany } from '../model/table-pages.ts';
import { claimAction, loadClaims, type Claim, type ClaimKind } from '../rows/claims.ts';
import { membersTable } from '../rows/inventory.ts';
import type { CycleDeps } from './deps.ts';

/** What an identity wanted before this page, and what it wants now; undefined for nothing. */
export interface Wish {
  readonly id: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface SettledClaims {
  /** Everybody who wants this value, the asker included. */
  ownersOf(value: string): readonly string[];
  /** Identities outside the page whose rivals came or went with it. */
  readonly others: readonly string[];
  /** Gives up the values nobody of the page wants any more. New claims stand before this is called. */
  commit(): Promise<void>;
}

/**
 * Whoever wants a value that Dropbox gives out once (an address, a group name) says so in one place, so that two with one value are both
 * seen before anything is written to Dropbox.
 */
export async function settleClaims(
  deps: CycleDeps,
  kind: ClaimKind,
  wishes: readonly Wish[],
): Promise<SettledClaims> {
  const values = [...new Set(wishes.flatMap(({ before, after }) => [before ?? '', after ?? '']))];
  const wanted = values.filter((value) => value !== '');
  const claims = await loadClaims(deps.tables, kind, wanted);
  const owners = new Map(wanted.map((value, index) => [value, new Set(claims[index]?.owners)]));
  const { touched, moved } = addOwners(wishes, owners);
  await saveClaims(
    deps,
    claims,
    [...touched].map((value) => [wanted.indexOf(value), owners.get(value)]),
  );
  const given = new Set<string>();
  for (const { id, before = '', after } of wishes) {
    if (before !== after && owners.get(before)?.delete(id) === true) given.add(before);
  }
  const own = new Set(wishes.map(({ id }) => id));
  const others = [...touched, ...moved, ...given].flatMap((value) => [
    ...(owners.get(value) ?? []),
  ]);
  return {
    ownersOf: (value) => [...(owners.get(value) ?? [])].toSorted(),
    others: [...new Set(others)].filter((id) => !own.has(id)).toSorted(),
    async commit() {
      if (given.size === 0) return;
      const freed = [...given];
      const current = await loadClaims(deps.tables, kind, freed);
      await saveClaims(
        deps,
        current,
        freed.map((value, index) => [index, owners.get(value)]),
      );
    },
  };
}

/** Adds whoever wants a value to its owners: `touched` values have new ones, `moved` are wanted by somebody who did not before. */
function addOwners(
  wishes: readonly Wish[],
  owners: ReadonlyMap<string, Set<string>>,
): { readonly touched: ReadonlySet<string>; readonly moved: ReadonlySet<string> } {
  const touched = new Set<string>();
  const moved = new Set<string>();
  for (const { id, before, after = '' } of wishes) {
    const set = owners.get(after);
    if (set === undefined) continue;
    // Where the claim stands already, a crash may have come between it and the rows of the rivals: they are told again.
    if (before !== after) moved.add(after);
    if (set.has(id)) continue;
    set.add(id);
    touched.add(after);
  }
  return { touched, moved };
}

async function saveClaims(
  deps: CycleDeps,
  claims: readonly Claim[],
  next: readonly (readonly [number, ReadonlySet<string> | undefined])[],
): Promise<void> {
  const actionsByPartition = new Map<string, TableAction[]>();
  for (const [index, owners] of next) {
    const claim = claims[index];
    if (claim === undefined || owners === undefined) continue;
    const actions = actionsByPartition.get(claim.partitionKey) ?? [];
    actions.push(claimAction(claim, [...owners].toSorted()));
    actionsByPartition.set(claim.partitionKey, actions);
  }
  await Promise.all(
    [...actionsByPartition].map(([partition, actions]) =>
      writeMany(deps.tables, membersTable, partition, actions),
    ),
  );
}
