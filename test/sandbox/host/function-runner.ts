import { randomBytes, randomUUID } from 'node:crypto';

import { z } from 'zod';

import { readProgrammingModel, type CoreInvocation, type LogLevel } from './functions-core.ts';
import type { TypedData } from './functions-core.ts';
import { sleepUntil, type HostClock } from './host-clock.ts';
import type { HostLog } from './host-log.ts';
import type { LoadedApp, LoadedFunction } from './load-app.ts';

/** What a trigger hands over, and why the function runs. */
export interface RunInput {
  readonly data: TypedData;
  readonly triggerMetadata?: { readonly [name: string]: TypedData };
  /** For the log: `Timer fired`, `New queue message`, … */
  readonly reason: string;
}

type RunResult =
  | { readonly kind: 'succeeded'; readonly returnValue: unknown }
  | { readonly kind: 'failed' }
  /** Longer than host.json allows: the handler goes on, since nothing can stop it, but nobody waits for it. */
  | { readonly kind: 'timedOut' };

export interface FunctionRunner {
  /** Never throws: a failure is in the log and in the result. */
  run(target: LoadedFunction, input: RunInput): Promise<RunResult>;
  /** How many runs have not come to a result. */
  readonly running: number;
  /** Resolves when no run is left. */
  waitForAll(): Promise<void>;
}

export interface RunnerOptions {
  readonly app: LoadedApp;
  readonly log: HostLog;
  readonly clock: HostClock;
  /** Absent: no limit. */
  readonly timeoutMs?: number;
}

const responseSchema = z.looseObject({ returnValue: z.unknown() });

/** Runs functions of one app through the library's programming model, with hooks, log lines and the time limit. */
export function createFunctionRunner(options: RunnerOptions): FunctionRunner {
  const { log, clock } = options;
  const running = new Set<Promise<RunResult>>();
  const run = async (target: LoadedFunction, input: RunInput): Promise<RunResult> => {
    const id = randomUUID();
    const title = `'Functions.${target.name}'`;
    const category = `Function.${target.name}`;
    const began = clock.now();
    log.write('information', category, `Executing ${title} (Reason='${input.reason}', Id=${id})`);
    const result = await limit(invoke(options, target, input, id), options);
    const took = `Id=${id}, Duration=${Math.round(clock.now() - began)}ms`;
    if (result.kind === 'timedOut') {
      const limitMs = options.timeoutMs ?? 0;
      log.write(
        'error',
        category,
        `Timeout value of ${limitMs}ms exceeded by function ${title} (Id: '${id}')`,
      );
    }
    if (result.kind === 'failed') log.write('error', category, `${title} threw: ${result.reason}`);
    const level: LogLevel = result.kind === 'succeeded' ? 'information' : 'error';
    const outcome = result.kind === 'succeeded' ? 'Succeeded' : 'Failed';
    log.write(level, category, `Executed ${title} (${outcome}, ${took})`);
    return result;
  };
  return {
    run: async (target, input) => {
      const result = run(target, input);
      running.add(result);
      try {
        return await result;
      } finally {
        running.delete(result);
      }
    },
    get running() {
      return running.size;
    },
    waitForAll: async () => {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

interface PostInvocation {
  readonly hookData: object;
  readonly appHookData: object;
  readonly invocationContext: object;
  readonly inputs: unknown[];
  result: unknown;
  error: unknown;
}

type Invoked =
  | { readonly kind: 'succeeded'; readonly returnValue: unknown }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'timedOut' };

async function limit(invocation: Promise<Invoked>, options: RunnerOptions): Promise<Invoked> {
  if (options.timeoutMs === undefined) return await invocation;
  const done = new AbortController();
  const late = sleepUntil(options.clock, options.timeoutMs, done.signal).then((): Invoked => ({
    kind: 'timedOut',
  }));
  try {
    return await Promise.race([invocation, late]);
  } finally {
    done.abort();
  }
}

/** One invocation in the order of the real worker; settles with a value whatever the handler does. */
async function invoke(
  options: RunnerOptions,
  target: LoadedFunction,
  input: RunInput,
  id: string,
): Promise<Invoked> {
  try {
    return { kind: 'succeeded', returnValue: await invokeModel(options, target, input, id) };
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'failed', reason };
  }
}

async function invokeModel(
  options: RunnerOptions,
  target: LoadedFunction,
  input: RunInput,
  id: string,
): Promise<unknown> {
  const { app } = options;
  const shared = { hookData: {}, appHookData: app.appHookData };
  const scope: { invocationContext?: object; hookData: object } = { hookData: shared.hookData };
  const core = createCore(options, target, input, { id, scope });
  const model = readProgrammingModel()?.getInvocationModel(core);
  if (model === undefined) throw new Error('the app has set no programming model');
  const { context, inputs } = await model.getArguments();
  scope.invocationContext = context;
  const before = {
    ...shared,
    invocationContext: context,
    functionCallback: target.callback,
    inputs,
  };
  core.state = 'preInvocationHooks';
  for (const hook of app.hooks('preInvocation')) await hook(before);
  const after: PostInvocation = {
    ...shared,
    invocationContext: context,
    inputs: before.inputs,
    result: null,
    error: null,
  };
  core.state = 'invocation';
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error ?? new Error('the function threw nothing');
  }
  core.state = 'postInvocationHooks';
  for (const hook of app.hooks('postInvocation')) await hook(after);
  core.state = undefined;
  if (after.error !== null && after.error !== undefined) throw after.error;
  return responseSchema.parse(await model.getResponse(context, after.result)).returnValue;
}

interface InvocationScope {
  readonly id: string;
  readonly scope: { invocationContext?: object; hookData: object };
}

function createCore(
  options: RunnerOptions,
  target: LoadedFunction,
  input: RunInput,
  { id, scope }: InvocationScope,
): CoreInvocation {
  const { app, log } = options;
  return {
    invocationId: id,
    metadata: target.metadata,
    request: {
      invocationId: id,
      inputData: [{ name: target.triggerName, data: input.data }],
      triggerMetadata: input.triggerMetadata ?? {},
      traceContext: {
        traceParent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
        traceState: '',
      },
    },
    log: (level, category, message) => {
      const line = { ...scope, appHookData: app.appHookData, level, message, category };
      try {
        for (const hook of app.hooks('log')) hook(line);
      } catch {
        // As in the real worker, a log hook that throws loses no line.
      }
      if (category === 'user') {
        log.write(line.level, `Function.${target.name}.User`, line.message);
      } else log.write(level, `Function.${target.name}`, message);
    },
    state: undefined,
  };
}
