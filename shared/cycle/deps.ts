import type { EntraReader, TeamReader } from '../model/ports.ts';
import type { Provisioning } from '../config/provisioning.ts';
import type { LeavingPolicy } from '../plan/leaving-policy.ts';
import type { OutboxDeps } from '../outbox/deps.ts';

/** What holds removals back for a person to decide: the part `guards` of provisioning.json. */
type Guards = Provisioning['guards'];

export interface CycleSettings {
  readonly tenantId: string;
  /** Changes with anything that changes what is desired. */
  readonly fingerprint: string;
  readonly leaving: LeavingPolicy;
  readonly guards: Guards;
  /** The team is compared with what we applied so often. */
  readonly driftEveryMs: number;
  /** For how long a cycle has its lease without renewing it. */
  readonly leaseMs: number;
  /** After so long a cycle ends between two pages; the next tick goes on there. */
  readonly budgetMs: number;
  /** Calls to Table Storage so far, for what a cycle costs. */
  readonly storageCalls: () => number;
}

export interface CycleDeps extends OutboxDeps {
  /**
   * Since when the identities that a cycle schedules are due: its start. Whoever is on several pages of one cycle has one entry then, in
   * whatever minute each page is taken in.
   */
  readonly scheduleFrom?: number;
  readonly entra: EntraReader;
  readonly team: TeamReader;
  readonly cycle: CycleSettings;
}
