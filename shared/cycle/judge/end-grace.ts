import { graceEndsAt } from '../../plan/leaving-policy.ts';
import { dropGrace, readDueGrace, saveGrace } from '../../rows/grace.ts';
import { loadUsers } from '../../rows/users.ts';
import { absorbPeople } from '../absorb-people.ts';
import type { StepContext } from '../step.ts';

/**
 * The grace period of these people is over: what is desired of them is computed again, and what that takes away goes into `held` like
 * anything else. Whoever has come back meanwhile, or has longer by now, is let be.
 */
export async function endGrace({ deps, lease, deadline }: StepContext): Promise<void> {
  for await (const entries of readDueGrace(deps.tables, deps.clock.now())) {
    if (deps.clock.now() > deadline) return;
    await lease.keep();
    const rows = await loadUsers(
      deps.tables,
      entries.map(({ userId }) => userId),
    );
    await absorbPeople(deps, new Map(entries.map(({ userId }) => [userId, {}])), rows);
    const longer = rows.flatMap(({ id, desired }) => {
      const due = graceEndsAt(desired.leftSince, deps.cycle.leaving);
      return desired.leftSince > 0 && due > deps.clock.now() ? [{ userId: id, due }] : [];
    });
    await saveGrace(deps.tables, longer);
    await dropGrace(deps.tables, entries);
  }
}
