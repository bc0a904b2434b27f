import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { TableStore } from '../../shared/model/ports.ts';
import { createAzureTables } from '../../shared/storage/azure-tables.ts';
import type { World } from '../sandbox/directory/generate-world.ts';
import type { TeamDocument } from '../sandbox/dropbox/team-types.ts';
import { documentSchema } from '../sandbox/dropbox/team-document.ts';
import { directorySchema } from '../sandbox/entra/directory-schema.ts';
import type { DirectoryChange } from '../sandbox/entra/directory-types.ts';
import { compareTeam } from '../sandbox/oracle/compare-team.ts';
import { expectTeam } from '../sandbox/oracle/expect-team.ts';
import {
  countsSchema,
  createControlClient,
  requestsSchema,
  type ControlClient,
  type Counts,
} from '../sandbox/start/control-client.ts';
import { openHome } from '../sandbox/start/home.ts';
import { loadWorld } from '../sandbox/start/load-world.ts';
import { parseOptions } from '../sandbox/start/options.ts';
import type { CycleNote, ProgressReader } from '../sandbox/start/progress.ts';
import { buildAppSettings, startServices } from '../sandbox/start/sandbox-parts.ts';
import { createSupervisor } from '../sandbox/start/supervisor.ts';
import { createTableProgress } from '../sandbox/start/table-progress.ts';
import { followCycle, followToRest } from './follow-run.ts';
import { runApp, type RunningApp } from './running-app.ts';

export interface RunOptions {
  /** Size of the made-up world: 40 people, 4 groups, seed 7 where nothing is said. */
  readonly users?: number;
  readonly groups?: number;
  readonly seed?: number;
  /** NCRONTAB with seconds; `byHand` is a time that does not come while a test runs. Every second where nothing is said. */
  readonly schedule?: string;
  /** Settings of the app over those that `npm start` gives. */
  readonly settings?: Settings;
  /** Settings of the emulators, by the names in their READMEs. */
  readonly graph?: EmulatorSettings;
  readonly dropbox?: EmulatorSettings;
}

type Settings = { readonly [name: string]: string };
type EmulatorSettings = { readonly [name: string]: unknown };

/** No cycle but those that a test starts. */
export const byHand = '0 0 0 1 1 *';

/** A tenant, a team and storage as processes of their own, and the app that is started and ended at will. */
export interface SandboxRun {
  readonly world: World;
  readonly entra: ControlClient;
  readonly dropbox: ControlClient;
  readonly tables: TableStore;
  readonly reader: ProgressReader;
  /** Connection string of the storage. */
  readonly storage: string;
  /** Starts the app, again where it was ended before, on the state that is there. */
  startApp(settings?: Settings): Promise<RunningApp>;
  /** Waits until nothing is left to do and a cycle has found nothing new; throws the reasons after `withinMs` (60 s). */
  converge(withinMs?: number): Promise<void>;
  /**
   * Starts one cycle by hand and waits until it and what it set off are done, or waits for the next one. Not for an app with a schedule of
   * its own.
   */
  cycle(): Promise<CycleNote>;
  /** The same for an app that plans only: what is due stays so. */
  plan(): Promise<CycleNote>;
  /** Cycles by hand until nothing is due soon. */
  load(): Promise<void>;
  change(...changes: readonly DirectoryChange[]): Promise<void>;
  /** What of the team is not as the oracle expects from the tenant as it is now and from the team as it was at `before` (the start). */
  compare(before?: TeamDocument): Promise<readonly string[]>;
  readTeam(): Promise<TeamDocument>;
  readCounts(): Promise<RunCounts>;
  /** HTTP requests to Graph that arrived within these milliseconds since 1970. */
  countGraphRequests(from: number, to: number): Promise<number>;
  /** Ends all parts and forgets everything. */
  stop(): Promise<void>;
}

export interface RunCounts {
  readonly graph: Counts;
  readonly dropbox: Counts;
}

/** Starts everything but the app, and loads the world. */
export async function startRun(options: RunOptions = {}): Promise<SandboxRun> {
  const { users = 40, groups = 4, seed = 7, schedule = '*/1 * * * * *' } = options;
  const startOptions = readOptions({ users, groups, seed });
  const home = await openHome(startOptions);
  const supervisor = createSupervisor(home.logDirectory);
  const services = await startServices(supervisor, home, startOptions);
  const entra = createControlClient(services.entra.address);
  const dropbox = createControlClient(services.dropbox.address);
  const ports = {
    entra: portOf(services.entra.address),
    dropbox: portOf(services.dropbox.address),
  };
  const world = await loadWorld(home, { entra, dropbox }, ports);
  await entra.write('PUT', '/settings', options.graph ?? {});
  await dropbox.write('PUT', '/settings', options.dropbox ?? {});
  const tables = createAzureTables({
    connection: { connectionString: services.azurite.connectionString },
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });
  const reader = createTableProgress(tables, Date.now);
  const apps: RunningApp[] = [];
  const settings = {
    ...buildAppSettings(services, { directory: world.directory, schedule }),
    // A killed app's work is looked at again after seconds, not minutes.
    SLOT_CLAIM_SECONDS: '6',
    LEASE_SECONDS: '6',
    ...options.settings,
  };
  const readTeam = (): Promise<TeamDocument> => dropbox.read('/team', documentSchema);
  const follow = { reader, dropbox, app: () => apps.at(-1) };
  return {
    world,
    entra,
    dropbox,
    tables,
    reader,
    readTeam,
    storage: services.azurite.connectionString,
    startApp: async (changed = {}) => {
      const logDirectory = join(home.logDirectory, `app-${apps.length + 1}`);
      // The host's own lock on its timers would outlive a kill by fifteen seconds; a host of another name does not wait for it.
      const host = { AzureFunctionsWebHost__hostid: `test-${apps.length + 1}` };
      const app = await runApp(logDirectory, { ...settings, ...host, ...changed });
      apps.push(app);
      return app;
    },
    converge: (withinMs = 60_000) => followToRest(follow, { withinMs, isLarge: users > 2_000 }),
    cycle: () => followCycle(follow, 'work'),
    plan: () => followCycle(follow, 'cycle'),
    load: async () => {
      for (let cycles = 0; cycles < 30; cycles += 1) {
        await followCycle(follow, 'work');
        const { pending } = await reader.readProgress();
        if (pending.due + pending.soon === 0) return;
        await wait(1_000); // a job is polled, or an answer is looked for, after a while
      }
      throw new Error('the initial load does not end');
    },
    change: (...changes) => entra.write('POST', '/changes', changes),
    compare: async (before = world.team) => {
      const directory = await entra.read('/directory', directorySchema);
      return compareTeam(expectTeam({ directory, team: before }), await readTeam());
    },
    readCounts: async () => ({
      graph: await entra.read('/counts', countsSchema),
      dropbox: await dropbox.read('/counts', countsSchema),
    }),
    countGraphRequests: async (from, to) => {
      const requests = await entra.read('/requests', requestsSchema);
      const own = requests.filter(({ partOf }) => partOf === undefined);
      return own.filter(({ at }) => at >= from && at <= to).length;
    },
    stop: async () => {
      await Promise.all(apps.map((app) => app.kill()));
      await supervisor.stop();
      await services.azurite.stop();
      await home.close();
    },
  };
}

function readOptions(world: { readonly [option: string]: number }) {
  const args = Object.entries(world).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const parsed = parseOptions(args);
  if (parsed.kind !== 'run') throw new Error('cannot read the size of the world');
  return parsed.options;
}

function portOf(address: string): number {
  return Number(new URL(address).port);
}
