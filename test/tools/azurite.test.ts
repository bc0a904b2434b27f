import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAzureTables } from '../../shared/storage/azure-tables.ts';
import { createMemoryLog } from '../memory/memory-log.ts';
import { startAzurite } from './azurite.ts';

const createTables = (connectionString: string) =>
  createAzureTables({ connection: { connectionString }, log: createMemoryLog() });

test('an Azurite with a folder still has its rows after a stop and a start on the same ports', async () => {
  const location = await mkdtemp(join(tmpdir(), 'azurite-'));
  const first = await startAzurite({ location });
  const tables = createTables(first.connectionString);
  await tables.createTables(['Users']);
  await tables.write('Users', 'p', [{ kind: 'insert', rowKey: 'a', columns: { x: 1 } }]);
  await first.stop();
  await first.stop();

  const ports = {
    blob: toPort(first.blobUrl),
    queue: toPort(first.queueUrl),
    table: toPort(first.tableUrl),
  };
  const second = await startAzurite({ location, ports });
  expect(second.tableUrl).toBe(first.tableUrl);
  const row = await createTables(second.connectionString).get('Users', 'p', 'a');
  expect(row?.columns).toEqual({ x: 1 });
  await second.stop();
  await rm(location, { recursive: true });
});

test('an Azurite ends by itself when the process that started it is killed', async () => {
  const script = `
    const { startAzurite } = await import(${JSON.stringify(import.meta.resolve('./azurite.ts'))});
    console.log((await startAzurite()).tableUrl);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((read) => {
    parent.stdout.once('data', (chunk: Buffer) => read(chunk.toString()));
  });
  const port = toPort(line.trim());
  expect(await isListening(port)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isListening(port), { timeout: 10_000 }).toBe(false);
});

async function isListening(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function toPort(url: string): number {
  return Number(new URL(url).port);
}
