import { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';

import type { FunctionRunner, RunInput } from './function-runner.ts';
import type { HostClock } from './host-clock.ts';
import type { HostConfig, Settings } from './host-config.ts';
import type { HostLog } from './host-log.ts';
import { toHttpFunction, type HttpFunction } from './http-functions.ts';
import type { LoadedFunction } from './load-app.ts';
import { parseNcrontab } from './ncrontab.ts';
import { startQueueListener, type Listener } from './queue-listener.ts';
import { readSetting, replaceSettings } from './replace-settings.ts';
import type { ScheduleStore } from './schedule-store.ts';
import { startTimerListener, toTimerInput } from './timer-listener.ts';

export interface TriggerOptions {
  readonly settings: Settings;
  readonly config: HostConfig;
  readonly runner: FunctionRunner;
  readonly schedules: () => ScheduleStore;
  readonly log: HostLog;
  readonly clock: HostClock;
  readonly fraction: () => number;
}

/** A function whose trigger is at work. */
export interface StartedFunction {
  readonly target: LoadedFunction;
  readonly listener?: Listener;
  readonly http?: HttpFunction;
  /** What the function is given when it is started by hand; absent where that is not possible. */
  readonly handInput?: (input: string | undefined) => Promise<RunInput>;
}

/** Starts the trigger of one function; throws where the function is in error, and then the others still start. */
export function startTrigger(target: LoadedFunction, options: TriggerOptions): StartedFunction {
  refuseBindings(target);
  switch (target.trigger.type.toLowerCase()) {
    case 'httptrigger':
      return { target, http: toHttpFunction(target, options.config.routePrefix) };
    case 'timertrigger':
      return startTimer(target, options);
    case 'queuetrigger':
      return startQueue(target, options);
    default:
      throw new Error(`this local host has no trigger "${target.trigger.type}"`);
  }
}

/** The local host carries out no output binding but the HTTP answer; leaving one out silently would lose what the app writes. */
function refuseBindings(target: LoadedFunction): void {
  const isHttp = target.trigger.type.toLowerCase() === 'httptrigger';
  for (const [name, { type }] of Object.entries(target.metadata.bindings)) {
    const isAnswer = isHttp && name === '$return' && type.toLowerCase() === 'http';
    if (name !== target.triggerName && !isAnswer) {
      throw new Error(`this local host has no binding "${type}" besides the trigger`);
    }
  }
}

const timerSchema = z.object({
  schedule: z.string(),
  useMonitor: z.boolean().default(true),
  runOnStartup: z.boolean().default(false),
});

const handReason = 'This function was programmatically called via the host APIs.';

function startTimer(target: LoadedFunction, options: TriggerOptions): StartedFunction {
  const trigger = timerSchema.parse(target.trigger);
  const text = replaceSettings(trigger.schedule, options.settings);
  const schedule = parseNcrontab(text);
  const useMonitor = trigger.useMonitor && !schedule.isSubMinute;
  const store = options.schedules();
  const next = new Date(schedule.next(options.clock.now())).toISOString();
  options.log.write(
    'information',
    'Host.Timers',
    `${target.name}: schedule "${text}", next ${next}`,
  );
  return {
    target,
    listener: startTimerListener({
      ...options,
      target,
      schedule,
      useMonitor,
      runOnStartup: trigger.runOnStartup,
      store,
    }),
    handInput: async () => ({
      data: toTimerInput(useMonitor ? await store.load(target.name) : undefined, false),
      reason: handReason,
    }),
  };
}

const queueSchema = z.object({
  queueName: z.string(),
  connection: z.string().default('AzureWebJobsStorage'),
});

function startQueue(target: LoadedFunction, options: TriggerOptions): StartedFunction {
  const trigger = queueSchema.parse(target.trigger);
  const queueName = replaceSettings(trigger.queueName, options.settings).toLowerCase();
  if (!/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(queueName)) {
    throw new Error(`"${queueName}" is no queue name: 3 to 63 letters, digits and single dashes`);
  }
  const connection = readConnection(trigger.connection, options.settings);
  const retry = { retryOptions: { maxTries: 3, retryDelayInMs: 400 } };
  return {
    target,
    listener: startQueueListener({
      ...options,
      target,
      config: options.config.queues,
      queue: new QueueClient(connection, queueName, retry),
      poisonQueue: new QueueClient(connection, `${queueName}-poison`, retry),
    }),
    handInput: async (input) =>
      await Promise.resolve({
        data: { string: input ?? '' },
        triggerMetadata: { QueueTrigger: { string: input ?? '' }, DequeueCount: { json: '0' } },
        reason: handReason,
      }),
  };
}

/** The connection string in the setting of that name, or in `AzureWebJobs` + name, as the real host looks for it. */
function readConnection(name: string, settings: Settings): string {
  const value = readSetting(settings, `AzureWebJobs${name}`) ?? readSetting(settings, name);
  if (value !== undefined && value !== '') return value;
  throw new Error(
    `the connection "${name}" is not set (identities are not known here: set a connection string)`,
  );
}
