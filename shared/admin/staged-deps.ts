import type { Clock, TableStore } from '../model/ports.ts';

/** What the command line for staged removals needs. It writes the table `Decisions` alone. */
export interface StagedDeps {
  readonly tables: TableStore;
  readonly clock: Clock;
  /** Who decides, for the record. */
  readonly by: string;
  /** Where the storage was named, for the reader: `local.settings.json`. */
  readonly storage: string;
  /** Shows one line. */
  readonly say: (line: string) => void;
}

/** How the command line is called, in every line to paste. */
export const callStaged = 'npm run staged --';
