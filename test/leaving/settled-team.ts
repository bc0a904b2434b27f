import { passMinutes } from '../world/run.ts';
import { world, type World, type WorldOptions } from '../world/world.ts';

/** Five people and a group that Entra and Dropbox agree on; all have accepted. The admin who authorised us is nobody's user. */
export async function settledTeam(options: WorldOptions = {}): Promise<World> {
  const here = world()
    .member('admin')
    .user('ada')
    .user('bob')
    .user('cleo')
    .user('dan', { unassigned: true })
    .user('eve', { unassigned: true })
    .group('design', ['dan', 'eve'])
    .build(options);
  await passMinutes(here, 3);
  acceptAll(here);
  return here;
}

/** Everybody accepts their invitation. */
function acceptAll({ team }: World): void {
  for (const { memberId } of team.members()) team.accept(memberId);
}

/** The same with so many people, assigned directly: `a0`, `a1`, … and who accepted. */
export async function largeTeam(size: number, options: WorldOptions = {}): Promise<World> {
  const builder = world().member('admin');
  for (let index = 0; index < size; index++) builder.user(`a${index}`);
  const here = builder.build({ pageSize: 50, ...options });
  await passMinutes(here, 3);
  acceptAll(here);
  return here;
}
