import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface AzuriteOptions {
  /** A folder to keep everything in, made where it is missing; without one everything is forgotten at the end. */
  readonly location?: string;
  /** Fixed ports on 127.0.0.1; without them any free ones. */
  readonly ports?: { readonly blob: number; readonly queue: number; readonly table: number };
  /** The account's key, base64; without one a new key at each start. What is stored does not depend on it. */
  readonly accountKey?: string;
}

export interface Azurite {
  readonly connectionString: string;
  readonly blobUrl: string;
  readonly queueUrl: string;
  readonly tableUrl: string;
  /** Rejects where the process ends before `stop` was called; never resolves otherwise. */
  readonly died: Promise<never>;
  /** Ends the process when it has saved what it holds. May be called twice. */
  stop(): Promise<void>;
}

const ACCOUNT_NAME = 'devstoreaccount1';
const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 10_000;

/**
 * Starts one Azurite (blobs, queues, tables) as a child process and waits until it listens. It has a process group of its own, so that
 * Ctrl-C reaches the caller alone, who may still write before `stop`; and it ends by itself when the caller is gone.
 */
export async function startAzurite({
  location,
  ports,
  accountKey = randomBytes(32).toString('base64'),
}: AzuriteOptions = {}): Promise<Azurite> {
  const folder = location === undefined ? undefined : resolve(location);
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const child = spawn(process.execPath, toArguments(folder, ports), {
    // In memory it still wants a folder that it may write to.
    cwd: folder ?? tmpdir(),
    env: { ...process.env, AZURITE_ACCOUNTS: `${ACCOUNT_NAME}:${accountKey}` },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let stopping = false;
  const ended = new Promise<void>((end) => {
    child.once('exit', () => end());
    child.once('error', () => end());
  });
  const died = ended.then((): Promise<never> => {
    if (stopping) return new Promise<never>(() => {});
    throw new Error(`Azurite ended with ${child.exitCode ?? child.signalCode ?? 'an error'}`);
  });
  died.catch(() => {}); // nobody need watch it

  const stop = async (): Promise<void> => {
    stopping = true;
    child.stdin.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  };

  try {
    const urls = await waitForUrls(child, ended);
    return { ...urls, connectionString: toConnectionString(urls, accountKey), died, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Urls {
  readonly blobUrl: string;
  readonly queueUrl: string;
  readonly tableUrl: string;
}

function toArguments(
  folder: string | undefined,
  ports: AzuriteOptions['ports'],
): readonly string[] {
  return [
    fileURLToPath(new URL('azurite-process.ts', import.meta.url)),
    '--silent',
    '--skipApiVersionCheck',
    '--disableTelemetry',
    ...(folder === undefined ? ['--inMemoryPersistence'] : ['--location', folder]),
    `--blobPort=${ports?.blob ?? 0}`,
    `--queuePort=${ports?.queue ?? 0}`,
    `--tablePort=${ports?.table ?? 0}`,
  ];
}

/** Azurite says where it listens; the ports are known only from there. The account is the first part of each path. */
async function waitForUrls(child: ChildProcess, ended: Promise<void>): Promise<Urls> {
  let output = '';
  const find = (service: string): string | undefined => {
    const line = new RegExp(`Azurite ${service} service is successfully listening at (\\S+)`);
    const url = line.exec(output)?.[1];
    return url === undefined ? undefined : `${url}/${ACCOUNT_NAME}`;
  };
  const ready = new Promise<Urls>((found) => {
    const read = (chunk: unknown): void => {
      output += String(chunk);
      const [blobUrl, queueUrl, tableUrl] = [find('Blob'), find('Queue'), find('Table')];
      if (blobUrl !== undefined && queueUrl !== undefined && tableUrl !== undefined) {
        found({ blobUrl, queueUrl, tableUrl });
      }
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  });
  const fail = (why: string): never => {
    throw new Error(`cannot start Azurite: ${why}\n${output}`);
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((pass) => {
    timer = setTimeout(pass, START_WITHIN_MS);
  });
  try {
    return await Promise.race([
      ready,
      ended.then(() => fail('it ended')),
      late.then(() => fail(`not ready within ${START_WITHIN_MS} ms`)),
    ]);
  } finally {
    clearTimeout(timer);
    // From here on it is read and dropped, so that the pipes never fill.
    child.stdout?.removeAllListeners('data').resume();
    child.stderr?.removeAllListeners('data').resume();
  }
}

function toConnectionString({ blobUrl, queueUrl, tableUrl }: Urls, accountKey: string): string {
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${ACCOUNT_NAME}`,
    `AccountKey=${accountKey}`,
    `BlobEndpoint=${blobUrl}`,
    `QueueEndpoint=${queueUrl}`,
    `TableEndpoint=${tableUrl}`,
  ].join(';');
}
