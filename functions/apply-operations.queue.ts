import type { StorageQueueHandler } from '@azure/functions';
import { applySlot } from '../shared/apply/apply-slot.ts';
import { parseDoorbellMessage } from '../shared/model/doorbell-message.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * The doorbell rang: look at the slot. Nothing that goes wrong with Dropbox or an identity is thrown; what is thrown is storage that does
 * not answer, or a bug. The slot stands until its claim runs out, so the message is not needed for anything to be found again.
 */
export function applyOperationsQueue(deps: Dependencies): StorageQueueHandler {
  return (message, context) =>
    deps.log.within(context, async () => {
      // A message we cannot read is thrown: the host tries it again and then moves it to the poison queue, where it is recorded.
      await applySlot(parseDoorbellMessage(message), deps);
    });
}
