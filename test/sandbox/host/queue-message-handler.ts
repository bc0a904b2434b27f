import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { RestError } from '@azure/storage-queue';

import type { FunctionRunner } from './function-runner.ts';
import type { TypedData } from './functions-core.ts';
import { sleepUntil, type HostClock } from './host-clock.ts';
import type { HostConfig } from './host-config.ts';
import type { HostLog } from './host-log.ts';
import type { LoadedFunction } from './load-app.ts';

/** For how long a received message is hidden, whatever `visibilityTimeout` says; that is the delay after a failure. */
export const hiddenSeconds = 600;
/** A renewal that failed is tried again sooner, but not sooner than this. */
const soonestRenewalMs = 60_000;

interface QueueTarget {
  readonly target: LoadedFunction;
  readonly queue: QueueClient;
  readonly poisonQueue: QueueClient;
}

export interface MessageHandlerOptions extends QueueTarget {
  readonly runner: FunctionRunner;
  readonly log: HostLog;
  readonly clock: HostClock;
  readonly config: HostConfig['queues'];
}

/**
 * Takes one received message to its end: the function runs and the message is deleted, comes back after `visibilityTimeout`, or moves to the
 * poison queue. Rejects where storage answers in an unexpected way; the message then comes back when it is no longer hidden.
 */
export async function handleQueueMessage(
  message: DequeuedMessageItem,
  options: MessageHandlerOptions,
): Promise<void> {
  const { config, log, target, runner } = options;
  const text =
    config.messageEncoding === 'base64' ? decodeBase64(message.messageText) : message.messageText;
  if (text === undefined) {
    log.write(
      'warning',
      'Host.Queues',
      `Failed to decode message ${message.messageId}. MessageEncoding is base64: sender and host.json must agree.`,
    );
  }
  if (text === undefined || message.dequeueCount > config.maxDequeueCount) {
    await moveToPoison(message, message.popReceipt, options);
    return;
  }
  const renewal = keepHidden(message, options);
  const result = await runner.run(target, {
    data: { string: text },
    triggerMetadata: toTriggerMetadata(message, text),
    reason: `New queue message detected on '${options.queue.name}'.`,
  });
  const popReceipt = await renewal.stop();
  if (result.kind === 'succeeded') await deleteMessage(message, popReceipt, options);
  else if (message.dequeueCount >= config.maxDequeueCount) {
    await moveToPoison(message, popReceipt, options);
  } else {
    const seconds = Math.round(config.visibilityTimeoutMs / 1000);
    await ignoreGone(
      options.queue.updateMessage(message.messageId, popReceipt, undefined, seconds),
    );
  }
}

/** Undefined where the text is no base64, as .NET sees it: white space is allowed, padding is required. */
function decodeBase64(text: string): string | undefined {
  const packed = text.replace(/[ \t\r\n]/g, '');
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) return undefined;
  return Buffer.from(packed, 'base64').toString('utf8');
}

/** Keys as the host sends them; the library changes their first letter. */
function toTriggerMetadata(
  message: DequeuedMessageItem,
  text: string,
): { readonly [name: string]: TypedData } {
  return {
    QueueTrigger: { string: text },
    DequeueCount: { json: String(message.dequeueCount) },
    Id: { string: message.messageId },
    PopReceipt: { string: message.popReceipt },
    InsertionTime: time(message.insertedOn),
    ExpirationTime: time(message.expiresOn),
    NextVisibleTime: time(message.nextVisibleOn),
  };
}

function time(at: Date): TypedData {
  return { json: JSON.stringify(at.toISOString()) };
}

interface Renewal {
  /** Ends the renewals and gives the receipt that counts now. */
  stop(): Promise<string>;
}

function keepHidden(message: DequeuedMessageItem, options: MessageHandlerOptions): Renewal {
  const { clock, log, queue } = options;
  const stopped = new AbortController();
  const normalMs = (hiddenSeconds * 1000) / 2;
  let popReceipt = message.popReceipt;
  const renew = async (): Promise<void> => {
    let waitMs = normalMs;
    for (;;) {
      await sleepUntil(clock, waitMs, stopped.signal);
      if (stopped.signal.aborted) return;
      try {
        const answer = await queue.updateMessage(
          message.messageId,
          popReceipt,
          undefined,
          hiddenSeconds,
        );
        popReceipt = answer.popReceipt ?? popReceipt;
        waitMs = normalMs;
      } catch (error) {
        if (isGone(error)) return;
        waitMs = Math.max(waitMs / 2, soonestRenewalMs);
        log.write(
          'warning',
          'Host.Queues',
          `cannot renew message ${message.messageId}: ${String(error)}`,
        );
      }
    }
  };
  const running = renew();
  return {
    stop: async () => {
      stopped.abort();
      await running;
      return popReceipt;
    },
  };
}

async function moveToPoison(
  message: DequeuedMessageItem,
  popReceipt: string,
  options: MessageHandlerOptions,
): Promise<void> {
  const { config, log, poisonQueue } = options;
  log.write(
    'warning',
    'Host.Queues',
    `Message has reached MaxDequeueCount of ${config.maxDequeueCount}. Moving message to queue '${poisonQueue.name}'.`,
  );
  try {
    await poisonQueue.sendMessage(message.messageText);
  } catch (error) {
    if (!(error instanceof RestError) || error.statusCode !== 404) throw error;
    await poisonQueue.createIfNotExists();
    await poisonQueue.sendMessage(message.messageText);
  }
  await deleteMessage(message, popReceipt, options);
}

async function deleteMessage(
  message: DequeuedMessageItem,
  popReceipt: string,
  options: MessageHandlerOptions,
): Promise<void> {
  await ignoreGone(options.queue.deleteMessage(message.messageId, popReceipt));
}

/** Somebody else has the message by now, or it or its queue is gone: then it is not ours to finish. */
async function ignoreGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  if (!(error instanceof RestError)) return false;
  return (
    error.statusCode === 404 || error.statusCode === 409 || error.code === 'PopReceiptMismatch'
  );
}
