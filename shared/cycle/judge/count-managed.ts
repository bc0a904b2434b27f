import type { Heartbeat } from '../../model/job.ts';
import { readRange } from '../../model/table-pages.ts';
import { readEdges } from '../../rows/edges.ts';
import { groupsTable, parseGroupRow } from '../../rows/groups.ts';
import { parseOrPassOver } from '../../rows/identity-rows.ts';
import { partitions, parseUserRow, usersTable } from '../../rows/users.ts';
import type { CycleDeps } from '../deps.ts';
import { updateHeartbeat } from '../heartbeat.ts';

/** The guards' percentages move slowly: a count is good for so long. */
const recountMs = 24 * 3_600_000;

/** How many people and memberships we manage. Goes through all rows once a day at most, and only where something is to be taken away. */
export async function countManaged(
  deps: CycleDeps,
  { managed }: Pick<Heartbeat, 'managed'>,
): Promise<Heartbeat['managed']> {
  const at = deps.clock.now();
  if (managed.at > 0 && at - managed.at < recountMs) return managed;
  const counted = { at, people: await countPeople(deps), memberships: await countEdges(deps) };
  await updateHeartbeat(deps, (heartbeat) => ({ ...heartbeat, managed: counted }));
  return counted;
}

async function countPeople({ tables }: CycleDeps): Promise<number> {
  let people = 0;
  for (const partition of partitions) {
    for await (const rows of readRange(tables, usersTable, partition)) {
      for (const row of rows) {
        const user = parseOrPassOver(row, parseUserRow);
        const memberId = user?.applied.memberId ?? null;
        if (memberId !== null && user?.applied.status !== 'removed') people += 1;
      }
    }
  }
  return people;
}

async function countEdges({ tables }: CycleDeps): Promise<number> {
  let memberships = 0;
  for (const partition of partitions) {
    for await (const rows of readRange(tables, groupsTable, partition)) {
      for (const row of rows) {
        const group = parseOrPassOver(row, parseGroupRow);
        if ((group?.applied.groupId ?? null) === null) continue;
        for await (const edges of readEdges(tables, row.rowKey)) {
          memberships += edges.filter(({ applied }) => applied).length;
        }
      }
    }
  }
  return memberships;
}
