import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { z } from 'zod';

import {
  answerFunctionsCore,
  functionMetadataSchema,
  readProgrammingModel,
  type FunctionCallback,
  type FunctionMetadata,
  type HookCallback,
} from './functions-core.ts';
import type { HostLog } from './host-log.ts';

export interface LoadedFunction {
  readonly name: string;
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
  /** The binding whose type ends in `Trigger`, and its name among the bindings. */
  readonly trigger: FunctionMetadata['bindings'][string];
  readonly triggerName: string;
}

export interface LoadedApp {
  readonly functions: readonly LoadedFunction[];
  /** Callbacks of one hook in the order of registration. */
  hooks(name: string): readonly HookCallback[];
  /** One object for all hooks of the app, as the worker keeps it. */
  readonly appHookData: object;
  readonly startHookData: object;
}

const packageSchema = z.object({ main: z.string().optional() });

let loads = 0;

/**
 * Loads what `main` of package.json names (a path or a glob, shallow files first) and then runs the `appStart` hooks. An entry file that
 * throws leaves the app without any function and one warning, as the real worker does: the host stays up. Each call loads the entry files
 * anew; what they import is loaded once in a process.
 */
export async function loadApp(appRoot: string, log: HostLog): Promise<LoadedApp> {
  const functions = new Map<string, LoadedFunction>();
  const hooks = new Map<string, HookCallback[]>();
  const startHookData = {};
  const appHookData = {};
  let isLoading = true;
  answerFunctionsCore({
    registerFunction: (metadata, callback) => {
      if (!isLoading) throw new Error('A function can only be registered during app startup.');
      const loaded = toLoadedFunction(metadata, callback);
      if (functions.has(loaded.name.toLowerCase())) {
        throw new Error(`A function named "${loaded.name}" has already been registered.`);
      }
      functions.set(loaded.name.toLowerCase(), loaded);
    },
    registerHook: (name, callback) => {
      const list = hooks.get(name) ?? [];
      hooks.set(name, [...list, callback]);
      return () => {
        hooks.set(
          name,
          (hooks.get(name) ?? []).filter((other) => other !== callback),
        );
      };
    },
    log: (level, _category, message) => {
      log.write(level, 'Host.Worker', message);
    },
  });
  const app = { hooks: (name: string) => hooks.get(name) ?? [], appHookData, startHookData };
  const main = readMain(appRoot);
  try {
    await importEntries(appRoot, main);
    await startModel();
    for (const hook of app.hooks('appStart')) {
      await hook({ hookData: startHookData, appHookData, functionAppDirectory: appRoot });
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.write(
      'warning',
      'Host.Worker',
      `Worker was unable to load entry point "${main}": ${reason}`,
    );
    if (error instanceof Error) log.write('debug', 'Host.Worker', error.stack ?? '');
    functions.clear();
  } finally {
    isLoading = false;
  }
  return { functions: [...functions.values()], ...app };
}

function readMain(appRoot: string): string {
  const file = path.join(appRoot, 'package.json');
  if (!existsSync(file)) return '';
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return packageSchema.parse(parsed).main ?? '';
}

async function importEntries(appRoot: string, main: string): Promise<void> {
  const found = main === '' ? [] : globSync(main, { cwd: appRoot });
  if (found.length === 0) throw new Error('Found zero files matching the supplied pattern');
  const files = found.toSorted(
    (left, right) => depth(left) - depth(right) || (left < right ? -1 : 1),
  );
  loads += 1;
  for (const file of files) {
    const url = pathToFileURL(path.join(appRoot, file));
    if (loads > 1) url.searchParams.set('load', String(loads));
    await import(url.href);
  }
}

function depth(file: string): number {
  return file.split(/[\\/]/).length;
}

const capabilitiesSchema = z.looseObject({ HttpUri: z.string().optional() });

/** Locks the library's set-up, once per process as in the worker; an app that registered nothing has no model yet. */
async function startModel(): Promise<void> {
  const capabilities = capabilitiesSchema.parse(
    (await readProgrammingModel()?.getCapabilities({})) ?? {},
  );
  if (capabilities.HttpUri !== undefined) {
    throw new Error('this local host does not stream HTTP: remove enableHttpStream from app.setup');
  }
}

function toLoadedFunction(raw: unknown, callback: FunctionCallback): LoadedFunction {
  const metadata = functionMetadataSchema.parse(raw);
  if (!/^[A-Za-z][\w-]{0,127}$/.test(metadata.name)) {
    throw new Error(`"${metadata.name}" is not a valid function name.`);
  }
  const triggers = Object.entries(metadata.bindings).filter(([, { type }]) =>
    /trigger$/i.test(type),
  );
  const [found] = triggers;
  if (found === undefined || triggers.length > 1) {
    throw new Error(`The function "${metadata.name}" must have exactly one trigger.`);
  }
  return { name: metadata.name, metadata, callback, trigger: found[1], triggerName: found[0] };
}
