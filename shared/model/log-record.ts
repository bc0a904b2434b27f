import type { OperationKind } from './operation.ts';

/** One line of the provisioning log: what was done or decided about one person or group, and why. */
export interface LogRecord {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `u:<Entra object id>` or `g:<Entra object id>`. */
  readonly identity: string;
  readonly operation: OperationKind | 'none';
  readonly outcome: 'applied' | 'alreadyDone' | 'skipped' | 'failed';
  /** A stable code for skipped and failed; empty otherwise. */
  readonly code: string;
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
