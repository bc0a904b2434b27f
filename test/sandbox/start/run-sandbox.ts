import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { createAzureTables } from '../../../shared/storage/azure-tables.ts';
import type { World } from '../directory/generate-world.ts';
import { expectTeam } from '../oracle/expect-team.ts';
import type { ExpectedTeam } from '../oracle/expected-team.ts';
import { createControlClient, writesSchema } from './control-client.ts';
import { describeSummary } from './describe-summary.ts';
import { describeWrite } from './describe-write.ts';
import type { Display } from './display.ts';
import { followApp, type Followed } from './follow-app.ts';
import { gatherFindings } from './gather-findings.ts';
import type { Home } from './home.ts';
import { describeHowTo } from './how-to.ts';
import { loadWorld, type Emulators } from './load-world.ts';
import type { StartOptions } from './options.ts';
import type { ProgressReader } from './progress.ts';
import { readHealth } from './read-health.ts';
import { buildReport, type Report } from './report.ts';
import {
  buildAppSettings,
  startApp,
  startServices,
  watchAzurite,
  type Services,
} from './sandbox-parts.ts';
import { PartDiedError, type Part, type Supervisor } from './supervisor.ts';
import { createTableProgress } from './table-progress.ts';
import { createWriteTally } from './write-tally.ts';

export interface Run {
  readonly options: StartOptions;
  readonly home: Home;
  readonly supervisor: Supervisor;
  readonly display: Display;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Told as soon as it is known, so that the caller can stop Azurite whatever happens. */
  readonly onServices: (services: Services) => void;
}

/**
 * Starts everything, follows the app until there is nothing left to do, tells what came of it, and with `--once` is done; else stays and
 * tells what follows from changes until the signal. Resolves to the exit code; throws PartDiedError when a part ends by itself.
 */
export async function runSandbox(run: Run): Promise<number> {
  const { options, home, supervisor, display } = run;
  display.say(home.isNew ? describeWorld(home) : `Going on in ${options.stateDirectory}`);
  const services = await startServices(supervisor, home, options);
  run.onServices(services);
  const ended = Promise.race([supervisor.trouble, watchAzurite(services.azurite)]);
  ended.catch(() => {}); // whoever waits for something races with it
  return Promise.race([ended, provision(run, services)]);
}

function describeWorld({ world }: Home): string {
  return `A tenant of ${world.users} people and ${world.groups} assigned groups (seed ${world.seed})`;
}

async function provision(run: Run, services: Services): Promise<number> {
  const { options, home, supervisor, display, now } = run;
  const emulators = {
    entra: createControlClient(services.entra.address),
    dropbox: createControlClient(services.dropbox.address),
  };
  const world = await loadWorld(home, emulators, {
    entra: portOf(services.entra),
    dropbox: portOf(services.dropbox),
  });
  const expected = expectTeam(world);
  const writes = await emulators.dropbox.read('/writes', writesSchema);
  const tables = createAzureTables({
    connection: { connectionString: services.azurite.connectionString },
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });
  const reader = createTableProgress(tables, now);
  const cycleBefore = home.isNew ? undefined : (await reader.readProgress()).lastCycle?.id;
  const startedAt = now();
  const { directory } = world;
  const settings = buildAppSettings(services, { directory, schedule: options.schedule });
  const app = await startApp(supervisor, settings);
  await refuseWrongSettings(app);
  const followed = await followApp({
    reader,
    dropbox: emulators.dropbox,
    writesBefore: writes.at(-1)?.sequence ?? 0,
    cycleBefore,
    tally: createWriteTally(expected),
    display,
    timeoutMs: options.timeoutSeconds * 1000 - (now() - startedAt),
    now,
    signal: run.signal,
  });
  const report = await conclude(run, {
    world,
    expected,
    followed,
    emulators,
    reader,
    app,
    startedAt,
  });
  const isGood = report.converged && report.differences.length === 0;
  if (options.once) return isGood ? 0 : 1;

  display.say('');
  const addresses = {
    app: app.address,
    entra: services.entra.address,
    dropbox: services.dropbox.address,
    storage: services.azurite.tableUrl,
    connectionString: services.azurite.connectionString,
  };
  display.say(describeHowTo(addresses, directory, expected));
  display.say('');
  return watchWrites(run, emulators, followed.lastWrite);
}

function portOf({ address }: Part): number {
  return Number(new URL(address).port);
}

/** With wrong settings the app stays up and does nothing: no use in waiting for it. */
async function refuseWrongSettings({ address }: Part): Promise<void> {
  const { isRunning, problems } = await readHealth(address);
  if (!isRunning) throw new PartDiedError(['the app does not run:', ...problems].join('\n    '));
}

interface Conclusion {
  readonly world: World;
  readonly expected: ExpectedTeam;
  readonly followed: Followed;
  readonly emulators: Emulators;
  readonly reader: ProgressReader;
  readonly app: Part;
  readonly startedAt: number;
}

async function conclude(run: Run, { app, ...conclusion }: Conclusion): Promise<Report> {
  const { options, display, now } = run;
  const seconds = (now() - conclusion.startedAt) / 1000;
  const report = buildReport(await gatherFindings({ ...conclusion, app: app.address, seconds }));
  if (options.reportPath !== undefined) {
    await writeFile(options.reportPath, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  display.say('');
  display.say(describeSummary(report));
  return report;
}

const watchEveryMs = 1000;

/** Tells every write to the team until the signal. */
async function watchWrites(run: Run, { dropbox }: Emulators, since: number): Promise<number> {
  let last = since;
  for (;;) {
    const writes = await dropbox.read(`/writes?since=${last}`, writesSchema);
    const time = new Date(run.now()).toISOString().slice(11, 19);
    for (const write of writes) {
      last = write.sequence;
      run.display.say(`${time}  Dropbox: ${describeWrite(write)}`);
    }
    await wait(watchEveryMs, undefined, { signal: run.signal });
  }
}
