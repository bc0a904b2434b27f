import type { StorageQueueHandler } from '@azure/functions';
import { dispatch } from '../shared/outbox/dispatch.ts';
import { recordPoison } from '../shared/outbox/record-poison.ts';
import type { Dependencies } from './dependencies.ts';

/** A message the host has given up. It is recorded and alarmed; its slot is found again by its claim, so nothing else is lost. */
export function poisonOperationsQueue(deps: Dependencies): StorageQueueHandler {
  return (message, context) =>
    deps.log.within(context, async () => {
      await recordPoison(deps, message);
      await dispatch(deps);
    });
}
