import type { Log, LogFields } from '../../shared/model/ports.ts';

interface LoggedEvent {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
}

export interface MemoryLog extends Log {
  /** Everything so far, oldest first. */
  readonly events: readonly LoggedEvent[];
  /** The fields of all events of this name, oldest first. */
  named(event: string): readonly LogFields[];
  clear(): void;
}

/** Keeps what was logged, for a test to look at. */
export function createMemoryLog(): MemoryLog {
  const events: LoggedEvent[] = [];
  const logAs =
    (level: LoggedEvent['level']) =>
    (event: string, fields: LogFields = {}): void => {
      events.push({ level, event, fields });
    };
  return {
    info: logAs('info'),
    warn: logAs('warn'),
    error: logAs('error'),
    events,
    named: (event) =>
      events.filter((logged) => logged.event === event).map((logged) => logged.fields),
    clear: () => {
      events.length = 0;
    },
  };
}
