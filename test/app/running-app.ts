import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { startApp } from '../sandbox/start/sandbox-parts.ts';
import { createSupervisor } from '../sandbox/start/supervisor.ts';

/** The built app under the local host, as a process of its own. */
export interface RunningApp {
  /** As its `ready` line says it. */
  readonly address: string;
  /** Everything it has printed so far. */
  readOutput(): Promise<string>;
  /** Starts a function by hand, as the host's admin API does; returns when it has been started. */
  fire(functionName: string): Promise<void>;
  /** What the host says of itself. */
  readStatus(): Promise<HostStatus>;
  /** kill -9: nothing gets a chance to finish. Returns when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM, as a platform sends it. Returns how the process ended (`with code 0`) and how long that took. */
  terminate(): Promise<{ readonly how: string; readonly seconds: number }>;
}

const statusSchema = z.object({
  functions: z.array(z.string()),
  peakRssMb: z.number(),
  pid: z.number(),
});
type HostStatus = Readonly<z.infer<typeof statusSchema>>;

/** Starts the app with exactly these settings and waits until its triggers run. Its output goes to `app.log` in `logDirectory`. */
export async function runApp(
  logDirectory: string,
  settings: { readonly [name: string]: string },
): Promise<RunningApp> {
  await mkdir(logDirectory, { recursive: true });
  const supervisor = createSupervisor(logDirectory);
  const { address } = await startApp(supervisor, settings).catch(async (error: unknown) => {
    await supervisor.stop();
    throw error;
  });
  const ended = supervisor.trouble.then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const readStatus = async (): Promise<HostStatus> => {
    const response = await fetch(`${address}/admin/host/status`);
    return statusSchema.parse(await response.json());
  };
  const { pid } = await readStatus();
  let isGone = false;
  const end = async (signal: NodeJS.Signals): Promise<string> => {
    if (isGone) return 'before';
    isGone = true;
    // The group, so that nothing that the app has started outlives it.
    process.kill(-pid, signal);
    const message = await ended;
    await supervisor.stop();
    return /ended ((?:with code|by) \S+)/.exec(message)?.[1] ?? message;
  };
  return {
    address,
    readStatus,
    readOutput: () => readFile(join(logDirectory, 'app.log'), 'utf8'),
    fire: async (functionName) => {
      const url = `${address}/admin/functions/${functionName}`;
      const response = await fetch(url, { method: 'POST', body: '{}' });
      if (!response.ok) throw new Error(`cannot fire ${functionName}: HTTP ${response.status}`);
    },
    kill: async () => {
      await end('SIGKILL');
    },
    terminate: async () => {
      const startedAt = performance.now();
      const how = await end('SIGTERM');
      return { how, seconds: (performance.now() - startedAt) / 1000 };
    },
  };
}
