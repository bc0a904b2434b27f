import { isGroupEntry, objectIdOf } from '../outbox/entry.ts';
import { countOutcomes } from '../outbox/count-outcomes.ts';
import { dispatch } from '../outbox/dispatch.ts';
import { schedule } from '../outbox/schedule.ts';
import { finishSlot, takeSlot } from '../outbox/slot.ts';
import { applyGroup } from './apply-group.ts';
import { applyPeople } from './apply-people.ts';
import type { ApplyDeps } from './deps.ts';
import { startTurn } from './turn.ts';

/** As many entries as fit into the transaction that frees the slot. */
const finishLimit = 90;

/**
 * What a ring of the doorbell sets off: takes the slot, makes true what its rows desire, frees it and gives out the next. Safe under
 * doubled, late and lost messages and under a crash at any await. An error it does not know leaves the slot standing: the claim runs
 * out, and its identities are read back and tried again.
 */
export async function applySlot(
  message: { readonly slot: number; readonly token: string },
  deps: ApplyDeps,
): Promise<void> {
  const slot = await takeSlot(deps, message);
  if (slot === undefined) return;
  const turn = startTurn(slot, deps);
  const people = slot.ids.filter((id) => !isGroupEntry(id)).map(objectIdOf);
  const counted = countOutcomes(deps.tables);
  const counting = { ...deps, tables: counted.tables };
  if (people.length > 0) await applyPeople(people, turn, counting);
  for (const id of slot.ids.filter(isGroupEntry)) await applyGroup(objectIdOf(id), turn, counting);
  if (turn.again.length > finishLimit) {
    await schedule(deps.tables, turn.again);
    await finishSlot(deps, slot, { again: [], called: turn.called });
  } else {
    await finishSlot(deps, slot, turn);
  }
  await deps.brake.count(counted.outcomes());
  await dispatch(deps);
}
