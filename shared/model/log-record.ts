import type { OperationKind } from './operation.ts';

/** One line of the provisioning log: what was done or decided about one person or group, and why. */
export interface LogRecord {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `u:<Entra object id>` or `g:<Entra object id>`. */
  readonly identity: string;
  readonly operation: OperationKind | 'none';
  /** `held`: a removal waits, for a person to decide or for another answer of Entra. `drift`: Dropbox differs from what we last applied. */
  readonly outcome: 'applied' | 'alreadyDone' | 'skipped' | 'failed' | 'held' | 'drift';
  /** A stable code: why something was skipped, failed or taken away; empty otherwise. */
  readonly code: string;
  /** Which try this was, counted from 1; only for failed. */
  readonly attempt?: number;
  /** A sentence for the reader. */
  readonly reason: string;
  readonly changes: readonly {
    readonly name: string;
    readonly from: string;
    readonly to: string;
  }[];
  /** The Dropbox member or group it was done to, where there is one. */
  readonly targetId: string;
}
