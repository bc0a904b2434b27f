import type { TokenCredential } from '@azure/identity';
import { QueueClient, type StoragePipelineOptions } from '@azure/storage-queue';
import { formatDoorbellMessage } from '../model/doorbell-message.ts';
import { TransientError } from '../model/errors.ts';
import type { Doorbell, Log } from '../model/ports.ts';
import { toStorageError } from './storage-failure.ts';
import { STORAGE_RETRY, type StorageRetry } from './storage-retry.ts';

type QueueConnection =
  | { readonly connectionString: string }
  | { readonly queueUrl: string; readonly credential: TokenCredential };

export interface AzureDoorbellOptions {
  readonly connection: QueueConnection;
  readonly queueName: string;
  readonly log: Log;
  /** How the SDK repeats a call; for tests. */
  readonly retry?: StorageRetry;
}

export interface AzureDoorbell extends Doorbell {
  /** Creates the queue and the one that the Functions host moves undeliverable messages to, where they are missing. */
  createQueues(): Promise<void>;
}

/** The longest that a queue hides a message, and how long one is kept after it became visible. */
const SEVEN_DAYS = 7 * 24 * 60 * 60;

/**
 * Rings by a message on a storage queue, in base64 as the Functions host expects it. The delay is rounded up to whole seconds and ends at
 * seven days: who rings for later than that is asked too early, and rings again. A call that the SDK repeats may ring twice.
 */
export function createAzureDoorbell(options: AzureDoorbellOptions): AzureDoorbell {
  const { queueName, log, retry = STORAGE_RETRY } = options;
  const queue = createQueueClient(options, queueName);
  const poisonQueue = createQueueClient(options, `${queueName}-poison`);

  async function call(doing: string, send: (signal: AbortSignal) => Promise<unknown>) {
    try {
      await send(AbortSignal.timeout(retry.withinMs));
    } catch (error) {
      const role = 'Storage Queue Data Contributor';
      const failure = toStorageError(error, { doing: `${doing} ${queueName}`, role });
      if (failure instanceof TransientError) {
        log.warn('storageUnavailable', { reason: failure.message });
      }
      throw failure;
    }
  }

  return {
    ring: (message, delayMs) =>
      call('ring', (abortSignal) => {
        const text = Buffer.from(formatDoorbellMessage(message)).toString('base64');
        const visibilityTimeout = toSeconds(delayMs);
        // The default would let a message expire while it is hidden.
        const messageTimeToLive = visibilityTimeout + SEVEN_DAYS;
        return queue.sendMessage(text, { visibilityTimeout, messageTimeToLive, abortSignal });
      }),
    createQueues: () =>
      call('create', (abortSignal) =>
        Promise.all([
          queue.createIfNotExists({ abortSignal }),
          poisonQueue.createIfNotExists({ abortSignal }),
        ]),
      ),
  };
}

function createQueueClient(
  { connection, retry = STORAGE_RETRY }: AzureDoorbellOptions,
  name: string,
): QueueClient {
  if (!/^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) {
    throw new Error(
      `cannot use ${name} as a queue's name: 3 to 63 small letters, digits and single dashes`,
    );
  }
  const clientOptions: StoragePipelineOptions = {
    retryOptions: {
      maxTries: 1 + retry.maxRetries,
      retryDelayInMs: retry.delayMs,
      maxRetryDelayInMs: retry.maxDelayMs,
    },
  };
  if ('connectionString' in connection) {
    return new QueueClient(connection.connectionString, name, clientOptions);
  }
  const url = `${connection.queueUrl.replace(/\/$/, '')}/${name}`;
  return new QueueClient(url, connection.credential, clientOptions);
}

function toSeconds(delayMs: number): number {
  return Math.min(SEVEN_DAYS, Math.ceil(Math.max(0, delayMs) / 1000));
}
