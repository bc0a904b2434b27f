import { expect, test } from 'vitest';
import { applySlot } from '../../shared/apply/apply-slot.ts';
import { tick } from '../../shared/cycle/tick.ts';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { pending, teamLines, userRow } from '../world/look.ts';
import { passMinutes, work } from '../world/run.ts';
import type { World } from '../world/world.ts';
import {
  accepted,
  adaId,
  desire,
  invited,
  memberWrites,
  release,
  taking,
  takingNothing,
} from './leaver.ts';

interface Scenario {
  readonly name: string;
  /** Up to the moment when the worker has something to do. */
  readonly begin: () => Promise<World>;
  readonly ends: string;
  /** How often Dropbox is to have done this, whatever happens. */
  readonly once: string;
}

const scenarios: readonly Scenario[] = [
  {
    name: 'removes an invitation in place of a suspension',
    begin: async () => {
      const here = await invited();
      await desire(here, taking('suspend', 'suspend'));
      return here;
    },
    ends: 'nobody',
    once: 'removeMember',
  },
  {
    name: 'brings somebody back who accepted just before that',
    begin: async () => {
      const here = await invited();
      here.dropbox.replace({
        removeMember: async (...input) => {
          here.team.accept(adaId);
          return here.team.removeMember(...input);
        },
      });
      await desire(here, taking('suspend', 'suspend'));
      return here;
    },
    ends: 'ada (suspended)',
    once: 'removeMember',
  },
  {
    name: 'unsuspends somebody',
    begin: async () => {
      const here = await accepted();
      await release(here, 'suspend');
      await desire(here, takingNothing);
      return here;
    },
    ends: 'ada (active): design',
    once: 'unsuspendMember',
  },
  {
    name: 'recovers somebody',
    begin: async () => {
      const here = await accepted();
      await release(here, 'remove');
      await desire(here, takingNothing);
      return here;
    },
    ends: 'ada (active): design',
    once: 'recoverMember',
  },
  {
    name: 'invites somebody anew who cannot be recovered',
    begin: async () => {
      const here = await accepted();
      await release(here, 'remove');
      here.clock.jump(8 * 86_400_000);
      await desire(here, takingNothing);
      return here;
    },
    ends: 'ada (invited): design',
    once: 'removeMember',
  },
];

/** True where the worker died at that write; whatever happens, it ends the same. */
async function dying({ begin, ends, once }: Scenario, write: number): Promise<boolean> {
  const here = await begin();
  await dispatch(here.deps);
  here.crash.at(write);
  const message = here.doorbell.receive();
  let died = false;
  try {
    await applySlot(message ?? { slot: 0, token: '' }, here.deps);
  } catch {
    died = true;
  }
  here.crash.revive();
  here.clock.jump(200_000);
  await tick(here.deps);
  await work(here);
  await passMinutes(here, 15);
  const present = teamLines(here).filter((line) => /^ada \((?!removed)/.test(line));
  expect(present).toEqual(ends === 'nobody' ? [] : [ends]);
  expect(memberWrites(here).filter((kind) => kind === once)).toEqual([once]);
  const { applied, desired } = await userRow(here, 'ada');
  expect(applied).toMatchObject({ generation: desired.generation, error: null, intended: null });
  expect(applied.suspendedByUs).toBe(ends === 'ada (suspended)');
  expect(applied.removedByUs).toBe(ends === 'nobody');
  expect(pending(here)).toEqual([]);
  return died;
}

test.each(scenarios)(
  'a worker that dies at any write while it $name ends the same',
  async (one) => {
    let write = 0;
    while (await dying(one, write)) write += 1;
    expect(write).toBeGreaterThan(4);
  },
);
