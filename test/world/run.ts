import { applySlot } from '../../shared/apply/apply-slot.ts';
import { tick } from '../../shared/cycle/tick.ts';
import type { World } from './world.ts';

/** Works off what rings by now, and what that sets off, until the bell is quiet. Throws where it never is. */
export async function work({ deps, doorbell }: World): Promise<void> {
  for (let turns = 0; turns < 500; turns++) {
    const message = doorbell.receive();
    if (message === undefined) return;
    await applySlot({ slot: message.slot, token: message.token }, deps);
    doorbell.remove(message.id);
  }
  throw new Error('the bell never falls silent');
}

/** One tick of the timer, and the work it sets off. */
export async function cycle(here: World): Promise<void> {
  await tick(here.deps);
  await work(here);
}

/** Ticks a minute apart, with the work they set off: what a quarter of an hour brings. */
export async function passMinutes(here: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await cycle(here);
    here.clock.jump(60_000);
  }
}
