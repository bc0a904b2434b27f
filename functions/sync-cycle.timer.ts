import type { TimerHandler } from '@azure/functions';
import { tick } from '../shared/cycle/tick.ts';
import type { Dependencies } from './dependencies.ts';

/** One tick: a cycle or the next part of one, then whatever is due is given out. */
export function syncCycleTimer(deps: Dependencies): TimerHandler {
  return (_timer, context) =>
    deps.log.within(context, async () => {
      await deps.prepare();
      await tick(deps);
    });
}
