import type { Clock, Doorbell, Log, Random, TableStore } from '../model/ports.ts';
import type { BrakePedal } from './brake.ts';

interface OutboxSettings {
  /** How many workers press on Dropbox at once, whatever the number of instances. */
  readonly slots: number;
  /** For how long a worker has its slot before somebody else looks at it again. */
  readonly claimMs: number;
}

export interface OutboxDeps {
  readonly tables: TableStore;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly brake: BrakePedal;
  readonly outbox: OutboxSettings;
}
