import { RestError, type DequeuedMessageItem } from '@azure/storage-queue';

import { sleepUntil } from './host-clock.ts';
import { createPollingDelay } from './polling-delay.ts';
import {
  handleQueueMessage,
  hiddenSeconds,
  type MessageHandlerOptions,
} from './queue-message-handler.ts';

/** A trigger at work. `stop` takes nothing new and resolves when what it has in hand has come to its end. */
export interface Listener {
  stop(): Promise<void>;
}

export interface QueueListenerOptions extends MessageHandlerOptions {
  /** In [0, 1), for the polling delay. */
  readonly fraction: () => number;
}

/**
 * Polls one queue for one function: up to `batchSize` messages at a time, and again as soon as no more than `newBatchThreshold` are in
 * hand. A queue that does not exist is polled until it does. The wait after an empty poll grows up to `maxPollingInterval`.
 */
export function startQueueListener(options: QueueListenerOptions): Listener {
  const { clock, config, log } = options;
  const stopped = new AbortController();
  const delay = createPollingDelay(config.maxPollingIntervalMs, options.fraction);
  const inHand = new Set<Promise<void>>();
  const finish = async (message: DequeuedMessageItem): Promise<void> => {
    try {
      await handleQueueMessage(message, options);
    } catch (error) {
      const reason = `cannot finish message ${message.messageId}: ${String(error)}`;
      log.write('error', 'Host.Queues', reason);
    }
  };
  const start = (message: DequeuedMessageItem): void => {
    const task = finish(message).finally(() => {
      inHand.delete(task);
    });
    inHand.add(task);
  };
  const poll = async (): Promise<void> => {
    let found = false;
    while (!stopped.signal.aborted) {
      const messages = await receive(options);
      messages.forEach(start);
      if (messages.length > 0) {
        found = true;
        while (inHand.size > config.newBatchThreshold) await Promise.race(inHand);
      } else {
        await sleepUntil(clock, delay.next(found), stopped.signal);
        found = false;
      }
    }
    await Promise.all(inHand);
  };
  const polling = poll();
  return {
    stop: async () => {
      stopped.abort();
      await polling;
    },
  };
}

async function receive(options: QueueListenerOptions): Promise<readonly DequeuedMessageItem[]> {
  try {
    const answer = await options.queue.receiveMessages({
      numberOfMessages: options.config.batchSize,
      visibilityTimeout: hiddenSeconds,
    });
    return answer.receivedMessageItems;
  } catch (error) {
    const isMissing = error instanceof RestError && error.statusCode === 404;
    const level = isMissing ? 'debug' : 'error';
    options.log.write(
      level,
      'Host.Queues',
      `cannot poll '${options.queue.name}': ${String(error)}`,
    );
    return [];
  }
}
