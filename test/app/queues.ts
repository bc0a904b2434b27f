import { QueueClient } from '@azure/storage-queue';
import { doorbellQueue } from '../../functions/dependencies.ts';
import type { SandboxRun } from './sandbox-run.ts';

/** Messages of the doorbell that nobody has taken off yet, hidden ones too, and those that the host gave up and the app has not recorded. */
export async function readQueueLengths({
  storage,
}: SandboxRun): Promise<{ readonly waiting: number; readonly poisoned: number }> {
  const [waiting, poisoned] = await Promise.all(
    [doorbellQueue, `${doorbellQueue}-poison`].map(async (name) => {
      const { approximateMessagesCount } = await new QueueClient(storage, name).getProperties();
      return approximateMessagesCount ?? 0;
    }),
  );
  return { waiting: waiting ?? 0, poisoned: poisoned ?? 0 };
}

/** Puts a text into the doorbell's queue as it is. */
export async function putMessage({ storage }: SandboxRun, text: string): Promise<void> {
  await new QueueClient(storage, doorbellQueue).sendMessage(text);
}
