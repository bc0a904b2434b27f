/** How far the app is, read from outside. Cheap: a poll reads a handful of rows whatever the tenant's size. */
export interface Progress {
  readonly pending: PendingCounts;
  /** Slots of the outbox that somebody has in hand. */
  readonly slotsTaken: number;
  /** True once an initial cycle has been complete. */
  readonly initialDone: boolean;
  readonly lastCycle?: CycleNote;
  /** What stops everything, in words: paused, off, quarantine. */
  readonly problems: readonly string[];
  /** Calls of the app's process to Table Storage, as of its last tick. */
  readonly storageCalls: number;
}

/** Entries of the outbox; counted up to some limit, which is enough to tell none from some. */
export interface PendingCounts {
  readonly due: number;
  /** Due within the hour: a retry on its way, not yet escrow. */
  readonly soon: number;
  readonly later: number;
}

export interface CycleNote {
  readonly id: string;
  readonly kind: 'initial' | 'incremental';
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: 'complete' | 'interrupted' | 'failed';
  /** Rows whose desired state changed, and identities scheduled; undefined where the reader cannot tell. */
  readonly changed?: number;
  readonly error?: string;
}

/** Where everything has come to, counted once at the end: reads every row. */
export interface Totals {
  readonly users: StateCounts;
  readonly groups: StateCounts;
  readonly memberships: StateCounts;
  readonly operations: {
    readonly byKind: { readonly [kind: string]: number };
    readonly byOutcome: { readonly [outcome: string]: number };
  };
  /** Assignments that give nobody access, by reason. */
  readonly excluded: { readonly [reason: string]: number };
}

/** By state: `applied`, `skipped`, `held`, `staged`, `escrow`, `givenUp`, `pending`. A state nobody is in is absent. */
export interface StateCounts {
  readonly [state: string]: number;
}

export interface ProgressReader {
  readProgress(): Promise<Progress>;
  /** Cycles since then that did something; a poll may miss one that another followed at once. */
  readCycles(since: number): Promise<readonly CycleNote[]>;
  /** `since`: operations logged from then on, in milliseconds since 1970. */
  readTotals(since: number): Promise<Totals>;
}
