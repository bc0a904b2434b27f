import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

import { buildApp, isBuildStale } from './host/build-app.ts';
import { threadMessageSchema } from './host/thread-message.ts';
import { readLocalSettings } from './host/local-settings.ts';

const usage = 'use: npm run app -- [--port N] [--quiet] [--root FOLDER]';

interface Options {
  readonly appRoot: string;
  readonly port: number;
  readonly quiet: boolean;
}

/**
 * V8 sizes a heap by the memory of the machine: on the smallest Flex Consumption instance (512 MB) it gives the app a small young
 * generation, on a developer's machine a hundred megabytes of it. The app is run as it would be there, so that its memory can be measured.
 */
const smallestInstance = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 12 };

/**
 * `npm run app`: the function app alone under the local host, until SIGTERM. Settings come from the environment, and below it from
 * `local.settings.json`. Prints `ready http://127.0.0.1:PORT` when its triggers run. What is wrong with the options or settings is one line,
 * and exit 2; what is wrong with the code, exit 1.
 */
async function runApp(): Promise<void> {
  const options = readOptions();
  process.chdir(options.appRoot);
  buildWhereStale(options.appRoot);
  const thread = new Worker(new URL('./host/app-thread.ts', import.meta.url), {
    workerData: options,
    resourceLimits: smallestInstance,
  });
  process.on('SIGTERM', () => thread.postMessage('stop'));
  process.on('SIGINT', () => thread.postMessage('stop'));
  await new Promise<void>((resolve, reject) => {
    thread.on('message', (said: unknown) => {
      const message = threadMessageSchema.parse(said);
      if (message.kind === 'ready') process.stdout.write(`ready ${message.address}\n`);
      else reject(new WrongOptionError(message.problem));
    });
    thread.on('error', reject);
    thread.on('exit', (code) => {
      process.exitCode = code;
      resolve();
    });
  });
}

class WrongOptionError extends Error {}

function readOptions(): Options {
  const { port: portText, quiet, root } = readArguments();
  const port = readPort(portText);
  const appRoot = path.resolve(root ?? fileURLToPath(new URL('../../', import.meta.url)));
  if (!existsSync(path.join(appRoot, 'package.json'))) {
    throw new WrongOptionError(`--root: ${appRoot} has no package.json`);
  }
  const local = readOrRefuse(() => readLocalSettings(appRoot));
  for (const [name, value] of Object.entries(local.values)) process.env[name] ??= value;
  if ((process.env['AzureWebJobsStorage'] ?? '') === '') {
    throw new WrongOptionError(
      'AzureWebJobsStorage is not set: give a storage connection string, or start everything with npm start',
    );
  }
  return { appRoot, port: port ?? local.port ?? 7071, quiet };
}

function readArguments(): { port?: string | undefined; root?: string | undefined; quiet: boolean } {
  return readOrRefuse(
    () =>
      parseArgs({
        options: {
          port: { type: 'string' },
          quiet: { type: 'boolean', default: false },
          root: { type: 'string' },
        },
      }).values,
    ` (${usage})`,
  );
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new WrongOptionError(`--port: ${text} is no port (${usage})`);
}

function readOrRefuse<T>(read: () => T, hint = ''): T {
  try {
    return read();
  } catch (error) {
    throw new WrongOptionError(`${readReason(error)}${hint}`, { cause: error });
  }
}

/** Only this project's own layout can be built here; another root, as in tests, is run as it is. */
function buildWhereStale(appRoot: string): void {
  const isOurs = existsSync(path.join(appRoot, 'tsconfig.build.json'));
  if (isOurs && isBuildStale(appRoot, 'dist/functions/main.js')) buildApp(appRoot);
}

function readReason(error: unknown): string {
  return error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error);
}

try {
  await runApp();
} catch (error) {
  process.stderr.write(`${readReason(error)}\n`);
  process.exit(error instanceof WrongOptionError ? 2 : 1);
}
