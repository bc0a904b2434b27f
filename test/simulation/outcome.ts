import { parsePendingEntry } from '../../shared/outbox/entry.ts';
import { loadOutbox } from '../../shared/outbox/outbox-row.ts';
import { loadEdges, type EdgeRow } from '../../shared/rows/edges.ts';
import { parseGroupRow } from '../../shared/rows/groups.ts';
import { readHeld } from '../../shared/rows/held.ts';
import { parseUserRow } from '../../shared/rows/users.ts';
import type { GroupRow } from '../../shared/model/group-row.ts';
import type { UserRow } from '../../shared/model/user-row.ts';
import type { MemoryTables } from '../memory/memory-tables.ts';
import { judgeGroups } from './judge-groups.ts';
import { judgePeople } from './judge-people.ts';
import { judgeRows } from './judge-rows.ts';
import type { Stage } from './stage.ts';

/** The rows as they are at the end. */
export interface Rows {
  readonly users: readonly UserRow[];
  readonly groups: readonly GroupRow[];
  readonly edges: readonly EdgeRow[];
}

/**
 * Everything that is not as it must be when all is calm; empty where all is well. The team is judged from Entra, from the policy and from
 * the simulation's own records; the rows are asked only who was ever linked.
 */
export async function judgeOutcome(stage: Stage, slots: number): Promise<readonly string[]> {
  const { tables } = stage;
  const rows: Rows = {
    users: tables.rows('Users').map(parseUserRow),
    groups: tables.rows('Groups').map(parseGroupRow),
    edges: await loadAllEdges(tables),
  };
  return [
    ...(await judgeOutbox(stage, slots)),
    ...judgePeople(stage, rows),
    ...judgeGroups(stage, rows),
    ...judgeRows(stage, rows),
    ...(await judgeHeld(stage, rows)),
  ];
}

async function loadAllEdges(tables: MemoryTables): Promise<readonly EdgeRow[]> {
  const edges: EdgeRow[] = [];
  for (const { partitionKey, rowKey } of tables.rows('Memberships')) {
    if (!rowKey.startsWith('~')) edges.push(...(await loadEdges(tables, partitionKey, [rowKey])));
  }
  return edges;
}

/** What Dropbox refuses is tried again for weeks; nothing else waits. */
async function judgeOutbox(stage: Stage, slots: number): Promise<readonly string[]> {
  const { tables } = stage;
  const pending = tables
    .rows('Schedule')
    .filter(({ partitionKey }) => partitionKey === 'pending')
    .flatMap((row) => parsePendingEntry(row) ?? [])
    .filter(({ due }) => due <= stage.now());
  const outbox = await loadOutbox(tables, slots);
  return [
    ...pending.map(({ rowKey }) => `still pending: ${rowKey}`),
    ...outbox.slots.flatMap((slot, index) =>
      slot === undefined ? [] : [`slot ${index} is still taken: ${slot.ids.join()}`],
    ),
  ];
}

/** Only what a person refused, or nobody may touch, is still held; and nothing twice. */
async function judgeHeld(stage: Stage, { users }: Rows): Promise<readonly string[]> {
  const { operator, world, tables } = stage;
  const { protectedMembers } = stage.character.guards;
  const spared = new Set(
    users
      .filter(
        ({ id, applied }) => applied.memberId === world.admin || protectedMembers.includes(id),
      )
      .map(({ id }) => `u:${id}`),
  );
  const problems: string[] = [];
  const met = new Set<string>();
  for await (const entries of readHeld(tables)) {
    for (const { id } of entries) {
      if (met.has(id)) problems.push(`held more than once: ${id}`);
      met.add(id);
      if (!spared.has(id) && !operator.refused.has(id)) problems.push(`still held: ${id}`);
    }
  }
  return problems;
}
