import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';

import { createLocalHost, type LocalHost } from './local-host.ts';
import type { ThreadMessage } from './thread-message.ts';

/** What the thread is started with. */
const startSchema = z.object({ appRoot: z.string(), port: z.number(), quiet: z.boolean() });

/**
 * The local host with the app in it, in a thread of its own. The main thread passes signals on as the message `stop`: that ends with 0. An
 * unhandled rejection or an uncaught exception of the app ends at once with 1, after one line, as it ends the real worker.
 */
async function runThread(): Promise<void> {
  const options = startSchema.parse(workerData);
  let host: LocalHost | undefined;
  try {
    host = await createLocalHost(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say({ kind: 'wrong', problem: `cannot listen on port ${options.port}: ${reason}` });
    return;
  }
  endWith(host);
  if (host.problems.length > 0) {
    const problem = host.problems.join('; ');
    await host.stop();
    say({ kind: 'wrong', problem });
    return;
  }
  say({ kind: 'ready', address: host.address });
}

function say(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

function endWith(host: LocalHost): void {
  let isStopping = false;
  const fail = (error: unknown): void => {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    host.log.write('critical', 'Host.Worker', `Worker uncaught exception: ${reason}`);
    process.exit(1);
  };
  parentPort?.on('message', () => {
    if (isStopping) return;
    isStopping = true;
    host.stop().then(() => {
      process.exit(0);
    }, fail);
  });
  process.on('unhandledRejection', fail);
  process.on('uncaughtException', fail);
}

await runThread();
