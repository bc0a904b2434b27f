import type { StorageQueueHandler } from '@azure/functions';
import { recordPoison } from '../shared/outbox/record-poison.ts';
import type { Dependencies } from './dependencies.ts';

/** A message the host has given up. It is recorded and alarmed; its slot is found again by its claim, at the next tick. */
export function poisonOperationsQueue(deps: Dependencies): StorageQueueHandler {
  return (message, context) =>
    deps.log.within(context, async () => {
      await recordPoison(deps, message);
    });
}
