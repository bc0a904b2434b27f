import type { TableStore } from '../model/ports.ts';
import { loadGroups } from '../rows/groups.ts';
import { loadUsers } from '../rows/users.ts';
import { identityParts, type IdentityParts } from './identity-parts.ts';

const unknown = '?';

/** Whom the ids of `held` mean, by id: the mapped address, the group's name, or both for a membership. `?` where no row says. */
export async function nameItems(
  tables: TableStore,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const parts = ids.map(identityParts);
  const userIds = parts.flatMap((one) => (one !== undefined && 'userId' in one ? one.userId : []));
  const groupIds = parts.flatMap((one) =>
    one !== undefined && 'groupId' in one ? one.groupId : [],
  );
  const addresses = await loadAddresses(tables, [...new Set(userIds)]);
  const names = await loadNames(tables, [...new Set(groupIds)]);
  return new Map(ids.map((id, index) => [id, nameOf(parts[index], { addresses, names })]));
}

function nameOf(
  parts: IdentityParts | undefined,
  {
    addresses,
    names,
  }: {
    readonly addresses: ReadonlyMap<string, string>;
    readonly names: ReadonlyMap<string, string>;
  },
): string {
  switch (parts?.kind) {
    case undefined:
      return unknown;
    case 'group':
      return orUnknown(names.get(parts.groupId));
    case 'edge': {
      const address = orUnknown(addresses.get(parts.userId));
      return `${address} in ${orUnknown(names.get(parts.groupId))}`;
    }
    case 'user':
    case 'link':
      return orUnknown(addresses.get(parts.userId));
  }
}

function orUnknown(name: string | undefined): string {
  return name ?? unknown;
}

async function loadAddresses(
  tables: TableStore,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await loadUsers(tables, ids);
  return new Map(
    rows.map(({ id, desired, applied }) => [
      id,
      desired.target?.email ?? applied.actual?.email ?? unknown,
    ]),
  );
}

async function loadNames(
  tables: TableStore,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await loadGroups(tables, ids);
  return new Map(
    rows.map(({ id, desired, applied }) => [id, desired.name ?? applied.name ?? unknown]),
  );
}
