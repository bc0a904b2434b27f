import { expect, test } from 'vitest';
import { held, pending, teamLines, userRow } from '../world/look.ts';
import { passMinutes } from '../world/run.ts';
import type { World } from '../world/world.ts';
import { tick } from '../../shared/cycle/tick.ts';
import { loadRequest, saveRequest } from '../../shared/rows/requests.ts';
import { heartbeat, linkedTeam, settled } from './reconcile.ts';

/** Everything there is to find: a changed name, somebody gone, a stranger; and somebody has asked. */
async function prepare(): Promise<World> {
  const here = await settled(linkedTeam(['ada', 'bob', 'cleo']).member('yan').build());
  here.team.changeByHand('dbmid:ada', { surname: 'Byron' });
  here.team.removeByHand('dbmid:bob');
  here.team.removeByHand('dbmid:yan');
  await saveRequest(here.tables, { at: here.clock.now(), by: 'ops' });
  here.crash.revive();
  return here;
}

async function outcomeOf(here: World): Promise<unknown> {
  await passMinutes(here, 4);
  return {
    team: teamLines(here),
    surname: here.team.members()[0]?.surname,
    gone: (await userRow(here, 'bob')).applied.status,
    held: held(here),
    pending: pending(here).map((line) => line.replace(/ in \S+ (h|min|s)/, '')),
    strangers: here.tables
      .rows('ProvisioningLogs')
      .filter(({ columns }) => columns['code'] === 'unaccountedMembers').length,
    counted: (await heartbeat(here)).drift.strangers,
    invitations: here.team.invitations(),
    request: await loadRequest(here.tables),
  };
}

test('a comparison that dies between any two writes comes, gone on with, to the same', async () => {
  const whole = await prepare();
  await tick(whole.deps);
  const { writes } = whole.crash;
  const wanted = await outcomeOf(whole);
  expect(wanted).toMatchObject({
    surname: 'Example',
    gone: 'removed',
    held: ['x:bob remove memberGone'],
    strangers: 2,
    counted: 0,
    invitations: 0,
    request: undefined,
  });
  expect(writes).toBeGreaterThan(10);
  for (let write = 0; write < writes; write++) {
    const here = await prepare();
    here.crash.at(write);
    await tick(here.deps).catch(() => undefined);
    here.crash.revive();
    here.clock.jump(61_000);
    expect(await outcomeOf(here), `after a crash at write ${write}`).toEqual(wanted);
  }
});
