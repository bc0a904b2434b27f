import { z } from 'zod';

import type { BlobStore } from './blob-store.ts';

/** What is known of a timer: milliseconds since 1970, 0 where nothing has happened yet. */
export interface ScheduleStatus {
  readonly last: number;
  readonly next: number;
  readonly lastUpdated: number;
}

/** Where a timer's status outlives the host, and who may run it. */
export interface ScheduleStore {
  load(timer: string): Promise<ScheduleStatus | undefined>;
  save(timer: string, status: ScheduleStatus): Promise<void>;
  /** Makes this host the one that runs the timer; undefined where another one is. */
  acquire(timer: string): Promise<TimerLease | undefined>;
}

export interface TimerLease {
  /** False: the lease is lost and the timer must stop. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

const statusSchema = z.object({ Last: z.string(), Next: z.string(), LastUpdated: z.string() });

/** Time as .NET writes it, its default for 0. */
function toDotNetTime(at: number): string {
  return at === 0 ? '0001-01-01T00:00:00+00:00' : new Date(at).toISOString().replace('Z', '+00:00');
}

function fromDotNetTime(text: string): number {
  return text.startsWith('0001') ? 0 : Date.parse(text);
}

/** In the container `azure-webjobs-hosts`, where the real host keeps both: `timers/HOST/TIMER/status` and `locks/HOST/TIMER.Listener`. */
export function createBlobScheduleStore(blobs: BlobStore, hostId: string): ScheduleStore {
  const statusName = (timer: string): string => `timers/${hostId}/${timer}/status`;
  return {
    load: async (timer) => {
      const text = await blobs.read(statusName(timer));
      if (text === undefined) return undefined;
      const { Last, Next, LastUpdated } = statusSchema.parse(JSON.parse(text));
      return {
        last: fromDotNetTime(Last),
        next: fromDotNetTime(Next),
        lastUpdated: fromDotNetTime(LastUpdated),
      };
    },
    save: async (timer, status) => {
      await blobs.write(statusName(timer), JSON.stringify(toDotNetStatus(status)));
    },
    acquire: async (timer) => {
      const name = `locks/${hostId}/${timer}.Listener`;
      const leaseId = await blobs.acquireLease(name);
      if (leaseId === undefined) return undefined;
      return {
        renew: async () => await blobs.renewLease(name, leaseId),
        release: async () => {
          await blobs.releaseLease(name, leaseId);
        },
      };
    },
  };
}

/** The status in the form the host sends and stores. */
export function toDotNetStatus(status: ScheduleStatus): z.infer<typeof statusSchema> {
  return {
    Last: toDotNetTime(status.last),
    Next: toDotNetTime(status.next),
    LastUpdated: toDotNetTime(status.lastUpdated),
  };
}

/** For storage without blobs: forgotten when the process ends, and no other host is seen. */
export function createMemoryScheduleStore(): ScheduleStore {
  const kept = new Map<string, ScheduleStatus>();
  return {
    load: async (timer) => await Promise.resolve(kept.get(timer)),
    save: async (timer, status) => {
      kept.set(timer, status);
      await Promise.resolve();
    },
    acquire: async () =>
      await Promise.resolve({
        renew: async () => await Promise.resolve(true),
        release: async () => Promise.resolve(),
      }),
  };
}
