import { loadBrake, loadOperator } from '../../shared/rows/job.ts';
import type { MemoryTables } from '../memory/memory-tables.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** Watches that pause, quarantine and a not-before reach everybody who calls Dropbox. */
export interface BrakeGuard {
  onTeamCall(name: string): void;
  onJobRead(rowKey: string): { read(): void; seen(): void };
  /** Dropbox has told a process of this instance to wait so long. */
  onThrottled(instance: number, untilMs: number): void;
  /** An instance starts anew: its memory of throttles is gone. */
  forget(instance: number): void;
  /** The brake or the operator's wish was written: what it says counts from now on. */
  onBrakeMoved(): Promise<void>;
}

/** A pause, a quarantine and a not-before of another instance reach everybody within so long. */
const lookMs = 2_000;

interface Sight {
  readAt: number;
  seenAt: number;
}

export function createBrakeGuard(context: {
  readonly scheduler: Scheduler;
  readonly tables: MemoryTables;
  readonly now: () => number;
  readonly report: (text: string) => void;
}): BrakeGuard {
  const { scheduler, tables, now, report } = context;
  const throttledUntil = new Map<number, number>();
  const sights = new Map<Process, Map<string, Sight>>();
  let stop = { isStopped: false, notBefore: 0, since: 0 };

  /** The last moment at which a look that was begun before the brake came on was answered. */
  function lastExcuse(instance: number): number {
    let last = 0;
    for (const [process, rows] of sights) {
      if (process.instance !== instance) continue;
      const seen = [...rows.values()];
      if (!seen.some(({ readAt }) => readAt <= stop.since)) continue;
      last = Math.max(last, ...seen.map(({ seenAt }) => seenAt));
    }
    return last;
  }

  return {
    onTeamCall(name) {
      const process = scheduler.current();
      const until = throttledUntil.get(process.instance) ?? 0;
      if (now() < until) {
        report(`${name} by ${process.kind} ${until - now()} ms sooner than Dropbox allowed`);
      }
      const isTick = process.kind === 'tick';
      const mustStop = (stop.isStopped && !isTick) || stop.notBefore > now();
      if (mustStop && now() > Math.max(stop.since, lastExcuse(process.instance)) + lookMs) {
        report(`${name} by ${process.kind} although the brake is on`);
      }
    },
    onJobRead(rowKey) {
      const process = scheduler.current();
      const rows = sights.get(process) ?? new Map<string, Sight>();
      sights.set(process, rows);
      let readAt = 0;
      return {
        read: () => {
          readAt = now();
        },
        seen: () => {
          if (rowKey === 'operator' || rowKey === 'brake') {
            rows.set(rowKey, { readAt, seenAt: now() });
          }
        },
      };
    },
    onThrottled(instance, until) {
      throttledUntil.set(instance, Math.max(until, throttledUntil.get(instance) ?? 0));
    },
    forget(instance) {
      throttledUntil.delete(instance);
      for (const process of sights.keys()) {
        if (process.instance === instance) sights.delete(process);
      }
    },
    async onBrakeMoved() {
      const operator = (await loadOperator(tables))?.value;
      const brake = (await loadBrake(tables)).value;
      const isOn = operator === undefined || (operator.status === 'on' && !operator.paused);
      const isStopped = !isOn || brake.quarantine !== null;
      const { notBefore } = brake;
      if (isStopped === stop.isStopped && notBefore === stop.notBefore) return;
      stop = { isStopped, notBefore, since: now() };
    },
  };
}
