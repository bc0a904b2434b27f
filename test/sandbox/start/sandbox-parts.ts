import { fileURLToPath } from 'node:url';
import { startAzurite, type Azurite } from '../../tools/azurite.ts';
import type { Directory } from '../entra/directory-types.ts';
import type { Home } from './home.ts';
import type { StartOptions } from './options.ts';
import { PartDiedError, type Part, type Supervisor } from './supervisor.ts';

/** What the app talks to. */
export interface Services {
  readonly azurite: Azurite;
  readonly entra: Part;
  readonly dropbox: Part;
}

/** Starts Azurite and both emulators, side by side. */
export async function startServices(
  supervisor: Supervisor,
  home: Home,
  options: StartOptions,
): Promise<Services> {
  const { entraState, dropboxState, ports } = home;
  const emulator = (
    name: string,
    folder: 'entra' | 'dropbox',
    state: string | undefined,
  ): Promise<Part> =>
    supervisor.start({
      name,
      logFile: `${folder}.log`,
      args: [
        script(`../${folder}/main.ts`),
        `--port=${ports?.[folder] ?? 0}`,
        `--latency=${options.latencyMs}`,
        `--seed=${home.world.seed}`,
        ...(state === undefined ? [] : [`--state=${state}`]),
      ],
    });
  const starting = [
    startAzurite(home.azuriteDirectory === undefined ? {} : { location: home.azuriteDirectory }),
    emulator('the Entra emulator', 'entra', entraState),
    emulator('the Dropbox emulator', 'dropbox', dropboxState),
  ] as const;
  try {
    const [azurite, entra, dropbox] = await Promise.all(starting);
    return { azurite, entra, dropbox };
  } catch (error) {
    const azurite = await starting[0].catch(() => undefined);
    await azurite?.stop();
    throw error;
  }
}

/** Rejects when Azurite ends that should have stayed. */
export async function watchAzurite(azurite: Azurite): Promise<never> {
  try {
    return await azurite.died;
  } catch (error) {
    throw new PartDiedError(error instanceof Error ? error.message : String(error));
  }
}

/** The settings that an operator would give the app for these services. */
export function buildAppSettings(
  { azurite, entra, dropbox }: Services,
  { directory, schedule }: { readonly directory: Directory; readonly schedule: string },
): { readonly [name: string]: string } {
  return {
    SYNC_SCHEDULE: schedule,
    PROVISIONING_INITIAL_STATUS: 'on',
    ENTRA_TENANT_ID: directory.tenantId,
    ENTRA_APP_ID: directory.app.appId,
    GRAPH_BASE_URL: entra.address,
    // What the emulators expect unless their settings say otherwise; they mean nothing anywhere else.
    GRAPH_ACCESS_TOKEN: 'sandbox-token',
    DROPBOX_APP_KEY: 'sandbox-app-key',
    DROPBOX_APP_SECRET: 'sandbox-app-secret',
    DROPBOX_REFRESH_TOKEN: 'sandbox-refresh-token',
    DROPBOX_API_URL: dropbox.address,
    DROPBOX_AUTHORIZE_URL: `${dropbox.address}/oauth2/authorize`,
    DROPBOX_TOKEN_URL: `${dropbox.address}/oauth2/token`,
    AzureWebJobsStorage: azurite.connectionString,
  };
}

/** Starts the app under the local host. */
export function startApp(
  supervisor: Supervisor,
  settings: { readonly [name: string]: string },
): Promise<Part> {
  return supervisor.start({
    name: 'the app',
    logFile: 'app.log',
    args: [script('../app.ts'), '--port', '0'],
    env: settings,
  });
}

function script(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
