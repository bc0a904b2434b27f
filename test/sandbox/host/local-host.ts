import { createHash } from 'node:crypto';
import path from 'node:path';

import { createBlobStore } from './blob-store.ts';
import { createFunctionRunner, type FunctionRunner } from './function-runner.ts';
import { realClock, type HostClock } from './host-clock.ts';
import { readHostConfig, type HostConfig, type Settings } from './host-config.ts';
import { createHostLog, type HostLog } from './host-log.ts';
import type { HostState } from './admin-api.ts';
import { startHttpListener } from './http-listener.ts';
import { loadApp, type LoadedApp } from './load-app.ts';
import { readSetting } from './replace-settings.ts';
import {
  createBlobScheduleStore,
  createMemoryScheduleStore,
  type ScheduleStore,
} from './schedule-store.ts';
import { startTrigger, type StartedFunction } from './start-trigger.ts';
import { parseStorageAccount } from './storage-account.ts';

export interface LocalHostOptions {
  /** The folder with host.json and package.json, whose `main` is loaded. */
  readonly appRoot: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** App settings. They are put over the environment, which the app reads, until the host stops. */
  readonly settings?: Settings;
  /** In place of the setting `AzureWebJobsStorage`. */
  readonly connectionString?: string;
  /** What `x-functions-key` must hold for functions of another level than anonymous, and then for `/admin` too. */
  readonly masterKey?: string;
  /** Hosts with the same id and storage share their timers: one of them ticks. Default: setting `AzureFunctionsWebHost__hostid`, or from the folder. */
  readonly hostId?: string;
  readonly clock?: HostClock;
  /** In [0, 1), for the polling delay. */
  readonly fraction?: () => number;
  /** Only warnings and worse are written. */
  readonly quiet?: boolean;
  /** Takes whole lines; default standard output. */
  readonly write?: (line: string) => void;
  /** How long `stop` waits for runs that have begun; default 30 s. */
  readonly drainMs?: number;
}

export interface LocalHost {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  readonly port: number;
  /** Why nothing runs; empty where host.json is right. Every route then answers 503. */
  readonly problems: readonly string[];
  readonly functionNames: readonly string[];
  readonly log: HostLog;
  /** Takes nothing new, lets what runs finish, runs the app's `appTerminate` hooks for at most 5 s. May be called twice. */
  stop(): Promise<void>;
}

const terminateMs = 5_000;

/**
 * Runs the built app in this process through the real `@azure/functions` model: timers, storage queues, HTTP. Resolves when the triggers
 * run. One host at a time in a process, since the library is one per process. Rejects only where the port is taken.
 */
export async function createLocalHost(options: LocalHostOptions): Promise<LocalHost> {
  const appRoot = path.resolve(options.appRoot);
  const clock = options.clock ?? realClock;
  const environment = enterEnvironment(options);
  const settings = { ...process.env };
  const read = readHostConfig(appRoot, settings);
  const config = read.kind === 'config' ? read.config : undefined;
  const problems = read.kind === 'problems' ? read.problems : [];
  const log = createHostLog({
    write: options.write ?? ((line) => process.stdout.write(line)),
    now: () => clock.now(),
    quiet: options.quiet ?? false,
    levels: () => config?.logLevel ?? {},
  });
  const life: Life = { state: config === undefined ? 'Error' : 'Running', started: [] };
  const http = await startHttpListener({
    port: options.port,
    functions: () => life.started.flatMap((one) => one.http ?? []),
    runner: () => life.runner,
    admin: {
      state: () => life.state,
      functionNames: () => life.started.map((one) => one.target.name),
      fire: (name, input) => fire(life, log, name, input),
    },
    ...(options.masterKey === undefined ? {} : { masterKey: options.masterKey }),
    log,
  }).catch((error: unknown) => {
    environment.leave();
    throw error;
  });
  for (const problem of problems) log.write('error', 'Host.Startup', problem);
  if (config !== undefined) {
    await startApp(life, { ...options, appRoot, clock, settings, config, log });
  }
  const stop = async (): Promise<void> => {
    life.state = 'Stopping';
    http.refuse();
    await drain(life, log, options.drainMs ?? 30_000);
    await http.close();
    environment.leave();
  };
  let stopping: Promise<void> | undefined;
  return {
    address: http.address,
    port: http.port,
    problems,
    functionNames: life.started.map((one) => one.target.name),
    log,
    stop: async () => {
      stopping ??= stop();
      await stopping;
    },
  };
}

interface Life {
  state: HostState;
  started: readonly StartedFunction[];
  runner?: FunctionRunner;
  app?: LoadedApp;
}

interface StartOptions extends LocalHostOptions {
  readonly clock: HostClock;
  readonly settings: Settings;
  readonly config: HostConfig;
  readonly log: HostLog;
}

