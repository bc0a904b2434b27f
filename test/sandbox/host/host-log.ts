import type { LogLevel } from './functions-core.ts';

/** Lines of the host and of the app, with level and category. */
export interface HostLog {
  write(level: LogLevel, category: string, message: string): void;
}

const order: readonly string[] = ['trace', 'debug', 'information', 'warning', 'error', 'critical'];

export interface HostLogOptions {
  readonly write: (line: string) => void;
  readonly now: () => number;
  /** Only warnings and worse. */
  readonly quiet: boolean;
  /** As in host.json: level by category prefix, `default` for the rest. */
  readonly levels: () => { readonly [category: string]: string };
}

/**
 * Writes `time level category: message`, one call one line or more. The longest category of host.json that is the line's category or a
 * parent of it decides the least level; without one, `default`, and without that, information. `none` silences.
 */
export function createHostLog(options: HostLogOptions): HostLog {
  return {
    write: (level, category, message) => {
      const rank = order.indexOf(level);
      if (rank < readThreshold(options.levels(), category)) return;
      if (options.quiet && rank < order.indexOf('warning')) return;
      const time = new Date(options.now()).toISOString();
      options.write(`${time} ${level.padEnd(11)} ${category}: ${message}\n`);
    },
  };
}

function readThreshold(levels: { readonly [category: string]: string }, category: string): number {
  let best = '';
  for (const name of Object.keys(levels)) {
    const matches = category === name || category.startsWith(`${name}.`);
    if (matches && name.length > best.length) best = name;
  }
  const level = levels[best] ?? levels['default'] ?? 'information';
  return level === 'none' ? order.length : order.indexOf(level);
}
