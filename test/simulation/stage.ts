import { applySlot } from '../../shared/apply/apply-slot.ts';
import { tick } from '../../shared/cycle/tick.ts';
import type { Random } from '../../shared/model/ports.ts';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { loadOperator, saveOperator } from '../../shared/rows/job.ts';
import { parseUserRow, partitionOf } from '../../shared/rows/users.ts';
import { createMemoryDoorbell, type MemoryDoorbell } from '../memory/memory-doorbell.ts';
import { createMemoryLog } from '../memory/memory-log.ts';
import { createMemoryTables, type MemoryTables } from '../memory/memory-tables.ts';
import { createSeededRandom } from '../memory/seeded-random.ts';
import { createCoverage, type Coverage } from './coverage.ts';
import { createEngineDeps, type EngineDeps } from './engine-deps.ts';
import { createGuard, type Guard } from './guard.ts';
import { createPorts, type Ports } from './ports.ts';
import { createScheduler, type PendingCall, type Process, type Scheduler } from './scheduler.ts';
import { createWorld, type World } from './world.ts';

type QueuedMessage = NonNullable<ReturnType<MemoryDoorbell['receive']>>;

/** A way to break the engine on purpose, to see that the walk notices. */
export interface Mutation {
  readonly ports?: (ports: Ports) => Ports;
  /** Tokens that a worker draws, with the token of its message. */
  readonly workerRandom?: (random: Random, messageToken: string) => Random;
}

export interface StageOptions {
  readonly seed: number;
  readonly mutation: Mutation;
  readonly trace: ((line: string) => void) | undefined;
}

/** Where the processes of the app run: two instances of it, a tenant, a team, storage and a queue, and one clock for all. */
export interface Stage {
  readonly world: World;
  readonly tables: MemoryTables;
  readonly doorbell: MemoryDoorbell;
  readonly scheduler: Scheduler;
  readonly guard: Guard;
  readonly coverage: Coverage;
  /** Requests of crashed processes that may still take effect. */
  readonly orphans: Set<PendingCall>;
  /** Every decision of the walk is drawn from here: in [0, 1). */
  readonly random: () => number;
  readonly below: (bound: number) => number;
  now(): number;
  steps(): number;
  countStep(): void;
  readonly say: (line: string) => void;
  /** From now on nothing fails. */
  calmDown(): void;
  /** Time passes; a request that must have taken effect by then does, or never will. */
  advance(ms: number): Promise<void>;
  startTick(): void;
  startDispatch(): void;
  readonly startWorker: (message: QueuedMessage) => void;
  crash(process: Process): void;
  crashInstance(): void;
  takeOrphan(call: PendingCall): Promise<void>;
  setPaused(paused: boolean): Promise<void>;
}

const instances = 2;
/** Monday, 2 March 2026, 08:00 UTC. */
const startAt = Date.UTC(2026, 2, 2, 8);

export function nameOf(process: Process): string {
  return `${process.kind}#${process.id}`;
}

