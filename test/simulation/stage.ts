import { applySlot } from '../../shared/apply/apply-slot.ts';
import { tick } from '../../shared/cycle/tick.ts';
import type { Random } from '../../shared/model/ports.ts';
import type { BrakePedal } from '../../shared/outbox/brake.ts';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { parseUserRow, partitionOf } from '../../shared/rows/users.ts';
import { createMemoryDoorbell, type MemoryDoorbell } from '../memory/memory-doorbell.ts';
import { createMemoryLog } from '../memory/memory-log.ts';
import { createMemoryTables, type MemoryTables } from '../memory/memory-tables.ts';
import { createSeededRandom } from '../memory/seeded-random.ts';
import { drawCharacter, type Character } from './character.ts';
import { createCoverage, type Coverage } from './coverage.ts';
import { createEngineDeps, type EngineDeps } from './engine-deps.ts';
import { createGuard, type Guard } from './guard.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createLiar, type Liar } from './lies.ts';
import { createLyingEntra } from './lying-entra.ts';
import { createLyingTeam } from './lying-team.ts';
import { createMeddling, type Meddling } from './meddle.ts';
import { createOperator, type Operator } from './operator.ts';
import { createPast } from './past.ts';
import { createPorts, type Ports } from './ports.ts';
import { createScheduler, type PendingCall, type Process, type Scheduler } from './scheduler.ts';
import { createWorld, type World } from './world.ts';

type QueuedMessage = NonNullable<ReturnType<MemoryDoorbell['receive']>>;

/** A way to break the engine on purpose, to see that the walk notices. */
export interface Mutation {
  readonly ports?: (ports: Ports) => Ports;
  /** The ports of workers only, and those of ticks only: made anew for each. */
  readonly workerPorts?: (ports: Ports) => Ports;
  readonly tickPorts?: (ports: Ports) => Ports;
  readonly workerBrake?: (brake: BrakePedal) => BrakePedal;
  /** Tokens that a worker draws, with the token of its message. */
  readonly workerRandom?: (random: Random, messageToken: string) => Random;
}

export interface StageOptions {
  readonly seed: number;
  readonly mutation: Mutation;
  /** Changes of what the seed draws. */
  readonly character: Partial<Character>;
  readonly isFair: boolean;
  readonly trace: ((line: string) => void) | undefined;
}

