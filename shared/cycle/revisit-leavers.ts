import { readRange } from '../model/table-pages.ts';
import { graceEndsAt } from '../plan/leaving-policy.ts';
import { saveGrace } from '../rows/grace.ts';
import { groupsTable, parseGroupRow } from '../rows/groups.ts';
import { parseOrPassOver } from '../rows/identity-rows.ts';
import { parseUserRow, partitions, usersTable } from '../rows/users.ts';
import { absorbGroups } from './absorb-groups.ts';
import { absorbPeople } from './absorb-people.ts';
import { addToState } from './add-to-state.ts';
import type { CycleState } from '../model/cycle-state.ts';
import type { Step, StepContext } from './step.ts';

/**
 * In an initial cycle: whoever has left is on no list any more, so that another configuration of leaving would never reach them. What is
 * desired of them is computed again, a partition at a time.
 */
export const revisitLeavers: Step = async (state, context) => {
  const [partition] = partitions.filter((one) => state.cursor === null || one > state.cursor);
  if (partition === undefined) return { ...state, cursor: null, phase: 'drift' };
  const next = await revisitPeople(state, partition, context);
  await revisitGroups(partition, context);
  return { ...next, cursor: partition };
};

async function revisitPeople(
  state: CycleState,
  partition: string,
  { deps, lease }: StepContext,
): Promise<CycleState> {
  let next = state;
  for await (const rows of readRange(deps.tables, usersTable, partition)) {
    await lease.keep();
    const left = rows
      .flatMap((row) => parseOrPassOver(row, parseUserRow) ?? [])
      .filter(({ desired }) => desired.given && desired.presence === 'absent');
    if (left.length === 0) continue;
    await saveGrace(
      deps.tables,
      left
        .filter(({ desired }) => desired.leftSince > 0)
        .map(({ id, desired }) => ({
          userId: id,
          due: graceEndsAt(desired.leftSince, deps.cycle.leaving),
        })),
    );
    next = addToState(
      next,
      await absorbPeople(deps, new Map(left.map(({ id }) => [id, {}])), left),
    );
  }
  return next;
}

async function revisitGroups(partition: string, { deps }: StepContext): Promise<void> {
  for await (const rows of readRange(deps.tables, groupsTable, partition)) {
    const left = rows
      .flatMap((row) => parseOrPassOver(row, parseGroupRow) ?? [])
      .filter(({ desired }) => desired.given && desired.presence === 'absent');
    await absorbGroups(deps, new Map(left.map(({ id }) => [id, {}])));
  }
}
