import type { Heartbeat } from '../model/job.ts';
import type { Clock, TableStore } from '../model/ports.ts';
import type { BrakePedal, BrakeView } from '../outbox/brake.ts';
import { loadHeartbeat } from '../rows/job.ts';

/** Without a tick for so long something is wrong with the timer itself. */
const silenceMs = 15 * 60_000;

export interface Health {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly job: 'off' | 'planOnly' | 'on' | 'paused' | 'quarantine' | 'unknown';
  readonly lastCycle: {
    readonly kind: string;
    readonly startedAt: string;
    readonly ageSeconds: number;
    readonly outcome: string;
  } | null;
  readonly backlog: {
    readonly pending: number;
    readonly oldestSeconds: number;
    readonly held: number;
    readonly staged: number;
    readonly escrow: number;
  };
  readonly problems: readonly string[];
}

/** What an operator or a probe needs to know, from a handful of rows. Never throws: storage that does not answer is a problem named. */
export async function buildHealth(deps: {
  readonly tables: TableStore;
  readonly clock: Clock;
  readonly brake: BrakePedal;
}): Promise<Health> {
  const now = deps.clock.now();
  try {
    const brake = await deps.brake.look({ fresh: true });
    const { value: heartbeat } = await loadHeartbeat(deps.tables);
    return toHealth(brake, heartbeat, now);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      status: 'unhealthy',
      job: 'unknown',
      lastCycle: null,
      backlog: { pending: 0, oldestSeconds: 0, held: 0, staged: 0, escrow: 0 },
      problems: [`storage does not answer: ${reason}`],
    };
  }
}

/** Pure, so that each state of the job has a test. */
export function toHealth(brake: BrakeView, heartbeat: Heartbeat, now: number): Health {
  const stops = stoppingProblems(brake, heartbeat, now);
  const warnings = warningsOf(heartbeat);
  const { lastCycle, backlog } = heartbeat;
  return {
    status: stops.length > 0 ? 'unhealthy' : warnings.length > 0 ? 'degraded' : 'healthy',
    job: jobOf(brake),
    lastCycle:
      lastCycle === null
        ? null
        : {
            kind: lastCycle.kind,
            startedAt: new Date(lastCycle.startedAt).toISOString(),
            ageSeconds: Math.round((now - lastCycle.endedAt) / 1_000),
            outcome: lastCycle.outcome,
          },
    backlog: {
      pending: backlog.pending,
      oldestSeconds:
        backlog.oldestDue === 0 ? 0 : Math.max(0, Math.round((now - backlog.oldestDue) / 1_000)),
      held: backlog.held,
      staged: 0,
      escrow: backlog.escrow,
    },
    problems: [...stops, ...warnings],
  };
}

function jobOf({ operator, quarantine }: BrakeView): Health['job'] {
  if (operator.status === 'off') return 'off';
  if (operator.paused) return 'paused';
  return quarantine === null ? operator.status : 'quarantine';
}

function stoppingProblems(
  { quarantine, operator }: BrakeView,
  heartbeat: Heartbeat,
  now: number,
): readonly string[] {
  const problems: string[] = [];
  if (quarantine !== null) {
    const next = new Date(quarantine.nextAttempt).toISOString();
    problems.push(`quarantine, ${quarantine.code}: ${quarantine.detail}; tried again at ${next}`);
  }
  const isSilent = heartbeat.at > 0 && now - heartbeat.at > silenceMs;
  if (isSilent && operator.status !== 'off') {
    problems.push(
      `no tick for ${Math.round((now - heartbeat.at) / 60_000)} minutes: the timer is dead`,
    );
  }
  return problems;
}

function warningsOf({ lastCycle, at }: Heartbeat): readonly string[] {
  if (at === 0) return ['no cycle has run yet'];
  const warnings: string[] = [];
  if (lastCycle?.outcome === 'failed') {
    warnings.push(
      `the last cycle failed: ${lastCycle.error ?? 'for a reason that was not recorded'}`,
    );
  }
  if (lastCycle !== null && lastCycle.unreadable > 0) {
    const people = `${lastCycle.unreadable} people`;
    warnings.push(
      `Graph shows ${people} without userPrincipalName and accountEnabled: is User.Read.All granted?`,
    );
  }
  return warnings;
}
