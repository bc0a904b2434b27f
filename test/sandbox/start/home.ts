import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { WorldSize } from '../directory/generate-world.ts';
import type { StartOptions } from './options.ts';

/** Where a run keeps what it keeps. */
export interface Home {
  readonly directory: string;
  /** Undefined where everything is forgotten at the end. */
  readonly azuriteDirectory?: string;
  readonly entraState?: string;
  readonly dropboxState?: string;
  readonly logDirectory: string;
  /** Where the emulators listened before: what the app keeps of them holds their address. Undefined: any free ports. */
  readonly ports?: Ports;
  /** Of the world that is there, or is to be made. */
  readonly world: WorldSize;
  /** True where tenant and team are still to be loaded. */
  readonly isNew: boolean;
  /** To be called when tenant and team are loaded: a run that ends before starts anew. */
  markSeeded(ports: Ports): Promise<void>;
  /** Frees the directory, and removes it where it is nobody's. */
  close(): Promise<void>;
}

export interface Ports {
  readonly entra: number;
  readonly dropbox: number;
}

/** Thrown where the directory cannot be used as it was asked for; the message is for the person who typed it. */
export class HomeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'HomeError';
  }
}

const keptSchema = z.object({
  users: z.number(),
  groups: z.number(),
  seed: z.number(),
  ports: z.object({ entra: z.number(), dropbox: z.number() }),
});
type Kept = z.infer<typeof keptSchema>;

/** Opens `--state DIR`, or a directory of its own under the system's temporary one. */
export async function openHome(options: StartOptions): Promise<Home> {
  const { users, groups, seed, stateDirectory } = options;
  if (stateDirectory === undefined) {
    const directory = await mkdtemp(join(tmpdir(), 'entra-dropbox-sandbox-'));
    return {
      directory,
      logDirectory: directory,
      world: { users, groups, seed },
      isNew: true,
      markSeeded: async () => {},
      close: () => rm(directory, { recursive: true, force: true }),
    };
  }
  const directory = resolve(stateDirectory);
  const logDirectory = join(directory, 'logs');
  await makeDirectory(logDirectory, stateDirectory);
  const unlock = await lock(join(directory, 'lock'), stateDirectory);
  try {
    const worldFile = join(directory, 'world.json');
    const kept = await readWorld(worldFile, stateDirectory);
    if (kept) refuseAnotherWorld(kept, options);
    const { ports, ...world } = kept ?? { ports: undefined, users, groups, seed };
    if (!kept) await forgetHalfASeed(directory);
    return {
      directory,
      azuriteDirectory: join(directory, 'azurite'),
      entraState: join(directory, 'entra.json'),
      dropboxState: join(directory, 'dropbox.json'),
      logDirectory,
      world,
      isNew: kept === undefined,
      ...(ports === undefined ? {} : { ports }),
      markSeeded: (taken) =>
        writeFile(worldFile, `${JSON.stringify({ ...world, ports: taken })}\n`),
      close: unlock,
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function makeDirectory(directory: string, name: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new HomeError(`cannot make --state ${name}: ${messageOf(error)}`);
  }
}

/** Two runs in one directory would spoil each other's files. The lock of a run that is gone does not count. */
async function lock(path: string, name: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.write(`${process.pid}\n`);
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (!isCode(error, 'EEXIST')) {
        throw new HomeError(`cannot use --state ${name}: ${messageOf(error)}`);
      }
    }
    const pid = Number(await readFile(path, 'utf8').catch(() => ''));
    if (pid > 0 && pid !== process.pid && isRunning(pid)) {
      throw new HomeError(`--state ${name} is in use by process ${pid}`);
    }
    await rm(path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isCode(error, 'ESRCH');
  }
}

async function readWorld(path: string, name: string): Promise<Kept | undefined> {
  try {
    return keptSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw new HomeError(`cannot read world.json in --state ${name}: ${messageOf(error)}`);
  }
}

function refuseAnotherWorld(kept: WorldSize, options: StartOptions): void {
  const names = ['users', 'groups', 'seed'] as const;
  const wrong = names.filter((name) => options.given.has(name) && options[name] !== kept[name]);
  if (wrong.length === 0) return;
  const made = names.map((name) => `--${name} ${kept[name]}`).join(' ');
  const asked = wrong.map((name) => `--${name} ${options[name]}`).join(' ');
  throw new HomeError(
    `--state ${options.stateDirectory} was made with ${made}; ${asked} needs another directory`,
  );
}

/** A run that ended between two halves of its loading. */
async function forgetHalfASeed(directory: string): Promise<void> {
  for (const name of ['azurite', 'entra.json', 'dropbox.json']) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
