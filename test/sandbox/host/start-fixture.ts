import { randomBytes } from 'node:crypto';
import path from 'node:path';

import { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';

import { createLocalHost, type LocalHost, type LocalHostOptions } from './local-host.ts';

const fixtureRoot = path.join(import.meta.dirname, 'fixture-app');

const seenSchema = z.array(z.looseObject({ event: z.string() }));

export interface Fixture {
  readonly host: LocalHost;
  /** The queue of the function `work`; not there yet. */
  readonly queue: QueueClient;
  readonly poison: QueueClient;
  readonly lines: readonly string[];
  /** What the functions of the fixture were given so far, of one kind. */
  seen(event: string): Promise<z.infer<typeof seenSchema>>;
}

/** The fixture app under a host, with a queue and a host id of its own; for tests. The timer never comes due by itself unless asked for. */
export async function startFixture(
  connectionString: string,
  options: Partial<LocalHostOptions> = {},
): Promise<Fixture> {
  const name = `host-${randomBytes(6).toString('hex')}`;
  const lines: string[] = [];
  const host = await createLocalHost({
    appRoot: fixtureRoot,
    port: 0,
    connectionString,
    hostId: name,
    write: (line) => lines.push(line.trimEnd()),
    ...options,
    settings: { WORK_QUEUE: name, TICK_SCHEDULE: '0 0 0 1 1 *', ...options.settings },
  });
  return {
    host,
    queue: new QueueClient(connectionString, name),
    poison: new QueueClient(connectionString, `${name}-poison`),
    lines,
    seen: async (event) => {
      const answer = await fetch(`${host.address}/api/seen`);
      return seenSchema.parse(await answer.json()).filter((one) => one.event === event);
    },
  };
}

/** A message as a sender writes it. */
export function encode(message: unknown): string {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return Buffer.from(text, 'utf8').toString('base64');
}
