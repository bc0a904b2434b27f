import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvocationContext } from '@azure/functions';
import type { Log, LogFields } from '../shared/model/ports.ts';

/** A log that knows which invocation it is called in, so that one set of dependencies serves all of them. */
export interface InvocationLog extends Log {
  /** Everything logged within `work` goes to this invocation. */
  within<T>(context: InvocationContext, work: () => Promise<T>): Promise<T>;
}

/** Lines are `event {json}`: the event's name is stable, the fields are its dimensions. */
export function createInvocationLog(): InvocationLog {
  const current = new AsyncLocalStorage<InvocationContext>();
  const write = (level: 'info' | 'warn' | 'error', event: string, fields?: LogFields): void => {
    const line = fields === undefined ? event : `${event} ${JSON.stringify(fields)}`;
    const context = current.getStore();
    if (context !== undefined) context[level](line);
  };
  return {
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
    within: (context, work) => current.run(context, work),
  };
}
