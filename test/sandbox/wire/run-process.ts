import { parseArgs } from 'node:util';

import { createProcessClock, type SettableClock } from './clock.ts';
import type { Emulator } from './emulator.ts';
import { listen } from './listen.ts';
import type { WireSettings } from './settings.ts';
import { openStateFile } from './state-file.ts';

/** What a concrete emulator gets from the command line. */
export interface ProcessParts {
  readonly clock: SettableClock;
  readonly seed: number;
}

/**
 * Runs an emulator as a process: `--port N` (0 takes a free one), `--state FILE`, `--latency MS`, `--seed N`. Prints one line
 * `ready http://127.0.0.1:PORT` when it listens; on SIGTERM and SIGINT it saves and exits with 0. A saved state brings its own random
 * generator, so that `--seed` matters only for a new one; `--latency` wins over the saved setting.
 */
export async function runProcess<S extends WireSettings>(
  create: (parts: ProcessParts) => Emulator<S>,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      state: { type: 'string' },
      latency: { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  });
  const emulator = create({ clock: createProcessClock(), seed: readNumber('seed', values.seed) });
  const stateFile =
    values.state === undefined ? undefined : await openStateFile(emulator, values.state);
  if (values.latency !== undefined) {
    emulator.settings.change({ latencyMs: readNumber('latency', values.latency) });
  }
  const server = await listen(emulator, { port: readNumber('port', values.port) });
  const stop = async (): Promise<void> => {
    await server.close();
    await stateFile?.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop().catch((error: unknown) => {
        console.error(error);
        process.exit(1);
      });
    });
  }
  process.stdout.write(`ready ${server.address}\n`);
}

function readNumber(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new Error(`cannot read --${name}: ${text} is not a number`);
  }
  return value;
}
