import { groupEntryId, ranks, type Entry } from '../outbox/entry.ts';
import type { TakenSlot } from '../outbox/slot.ts';
import type { ApplyDeps } from './deps.ts';

/** One worker's turn with one slot: what it may still do, and what is to come again. */
export interface Turn {
  readonly slot: TakenSlot;
  /**
   * Asked before each call to Dropbox. Waits out a not-before that ends within the claim. False: hand the rest back, because the brake is
   * on or because too little of the claim is left for a call to end within it. `atOnce`: false as well where it would have to wait, for
   * a call that rests on what was read just now.
   */
  mayCall(options?: { readonly atOnce: boolean }): Promise<boolean>;
  /** This identity is to be looked at again. */
  comeAgain(entry: Entry): void;
  /** A call about this identity was made: if the slot turns out to be lost, it is read back. */
  noteCall(entry: Entry): void;
  /** A person has become a member: whoever's group waits for them is to be looked at. */
  ringGroups(groupIds: readonly string[]): void;
  readonly again: readonly Entry[];
  readonly called: readonly Entry[];
}

/** A call must end within what is left of the claim; a third of it is kept for that. */
export function marginOf(claimMs: number): number {
  return Math.floor(claimMs / 3);
}

export function startTurn(slot: TakenSlot, deps: ApplyDeps): Turn {
  const again = new Map<string, Entry>();
  const called = new Map<string, Entry>();
  const lastCallAt = slot.until - marginOf(deps.outbox.claimMs);
  return {
    slot,
    async mayCall(options) {
      for (;;) {
        const brake = await deps.brake.look();
        const now = deps.clock.now();
        if (!brake.mayWrite || Math.max(now, brake.notBefore) > lastCallAt) return false;
        if (brake.notBefore <= now) return true;
        if (options?.atOnce === true) return false;
        await deps.clock.sleep(brake.notBefore - now);
      }
    },
    comeAgain(entry) {
      const other = again.get(entry.id);
      const verify = entry.verify || other?.verify === true;
      const due = other === undefined ? entry.due : Math.min(entry.due, other.due);
      again.set(entry.id, { ...entry, verify, due });
    },
    noteCall(entry) {
      called.set(entry.id, entry);
    },
    ringGroups(groupIds) {
      for (const groupId of groupIds) {
        const id = groupEntryId(groupId);
        if (!again.has(id)) {
          again.set(id, { id, rank: ranks.groups, due: deps.clock.now(), verify: false });
        }
      }
    },
    get again() {
      return [...again.values()];
    },
    get called() {
      return [...called.values()];
    },
  };
}