async function startApp(life: Life, options: StartOptions): Promise<void> {
  const { appRoot, clock, config, log, settings } = options;
  const app = await loadApp(appRoot, log);
  const runner = createFunctionRunner({
    app,
    log,
    clock,
    ...(config.functionTimeoutMs === undefined ? {} : { timeoutMs: config.functionTimeoutMs }),
  });
  life.app = app;
  life.runner = runner;
  let store: ScheduleStore | undefined;
  const schedules = (): ScheduleStore => (store ??= openSchedules(options));
  const fraction = options.fraction ?? Math.random;
  const started: StartedFunction[] = [];
  for (const target of app.functions) {
    if (isDisabled(target.name, settings)) {
      log.write('information', 'Host.Startup', `Function '${target.name}' is disabled`);
      continue;
    }
    try {
      started.push(
        startTrigger(target, { settings, config, runner, schedules, log, clock, fraction }),
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.write('error', 'Host.Startup', `The '${target.name}' function is in error: ${reason}`);
    }
  }
  life.started = started;
  const names = started.map((one) => one.target.name).join(', ');
  log.write('information', 'Host.Startup', `Found ${started.length} functions: ${names || 'none'}`);
}

function isDisabled(name: string, settings: Settings): boolean {
  const value =
    readSetting(settings, `AzureWebJobs.${name}.Disabled`) ??
    readSetting(settings, `AzureWebJobs__${name}__Disabled`);
  return value === '1' || value?.toLowerCase() === 'true';
}

/** In blobs where the storage has them and a key to sign with, else in memory. */
function openSchedules(options: StartOptions): ScheduleStore {
  const { appRoot, log, settings } = options;
  const account = parseStorageAccount(readSetting(settings, 'AzureWebJobsStorage') ?? '');
  if (account.key === undefined || account.blobEndpoint === undefined) {
    log.write('warning', 'Host.Timers', 'no blob storage: timers keep their status in memory only');
    return createMemoryScheduleStore();
  }
  const hash = createHash('sha256').update(appRoot).digest('hex').slice(0, 16);
  const hostId =
    options.hostId ?? readSetting(settings, 'AzureFunctionsWebHost__hostid') ?? `local-${hash}`;
  const blobs = createBlobStore({
    accountName: account.name,
    accountKey: account.key,
    endpoint: account.blobEndpoint,
    container: 'azure-webjobs-hosts',
    now: () => Date.now(), // a signature needs the real time, whatever clock the host runs by
  });
  return createBlobScheduleStore(blobs, hostId);
}

function fire(life: Life, log: HostLog, name: string, input: string | undefined): boolean {
  const found = life.started.find((one) => one.target.name.toLowerCase() === name.toLowerCase());
  const { runner } = life;
  if (found?.handInput === undefined || runner === undefined || life.state !== 'Running') {
    return false;
  }
  found
    .handInput(input)
    .then(async (given) => await runner.run(found.target, given))
    .catch((error: unknown) => {
      log.write('error', 'Host.General', `cannot start '${name}' by hand: ${String(error)}`);
    });
  return true;
}

/** Lets the runs end, but not for ever, and then gives the app its last word. */
async function drain(life: Life, log: HostLog, drainMs: number): Promise<void> {
  const { app, runner } = life;
  const listeners = life.started.map(async (one) => await one.listener?.stop());
  const isEnded = await within(drainMs, Promise.all([...listeners, runner?.waitForAll()]));
  if (!isEnded) {
    const left = runner?.running ?? 0;
    log.write('warning', 'Host.General', `${left} runs were cut off after ${drainMs} ms`);
  }
  if (app === undefined) return;
  const context = { hookData: app.startHookData, appHookData: app.appHookData };
  const runHooks = async (): Promise<void> => {
    for (const hook of app.hooks('appTerminate')) await hook(context);
  };
  const isTold = await within(
    terminateMs,
    runHooks().catch((error: unknown) => {
      log.write('error', 'Host.General', `an appTerminate hook failed: ${String(error)}`);
    }),
  );
  if (!isTold) log.write('warning', 'Host.General', 'the appTerminate hooks took longer than 5 s');
}

async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const done = new AbortController();
  const late = realClock.sleep(ms, done.signal).then(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    done.abort();
  }
}

/** Puts the settings where the app reads them, and gives the environment back as it was. */
function enterEnvironment(options: LocalHostOptions): { leave(): void } {
  const added: Settings = {
    ...options.settings,
    ...(options.connectionString === undefined
      ? {}
      : { AzureWebJobsStorage: options.connectionString }),
  };
  const before = Object.keys(added).map((name) => [name, process.env[name]] as const);
  for (const [name, value] of Object.entries(added)) setVariable(name, value);
  return {
    leave: () => {
      for (const [name, value] of before) setVariable(name, value);
    },
  };
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
