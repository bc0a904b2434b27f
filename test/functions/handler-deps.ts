import { InvocationContext } from '@azure/functions';
import type { Dependencies } from '../../functions/dependencies.ts';
import { createInvocationLog } from '../../functions/invocation-log.ts';
import type { World } from '../world/world.ts';

export interface Handled {
  readonly deps: Dependencies;
  readonly context: InvocationContext;
  /** What the invocation logged, as the host shows it: `warning slotScattered {…}`. */
  readonly lines: readonly string[];
  /** How often the handler made sure that tables and queues are there. */
  readonly prepared: () => number;
}

/** A world as the handlers see it, and one invocation. */
export function handled(here: World): Handled {
  const lines: string[] = [];
  let prepared = 0;
  const context = new InvocationContext({
    functionName: 'test',
    logHandler: (level, ...words) => {
      lines.push([level, ...words].join(' '));
    },
  });
  const deps: Dependencies = {
    ...here.deps,
    log: createInvocationLog(),
    prepare: async () => {
      prepared += 1;
    },
  };
  return { deps, context, lines, prepared: () => prepared };
}
