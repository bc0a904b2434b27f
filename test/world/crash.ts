import type { Doorbell, TableStore } from '../../shared/model/ports.ts';

/** What the caller sees of a process that died; nothing it does afterwards reaches anything. */
class CrashError extends Error {
  constructor() {
    super('the process died');
    this.name = 'CrashError';
  }
}

export interface Crashable {
  readonly tables: TableStore;
  readonly doorbell: Doorbell;
  /** Writes (and rings of the bell) since the last call of `at` or `revive`. */
  readonly writes: number;
  /** The process dies instead of its n-th write from now on, counted from 0. */
  at(write: number): void;
  /** A new process: everything works again. */
  revive(): void;
}

/** Ports whose process can be made to die between any two writes. */
export function crashable(real: {
  readonly tables: TableStore;
  readonly doorbell: Doorbell;
}): Crashable {
  let writes = 0;
  let diesAt = Infinity;
  let isDead = false;

  function live(): void {
    if (isDead) throw new CrashError();
  }

  function liveToWrite(): void {
    if (writes >= diesAt) isDead = true;
    live();
    writes += 1;
  }

  return {
    tables: {
      get: async (table, partitionKey, rowKey) => {
        live();
        return real.tables.get(table, partitionKey, rowKey);
      },
      page: async (table, partitionKey, request) => {
        live();
        return real.tables.page(table, partitionKey, request);
      },
      write: async (table, partitionKey, actions) => {
        liveToWrite();
        return real.tables.write(table, partitionKey, actions);
      },
    },
    doorbell: {
      ring: async (message, delayMs) => {
        liveToWrite();
        return real.doorbell.ring(message, delayMs);
      },
    },
    get writes() {
      return writes;
    },
    at(write) {
      writes = 0;
      diesAt = write;
    },
    revive() {
      writes = 0;
      diesAt = Infinity;
      isDead = false;
    },
  };
}
