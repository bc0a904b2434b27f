import { noHeartbeat, type GateKind, type Heartbeat } from '../model/job.ts';
import type { Clock, TableStore } from '../model/ports.ts';
import type { BrakePedal, BrakeView } from '../outbox/brake.ts';
import { loadHeartbeat } from '../rows/job.ts';

/** Without a tick for so long something is wrong with the timer itself. */
const silenceMs = 15 * 60_000;

/** An absence settles, Entra is asked in up to three cycles, Dropbox has its bad minutes: longer than that is late. */
const removalLateMs = 60 * 60_000;

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
    /** Of those held, how many wait for a person to decide. */
    readonly staged: number;
    /** For how long somebody is to lose access and has it still; 0 where nobody waits for us. */
    readonly oldestRemovalSeconds: number;
    readonly escrow: number;
  };
  /** The last comparison of the team with what we applied; null before the first. */
  readonly drift: {
    readonly comparedAt: string;
    readonly members: number;
    readonly gone: number;
    readonly strangers: number;
  } | null;
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
      backlog: toBacklog(noHeartbeat, now),
      drift: null,
      problems: [`storage does not answer: ${reason}`],
    };
  }
}

/** Pure, so that each state of the job has a test. */
export function toHealth(brake: BrakeView, heartbeat: Heartbeat, now: number): Health {
  const stops = stoppingProblems(brake, heartbeat, now);
  const warnings = [
    ...gateWarnings(brake),
    ...removalWarnings(brake, heartbeat, now),
    ...warningsOf(heartbeat),
  ];
  const { lastCycle } = heartbeat;
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
    backlog: toBacklog(heartbeat, now),
    drift: driftOf(heartbeat),
    problems: [...stops, ...warnings],
  };
}

function toBacklog({ backlog }: Heartbeat, now: number): Health['backlog'] {
  const { pending, oldestDue, held, staged, oldestRemoval, escrow } = backlog;
  return {
    pending,
    oldestSeconds: secondsSince(oldestDue, now),
    held,
    staged,
    oldestRemovalSeconds: secondsSince(oldestRemoval, now),
    escrow,
  };
}

/** 0 for never, and for what is still to come. */
function secondsSince(at: number, now: number): number {
  return at === 0 ? 0 : Math.max(0, Math.round((now - at) / 1_000));
}

function driftOf({ reconciledAt, drift }: Heartbeat): Health['drift'] {
  if (reconciledAt === 0) return null;
  return { comparedAt: new Date(reconciledAt).toISOString(), ...drift };
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

const gateKinds = ['invite', 'recover', 'unsuspend'] as const;
const gateWords = {
  invite: 'invitations',
  recover: 'recoveries',
  unsuspend: 'people whose suspension is over',
} as const satisfies { readonly [kind in GateKind]: string };

function gateWarnings({ gates }: BrakeView): readonly string[] {
  return gateKinds.flatMap((kind) => {
    const gate = gates[kind];
    if (gate === undefined) return [];
    const since = new Date(gate.since).toISOString();
    const next = new Date(gate.nextProbe).toISOString();
    return [
      `no licence is left (${gate.code}): ${gateWords[kind]} wait since ${since}; one is tried again at ${next}`,
    ];
  });
}

/** What takes access away and does not get on, while the job is on. */
function removalWarnings(
  { operator }: BrakeView,
  { backlog }: Heartbeat,
  now: number,
): readonly string[] {
  if (operator.status !== 'on' || operator.paused) return [];
  const warnings: string[] = [];
  if (backlog.staged > 0) {
    warnings.push(
      `${backlog.staged} removals wait for a person to decide: npm run staged -- list shows them`,
    );
  }
  const waits = backlog.oldestRemoval === 0 ? 0 : now - backlog.oldestRemoval;
  if (waits >= removalLateMs) {
    const minutes = Math.round(waits / 60_000);
    warnings.push(
      `somebody who is to lose access has kept it for ${minutes} minutes: see the provisioning log`,
    );
  }
  return warnings;
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