/** Where the processes of the app run: two instances of it, a tenant, a team, storage and a queue, and one clock for all. */
export interface Stage {
  readonly world: World;
  readonly character: Character;
  readonly tables: MemoryTables;
  readonly doorbell: MemoryDoorbell;
  readonly scheduler: Scheduler;
  readonly guard: Guard;
  readonly ledger: Ledger;
  readonly operator: Operator;
  readonly meddling: Meddling;
  readonly liar: Liar;
  readonly coverage: Coverage;
  /** Requests of crashed processes that may still take effect. */
  readonly orphans: Set<PendingCall>;
  /** Every decision of the walk is drawn from here: in [0, 1). */
  readonly random: () => number;
  readonly below: (bound: number) => number;
  readonly now: () => number;
  /** When a row was written that says that something is still to be done, or is done. */
  readonly lastMove: () => number;
  steps(): number;
  countStep(): void;
  readonly say: (line: string) => void;
  /** From now on nothing fails. */
  calmDown(): void;
  /** The team has been compared: what is to be seen there has been seen. */
  readonly compareSeldom: () => void;
  /** Both instances start anew with another configuration, so that everything is read again. */
  reconfigure(): void;
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
/** While these are written something is still to be done. */
const movingTables = new Set(['Users', 'Groups', 'Memberships', 'Schedule', 'Assignments']);
/** Monday, 2 March 2026, 08:00 UTC. */
const startAt = Date.UTC(2026, 2, 2, 8);

export function nameOf(process: Process): string {
  return `${process.kind}#${process.id}`;
}

export function createStage({ seed, mutation, trace, ...options }: StageOptions): Stage {
  const chance = createSeededRandom(seed);
  const engineRandom = createSeededRandom(seed + 1_000_003);
  const random = (): number => chance.fraction();
  const below = (bound: number): number => Math.floor(random() * bound);
  let now = startAt;
  let steps = 0;
  let isCalm = false;
  let isByHand = false;
  let fingerprint = 'one';
  let lastMove = startAt;
  const clock = (): number => now;
  const log = createMemoryLog();
  const scheduler = createScheduler();
  const coverage = createCoverage();
  const orphans = new Set<PendingCall>();
  const tables = createMemoryTables({ pageRows: 5 });
  const doorbell = createMemoryDoorbell({ now: clock, sleep: () => Promise.resolve() });
  const character = { ...drawCharacter(random), ...options.character };
  const job = (): number | undefined => (!isByHand && random() < 0.25 ? below(20_000) : undefined);
  let { driftEveryMs } = character;
  const world = createWorld({
    character,
    random,
    now: clock,
    jobMs: job,
    removeJobMs: job,
    refuse: () => (!isCalm && !isByHand && random() < 0.04 ? refusalOf(random()) : undefined),
    isKnownDeleted: (id) => {
      const row = tables.row('Users', partitionOf(id), id);
      return row !== undefined && parseUserRow(row).source.deleted === 'soft';
    },
  });
  const past = createPast({ ...world, now: clock });
  const ledger = createLedger(world.team);
  const about = { world, character, random, now: clock, tables };
  const operator = createOperator(about);
  const { isFair } = options;
  const guard = createGuard({ ...about, scheduler, ledger, operator, isFair });
  const liar = createLiar({
    random,
    now: clock,
    lastComplete: () => guard.versions.completeStartedAt(),
  });
  const liars = { ...world, past, character, random, now: clock };
  const look = (name: string): void => {
    guard.onTeamEffect(name);
    past.noteTeam();
  };
  const plainPorts = createPorts({
    scheduler,
    real: { tables, doorbell, entra: world.entra, team: world.team },
    now: clock,
    lies: { entra: createLyingEntra(liars), team: createLyingTeam(liars) },
    onTeamCall: (call) => guard.onTeamCall(call),
    onTeamEffect: look,
    onTableWrite: (table, partition, actions) => {
      if (movingTables.has(table)) lastMove = now;
      guard.onTableWrite(table, partition, actions);
    },
    onJobRead: (rowKey) => guard.onJobRead(rowKey),
  });
  const ports = mutation.ports?.(plainPorts) ?? plainPorts;
  const newDeps = (): EngineDeps =>
    createEngineDeps(ports, {
      random: engineRandom,
      log,
      character,
      fingerprint,
      driftEveryMs: () => driftEveryMs,
    });
  const depsOf = Array.from({ length: instances }, newDeps);
  const meddling = createMeddling({
    ...about,
    ...world,
    ledger,
    look: () => look('a job'),
    async atOnce(act) {
      isByHand = true;
      await act();
      isByHand = false;
      guard.passOverWrites();
      past.noteTeam();
    },
  });

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
      { kind, instance, startedAt: now },
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

  function noted(words: readonly string[]): readonly string[] {
    if (words.length > 0) past.noteEntra();
    return words;
  }

  return {
    world: {
      ...world,
      change: () => {
        const word = world.change();
        past.noteEntra();
        return word;
      },
      finishMoves: () => noted(world.finishMoves()),
      finishAllMoves: () => noted(world.finishAllMoves()),
    },
    character,
    tables,
    doorbell,
    scheduler,
    guard,
    ledger,
    operator,
    meddling,
    liar,
    coverage,
    orphans,
    random,
    below,
    now: () => now,
    lastMove: () => lastMove,
    steps: () => steps,
    countStep: () => {
      steps += 1;
    },
    say,
    calmDown: () => {
      isCalm = true;
      liar.stop();
      say('calm');
    },
    compareSeldom: () => {
      driftEveryMs = 3 * 86_400_000;
    },
    reconfigure: () => {
      fingerprint = `${fingerprint} more`;
      for (let instance = 0; instance < instances; instance++) depsOf[instance] = newDeps();
      say('another configuration');
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
    startTick: () => start('tick', (deps) => tick(withPorts(deps, mutation.tickPorts))),
    startDispatch: () => start('dispatch', dispatch),
    startWorker(message) {
      const { slot, token } = message;
      const run = (deps: EngineDeps): Promise<void> => {
        const own = mutation.workerRandom?.(deps.random, token) ?? deps.random;
        const mine = withPorts(deps, mutation.workerPorts);
        const brake = mutation.workerBrake?.(deps.brake) ?? deps.brake;
        return applySlot({ slot, token }, { ...mine, brake, random: own });
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
      depsOf[instance] = newDeps();
      guard.forget(instance);
    },
    takeOrphan,
    async setPaused(paused) {
      if (!(await operator.setPaused(paused))) return;
      coverage.note('operator', paused ? 'pauses' : 'resumes');
      say(paused ? 'the operator pauses' : 'the operator resumes');
      await guard.onBrakeMoved();
    },
  };
}

/** What a mutation makes of the ports of processes of one kind. */
function withPorts(deps: EngineDeps, change: Mutation['workerPorts']): EngineDeps {
  if (change === undefined) return deps;
  const { tables: own, doorbell: bell, clock: time, entra, team } = deps;
  return { ...deps, ...change({ tables: own, doorbell: bell, clock: time, entra, team }) };
}

function refusalOf(draw: number): string {
  return draw < 0.5 ? 'user_creation_failed' : 'team_license_limit';
}