export function createStage({ seed, mutation, trace }: StageOptions): Stage {
  const chance = createSeededRandom(seed);
  const engineRandom = createSeededRandom(seed + 1_000_003);
  const random = (): number => chance.fraction();
  const below = (bound: number): number => Math.floor(random() * bound);
  let now = startAt;
  let steps = 0;
  let isCalm = false;
  const log = createMemoryLog();
  const scheduler = createScheduler();
  const coverage = createCoverage();
  const orphans = new Set<PendingCall>();
  const tables = createMemoryTables({ pageRows: 5 });
  const doorbell = createMemoryDoorbell({ now: () => now, sleep: () => Promise.resolve() });
  const world = createWorld({
    random,
    now: () => now,
    jobMs: () => (random() < 0.25 ? below(20_000) : undefined),
    refuse: () => (!isCalm && random() < 0.04 ? refusalOf(random()) : undefined),
    isKnownDeleted: (id) => {
      const row = tables.row('Users', partitionOf(id), id);
      return row !== undefined && parseUserRow(row).source.deleted === 'soft';
    },
  });
  const guard = createGuard({ scheduler, world, tables, now: () => now });
  const plainPorts = createPorts({
    scheduler,
    real: { tables, doorbell, entra: world.entra, team: world.team },
    now: () => now,
    onTeamCall: (name) => guard.onTeamCall(name),
    onTeamEffect: (name) => guard.onTeamEffect(name),
    onJobRead: (rowKey) => guard.onJobRead(rowKey),
  });
  const ports = mutation.ports?.(plainPorts) ?? plainPorts;
  const depsOf = Array.from({ length: instances }, () =>
    createEngineDeps(ports, engineRandom, log),
  );

  function say(line: string): void {
    if (trace === undefined) return;
    const seconds = ((now - startAt) / 1000).toFixed(1);
    trace(`${String(steps).padStart(6)} ${seconds.padStart(9)} s  ${line}`);
  }

  function start(
    kind: string,
    run: (deps: EngineDeps) => Promise<void>,
    ended?: (error: unknown) => void,
  ): void {
    const instance = below(instances);
    const deps = depsOf[instance];
    if (deps === undefined) return;
    const process = scheduler.start(
      { kind, instance },
      () => run(deps),
      (error) => {
        const what = error instanceof Error ? `${error.name}: ${error.message}` : 'something';
        if (error !== undefined) coverage.note(kind, `threw ${what}`);
        say(`${nameOf(process)} ${error === undefined ? 'ended' : `threw ${what}`}`);
        ended?.(error);
      },
    );
    say(`${nameOf(process)} starts on instance ${instance}`);
  }

  function crash(process: Process): void {
    say(`${nameOf(process)} crashes`);
    for (const call of scheduler.crash(process)) {
      if (call.isWrite && random() < 0.7) orphans.add(call);
    }
  }

  async function takeOrphan(call: PendingCall): Promise<void> {
    orphans.delete(call);
    coverage.note(call.name, 'took effect after the crash');
    say(`${call.name} of the crashed ${nameOf(call.process)} takes effect`);
    await call.take();
  }

  return {
    world,
    tables,
    doorbell,
    scheduler,
    guard,
    coverage,
    orphans,
    random,
    below,
    now: () => now,
    steps: () => steps,
    countStep: () => {
      steps += 1;
    },
    say,
    calmDown: () => {
      isCalm = true;
      say('calm');
    },
    async advance(ms) {
      const next = now + ms;
      const waiting = [...scheduler.alive].flatMap((process) => [...process.calls]);
      for (const call of waiting) {
        if (call.isTaken || call.effectBy >= next) continue;
        coverage.note(call.name, 'took effect at the last moment');
        await call.take();
      }
      for (const call of orphans) {
        if (call.effectBy >= next) continue;
        if (random() < 0.5) await takeOrphan(call);
        else orphans.delete(call);
      }
      now = next;
    },
    startTick: () => start('tick', tick),
    startDispatch: () => start('dispatch', dispatch),
    startWorker(message) {
      const { slot, token } = message;
      const run = (deps: EngineDeps): Promise<void> => {
        const own = mutation.workerRandom?.(deps.random, token) ?? deps.random;
        return applySlot({ slot, token }, { ...deps, random: own });
      };
      start('worker', run, (error) => {
        // What throws is delivered again, at once or after a while; after the fifth time it is poison, and gone.
        const comesAgain = error !== undefined && message.dequeueCount < 5;
        if (comesAgain) doorbell.double(message.id, below(600_000));
        doorbell.remove(message.id);
      });
    },
    crash,
    crashInstance() {
      const instance = below(instances);
      coverage.note('instance', 'crash');
      for (const process of scheduler.alive) if (process.instance === instance) crash(process);
      depsOf[instance] = createEngineDeps(ports, engineRandom, log);
      guard.forget(instance);
    },
    takeOrphan,
    async setPaused(paused) {
      const found = await loadOperator(tables);
      if (found === undefined || found.value.paused === paused) return;
      coverage.note('operator', paused ? 'pauses' : 'resumes');
      say(paused ? 'the operator pauses' : 'the operator resumes');
      await saveOperator(tables, { value: { ...found.value, paused }, etag: found.etag });
      await guard.onBrakeMoved();
    },
  };
}

function refusalOf(draw: number): string {
  return draw < 0.5 ? 'user_creation_failed' : 'team_license_limit';
}
