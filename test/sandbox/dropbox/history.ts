/** What things were before they changed, for as long as a list route may still show them so. */
export interface History<T> {
  note(id: string, before: T | undefined): void;
  /** For each thing that changed after `time`: what it was then; undefined for what did not exist. */
  readAsOf(time: number): ReadonlyMap<string, T | undefined>;
  clear(): void;
}

interface Entry<T> {
  readonly at: number;
  readonly id: string;
  readonly before: T | undefined;
}

/** Keeps nothing while `lagMs` answers 0. */
export function createHistory<T>(now: () => number, lagMs: () => number): History<T> {
  let entries: Entry<T>[] = [];
  return {
    note: (id, before) => {
      const lag = lagMs();
      if (lag === 0) return;
      const at = now();
      const oldest = entries[0];
      if (oldest !== undefined && oldest.at < at - 2 * lag) {
        entries = entries.filter((entry) => entry.at >= at - lag);
      }
      entries.push({ at, id, before });
    },
    readAsOf: (time) => {
      const past = new Map<string, T | undefined>();
      for (const entry of entries.toReversed()) {
        if (entry.at <= time) break;
        past.set(entry.id, entry.before);
      }
      return past;
    },
    clear: () => {
      entries = [];
    },
  };
}
