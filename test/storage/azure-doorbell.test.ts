import { QueueClient } from '@azure/storage-queue';
import { describe, expect, inject, test } from 'vitest';
import { parseDoorbellMessage } from '../../shared/model/doorbell-message.ts';
import { TransientError } from '../../shared/model/errors.ts';
import { createAzureDoorbell } from '../../shared/storage/azure-doorbell.ts';
import { createMemoryLog } from '../memory/memory-log.ts';
import { startScriptedServer } from './scripted-server.ts';

const retry = { maxRetries: 2, delayMs: 1, maxDelayMs: 2, withinMs: 5000 };

async function createDoorbell(queueName: string) {
  const connectionString = inject('azurite');
  const log = createMemoryLog();
  const doorbell = createAzureDoorbell({ connection: { connectionString }, queueName, log });
  await doorbell.createQueues();
  return { doorbell, queue: new QueueClient(connectionString, queueName) };
}

describe('the doorbell on a storage queue', () => {
  test('leaves a message in base64 that says slot and token', async () => {
    const { doorbell, queue } = await createDoorbell('bell-message');
    await doorbell.ring({ slot: 3, token: 'a-token' }, 0);
    const { receivedMessageItems } = await queue.receiveMessages();
    const text = Buffer.from(receivedMessageItems[0]?.messageText ?? '', 'base64').toString();
    expect(JSON.parse(text)).toEqual({ v: 1, slot: 3, token: 'a-token' });
    expect(parseDoorbellMessage(JSON.parse(text))).toEqual({ slot: 3, token: 'a-token' });
  });

  const delays = [
    { delayMs: -5, seconds: 0 },
    { delayMs: 1, seconds: 1 },
    { delayMs: 89_500, seconds: 90 },
    { delayMs: Number.MAX_SAFE_INTEGER, seconds: 604_800 },
  ];
  for (const { delayMs, seconds } of delays) {
    test(`hides a message for ${seconds} s when asked for ${delayMs} ms, and keeps it a week from then`, async () => {
      await using server = await startScriptedServer([{ status: 400 }]);
      const connection = { connectionString: server.connectionString };
      const log = createMemoryLog();
      const doorbell = createAzureDoorbell({ connection, queueName: 'bell', log, retry });
      await expect(doorbell.ring({ slot: 0, token: 't' }, delayMs)).rejects.toThrow('400');
      const { searchParams } = new URL(server.requests[0]?.split(' ')[1] ?? '', 'http://service');
      expect(searchParams.get('visibilitytimeout')).toBe(String(seconds));
      expect(searchParams.get('messagettl')).toBe(String(seconds + 604_800));
    });
  }

  test('may hide a message for the longest time a queue allows', async () => {
    const { doorbell, queue } = await createDoorbell('bell-longest');
    await doorbell.ring({ slot: 0, token: 't' }, Number.MAX_SAFE_INTEGER);
    expect((await queue.receiveMessages()).receivedMessageItems).toEqual([]);
    expect((await queue.getProperties()).approximateMessagesCount).toBe(1);
  });

  test('creates the queue and its poison queue, twice without complaint', async () => {
    const { doorbell } = await createDoorbell('bell-create');
    await doorbell.createQueues();
    const poison = new QueueClient(inject('azurite'), 'bell-create-poison');
    expect((await poison.getProperties()).approximateMessagesCount).toBe(0);
  });

  test('says that the queue is missing', async () => {
    const connection = { connectionString: inject('azurite') };
    const log = createMemoryLog();
    const doorbell = createAzureDoorbell({ connection, queueName: 'bell-nobody', log });
    await expect(doorbell.ring({ slot: 0, token: 't' }, 0)).rejects.toThrow(
      'cannot ring bell-nobody: 404 QueueNotFound',
    );
  });

  test('may be rung again later while storage is in trouble', async () => {
    for (const answer of [
      { status: 503 },
      { status: 429 },
      { status: 200, breaks: 'before' } as const,
    ]) {
      await using server = await startScriptedServer([answer]);
      const log = createMemoryLog();
      const connection = { connectionString: server.connectionString };
      const doorbell = createAzureDoorbell({ connection, queueName: 'bell', log, retry });
      await expect(doorbell.ring({ slot: 0, token: 't' }, 0)).rejects.toBeInstanceOf(
        TransientError,
      );
      expect(log.named('storageUnavailable')).toHaveLength(1);
    }
  });

  test('refuses a name that no queue can have, or that leaves no room for the poison queue', () => {
    const connection = { connectionString: inject('azurite') };
    const log = createMemoryLog();
    for (const queueName of ['Bell', 'a', 'a--b', '-bell', 'b'.repeat(57)]) {
      expect(() => createAzureDoorbell({ connection, queueName, log })).toThrow('queue');
    }
  });
});
