import type { EntraReader, TeamReader } from '../model/ports.ts';
import type { OutboxDeps } from '../outbox/deps.ts';

export interface CycleSettings {
  readonly tenantId: string;
  /** Changes with anything that changes what is desired. */
  readonly fingerprint: string;
  /** For how long a cycle has its lease without renewing it. */
  readonly leaseMs: number;
  /** After so long a cycle ends between two pages; the next tick goes on there. */
  readonly budgetMs: number;
  /** Calls to Table Storage so far, for what a cycle costs. */
  readonly storageCalls: () => number;
}

export interface CycleDeps extends OutboxDeps {
  readonly entra: EntraReader;
  readonly team: TeamReader;
  readonly cycle: CycleSettings;
}
