import { generateWorld, type World } from '../directory/generate-world.ts';
import { documentSchema } from '../dropbox/team-document.ts';
import { directorySchema } from '../entra/directory-schema.ts';
import type { ControlClient } from './control-client.ts';
import type { Home, Ports } from './home.ts';

/** The control APIs of both emulators. */
export interface Emulators {
  readonly entra: ControlClient;
  readonly dropbox: ControlClient;
}

/** The tenant and the team as they are before the app starts: made and loaded where they are new, else as they were left. */
export async function loadWorld(
  home: Home,
  { entra, dropbox }: Emulators,
  ports: Ports,
): Promise<World> {
  if (!home.isNew) {
    return {
      directory: await entra.read('/directory', directorySchema),
      team: await dropbox.read('/team', documentSchema),
    };
  }
  const world = generateWorld(home.world);
  await entra.write('PUT', '/directory', world.directory);
  await dropbox.write('PUT', '/team', world.team);
  await home.markSeeded(ports);
  return world;
}
