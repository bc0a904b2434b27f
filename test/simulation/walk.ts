import { applySlot } from '../../shared/apply/apply-slot.ts';
import type { ApplyDeps } from '../../shared/apply/deps.ts';
import type { CycleDeps } from '../../shared/cycle/deps.ts';
import { tick } from '../../shared/cycle/tick.ts';
import { ThrottledError } from '../../shared/model/errors.ts';
import type { Random } from '../../shared/model/ports.ts';
import { createBrake } from '../../shared/outbox/brake.ts';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { parsePendingEntry } from '../../shared/outbox/entry.ts';
import { loadOutbox } from '../../shared/outbox/outbox-row.ts';
import { loadCycleState, loadOperator, saveOperator } from '../../shared/rows/job.ts';
import { createMemoryDoorbell, type MemoryDoorbell } from '../memory/memory-doorbell.ts';
import { createMemoryLog, type MemoryLog } from '../memory/memory-log.ts';
import { createMemoryTables, type MemoryTables } from '../memory/memory-tables.ts';
import { createSeededRandom } from '../memory/seeded-random.ts';
import { createCoverage, type Coverage } from './coverage.ts';
import { drawFault } from './faults.ts';
import { createGuard, type Guard } from './guard.ts';
import { judgeOutcome } from './outcome.ts';
import { createPorts, type Ports } from './ports.ts';
import { createScheduler, type PendingCall, type Process, type Scheduler } from './scheduler.ts';
import { createWorld, type World } from './world.ts';

/** A way to break the engine on purpose, to see that the walk notices. */
export interface Mutation {
  readonly ports?: (ports: Ports) => Ports;
  /** Tokens that a worker draws, with the token of its message. */
  readonly workerRandom?: (random: Random, messageToken: string) => Random;
}

export interface WalkOptions {
  readonly seed: number;
  readonly mutation?: Mutation;
  /** Steps with faults; calm follows until everything has come to rest. */
  readonly stormSteps?: number;
  readonly trace?: (line: string) => void;
}

export interface WalkResult {
  /** Empty where the walk ended well. */
  readonly problems: readonly string[];
  readonly coverage: Coverage;
  readonly steps: number;
  readonly invitations: number;
  readonly virtualMinutes: number;
}

type QueuedMessage = NonNullable<ReturnType<MemoryDoorbell['receive']>>;

const slots = 2;
const claimMs = 180_000;
const leaseMs = 60_000;
const instances = 2;
const processLimit = 6;
const calmSteps = 60_000;
const startAt = Date.UTC(2026, 2, 2, 8);

/** One random walk over the real engine: a storm of changes and faults, then calm, then the judgement. The same seed, the same walk. */
export async function walk(options: WalkOptions): Promise<WalkResult> {
  const run = createWalk(options);
  await run.storm(options.stormSteps ?? 6_000);
  await run.calm();
  return run.result();
}

interface Walk {
  storm(steps: number): Promise<void>;
  calm(): Promise<void>;
  result(): Promise<WalkResult>;
}

function createWalk({ seed, mutation = {}, trace }: WalkOptions): Walk {
  const chance = createSeededRandom(seed);
  const engineRandom = createSeededRandom(seed + 1_000_003);
  const random = (): number => chance.fraction();
  const below = (bound: number): number => Math.floor(random() * bound);
  let now = startAt;
  let steps = 0;
  let isCalm = false;
  const clock = { now: () => now, sleep: (): Promise<void> => Promise.resolve() };
  const scheduler: Scheduler = createScheduler();
  const coverage = createCoverage();
  const tables: MemoryTables = createMemoryTables({ pageRows: 5 });
  const doorbell = createMemoryDoorbell(clock);
  const log: MemoryLog = createMemoryLog();
  const world: World = createWorld({
    random,
    now: () => now,
    jobMs: () => (random() < 0.25 ? below(20_000) : undefined),
    refuse: () => (!isCalm && random() < 0.04 ? refusalOf(random) : undefined),
  });
  const guard: Guard = createGuard({ scheduler, world, tables, now: () => now });
  const plainPorts = createPorts({
    scheduler,
    real: { tables, doorbell, entra: world.entra, team: world.team },
    now: () => now,
    onTeamCall: (name) => guard.onTeamCall(name),
    onTeamEffect: (name) => guard.onTeamEffect(name),
    onJobRead: (rowKey) => guard.onJobRead(rowKey),
  });
  const ports = mutation.ports?.(plainPorts) ?? plainPorts;
  const depsOf = Array.from({ length: instances }, () => createDeps(ports, engineRandom, log));
  /** Requests of crashed processes that may still take effect. */
  let orphans: PendingCall[] = [];
  let last: Process | undefined;
  let problems: readonly string[] = [];

  function say(line: string): void {
    trace?.(
      `${String(steps).padStart(6)} ${((now - startAt) / 1000).toFixed(1).padStart(9)} s  ${line}`,
    );
  }

  function nameOf(process: Process): string {
    return `${process.kind}#${process.id}`;
  }

  function start(
    kind: string,
    run: (deps: ApplyDeps & CycleDeps) => Promise<void>,
    ended: (error: unknown) => void,
  ): void {
    const instance = below(instances);
    const deps = depsOf[instance];
    if (deps === undefined) return;
    const process = scheduler.start(
      { kind, instance },
      () => run(deps),
      (error) => {
        say(
          `${nameOf(process)} ended${error instanceof Error ? `: ${error.name} ${error.message}` : ''}`,
        );
        if (error !== undefined)
          coverage.note(kind, `threw ${error instanceof Error ? error.name : ''}`);
        ended(error);
      },
    );
    say(`${nameOf(process)} starts on instance ${instance}`);
  }

  function startTick(): void {
    start('tick', tick, () => undefined);
  }

  function startWorker(message: QueuedMessage): void {
    const { slot, token } = message;
    start(
      'worker',
      (deps) => {
        const own = mutation.workerRandom?.(deps.random, token) ?? deps.random;
        return applySlot({ slot, token }, { ...deps, random: own });
      },
      (error) => {
        // Redelivered at once or after a while, as the host does with what throws; a poisoned one is gone.
        if (error !== undefined && message.dequeueCount < 5)
          doorbell.double(message.id, below(600_000));
        doorbell.remove(message.id);
      },
    );
  }

  function receive(): void {
    const message = doorbell.receive();
    if (message === undefined) return;
    const draw = isCalm ? 1 : random();
    if (draw < 0.08 || message.dequeueCount > 5) {
      coverage.note('message', 'lost');
      say(`message for slot ${message.slot} is lost`);
      return doorbell.remove(message.id);
    }
    if (draw < 0.2) {
      coverage.note('message', 'doubled');
      doorbell.double(message.id, random() < 0.5 ? 0 : below(400_000));
    }
    if (draw > 0.94 && !isCalm) {
      coverage.note('message', 'late');
      doorbell.double(message.id, below(400_000));
      return doorbell.remove(message.id);
    }
    if (message.dequeueCount > 1) coverage.note('message', 'redelivered');
    startWorker(message);
  }

  /** Time passes; requests that must have taken effect by then do, or never will. */
  async function advance(ms: number): Promise<void> {
    const next = now + ms;
    const waiting = [...scheduler.alive].flatMap((process) => [...process.calls]);
    for (const call of waiting) {
      if (call.isTaken || call.effectBy >= next) continue;
      coverage.note(call.name, 'took effect at the last moment');
      await call.take();
    }
    for (const call of orphans) {
      if (call.effectBy < next && random() < 0.5) await takeOrphan(call);
    }
    orphans = orphans.filter((call) => call.effectBy >= next && !call.isTaken);
    now = next;
  }

  async function takeOrphan(call: PendingCall): Promise<void> {
    coverage.note(call.name, 'took effect after the crash');
    say(`${call.name} of the crashed ${nameOf(call.process)} takes effect`);
    await call.take();
  }

  function crash(process: Process): void {
    say(`${nameOf(process)} crashes`);
    for (const call of scheduler.crash(process)) {
      if (call.isWrite && random() < 0.7) orphans.push(call);
    }
  }

  function crashInstance(): void {
    const instance = below(instances);
    coverage.note('instance', 'crash');
    for (const process of scheduler.alive) if (process.instance === instance) crash(process);
    depsOf[instance] = createDeps(ports, engineRandom, log);
    guard.forget(instance);
  }

  async function togglePause(paused: boolean): Promise<void> {
    const found = await loadOperator(tables);
    if (found === undefined || found.value.paused === paused) return;
    say(paused ? 'the operator pauses' : 'the operator resumes');
    coverage.note('operator', paused ? 'pauses' : 'resumes');
    await saveOperator(tables, { value: { ...found.value, paused }, etag: found.etag });
    await guard.onBrakeMoved();
  }

  async function outside(): Promise<void> {
    const draw = random();
    if (draw < 0.01) {
      const word = world.change();
      coverage.note('entra changes', word.split(' ')[0] ?? '');
      say(`in Entra: ${word}`);
    } else if (draw < 0.012) {
      const members = world.team.members();
      world.team.accept(members[below(members.length)]?.memberId ?? '');
      guard.onTeamEffect('accept');
    } else if (draw < 0.0122) crashInstance();
    else if (draw < 0.0126) await togglePause(true);
    else if (draw < 0.015) await togglePause(false);
    else if (draw < 0.0155) {
      world.entra.expirePages();
      coverage.note('entra', 'pages expired');
    } else if (draw < 0.0157) {
      world.resetStream(random() < 0.5 ? 'users' : 'groups');
      coverage.note('entra', 'stream reset');
    } else if (draw < 0.016) world.team.forgetCursors();
    else if (draw < 0.0165) await advance(60_000);
    const [orphan] = orphans;
    if (orphan !== undefined && random() < 0.05) {
      orphans.shift();
      await takeOrphan(orphan);
    }
    if (scheduler.alive.size >= processLimit) return;
    if (draw > 0.985) startTick();
    else if (draw > 0.98) start('dispatch', dispatch, () => undefined);
    else if (draw > 0.9) receive();
  }

  function readyCalls(process: Process): readonly PendingCall[] {
    if (!isCalm && process.stalledUntil > now) return [];
    return [...process.calls].filter((call) => call.notBefore <= now);
  }

  function chooseCall(): PendingCall | undefined {
    const lastReady = last?.state === 'alive' && random() < 0.6 ? readyCalls(last) : [];
    if (lastReady.length > 0) return lastReady[below(lastReady.length)];
    const ready = [...scheduler.alive].filter((process) => readyCalls(process).length > 0);
    last = ready[below(ready.length)];
    const calls = last === undefined ? [] : readyCalls(last);
    return calls[below(calls.length)];
  }

  async function pick(call: PendingCall): Promise<void> {
    const fault = isCalm || call.isTaken ? ({ kind: 'none' } as const) : drawFault(call, random);
    const word = 'word' in fault ? fault.word : fault.kind;
    const place = fault.kind === 'errorAfter' ? ' after the effect' : '';
    coverage.note(call.name, fault.kind === 'none' ? 'ok' : word + place);
    if (fault.kind !== 'none' && fault.kind !== 'slow')
      say(`${nameOf(call.process)} ${call.name}: ${word}${place}`);
    else say(`${nameOf(call.process)} ${call.name}`);
    switch (fault.kind) {
      case 'none':
        await call.deliver();
        break;
      case 'slow':
        await call.take();
        break;
      case 'errorAfter':
        await call.take();
        call.fail(fault.error);
        break;
      case 'errorBefore':
        if (fault.error instanceof ThrottledError) {
          guard.onThrottled(call.process.instance, now + fault.error.retryAfterMs);
        }
        call.fail(fault.error);
        break;
      case 'crashBefore':
      case 'crashAfter':
        if (fault.kind === 'crashAfter') await call.take();
        crash(call.process);
        break;
      case 'stallBefore':
      case 'stallAfter':
        if (fault.kind === 'stallAfter') await call.take();
        call.process.stalledUntil = now + fault.ms;
        break;
    }
    if (call.name === 'Job.write') await guard.onBrakeMoved();
  }

  async function step(): Promise<void> {
    steps += 1;
    if (random() < 0.3) await advance(below(700));
    await outside();
    const call = chooseCall();
    if (call !== undefined) await pick(call);
    else if (random() < 0.1) await advance(below(20_000));
    await scheduler.settle();
  }

  return {
    async storm(count) {
      while (steps < count && guard.breach() === undefined) await step();
    },
    async calm() {
      isCalm = true;
      say('calm');
      await togglePause(false);
      const calmSince = now;
      let nextTick = now;
      let limit = steps + calmSteps;
      while (guard.breach() === undefined) {
        steps += 1;
        const call = chooseCall();
        if (call !== undefined) {
          await pick(call);
          await scheduler.settle();
          if (steps > limit) break;
          continue;
        }
        if (orphans.length > 0) {
          await advance(60_000);
          continue;
        }
        if (steps > limit) break;
        if ((doorbell.nextDue() ?? Infinity) <= now) {
          receive();
          await scheduler.settle();
          continue;
        }
        if (now >= nextTick && scheduler.alive.size === 0) {
          const rest = await restUntil(calmSince);
          if (rest === 'over') break;
          if (rest > now) await advance(rest - now);
          nextTick = now + 60_000;
          startTick();
          await scheduler.settle();
          continue;
        }
        const wakes = [...scheduler.alive].flatMap((process) =>
          [...process.calls].map(({ notBefore }) => notBefore),
        );
        const tickAt = nextTick > now ? nextTick : Infinity;
        const next = Math.min(tickAt, doorbell.nextDue() ?? Infinity, ...wakes);
        await advance(Math.max(1, next - now));
      }
      limit = steps;
    },
    async result() {
      const breach = guard.breach();
      for (const table of ['Users', 'Groups', 'Memberships', 'Assignments', 'Schedule']) {
        for (const { partitionKey, rowKey, columns } of trace === undefined
          ? []
          : tables.rows(table)) {
          say(`${table} ${partitionKey} ${rowKey} ${JSON.stringify(columns)}`);
        }
      }
      problems = breach === undefined ? await judgeOutcome(world, tables, slots) : [breach];
      return {
        problems,
        coverage,
        steps,
        invitations: world.team.invitations(),
        virtualMinutes: Math.round((now - startAt) / 60_000),
      };
    },
  };

  /** When the next tick is worth while: now, or when something far away falls due; `over` when nothing is left to come. */
  async function restUntil(calmSince: number): Promise<number | 'over'> {
    const state = (await loadCycleState(tables))?.value;
    if (state === undefined || state.phase !== 'done' || state.startedAt < calmSince + 120_000)
      return now;
    const outbox = await loadOutbox(tables, slots);
    if (outbox.slots.some((slot) => slot !== undefined)) return now;
    const dues = tables
      .rows('Schedule')
      .filter(({ partitionKey }) => partitionKey === 'pending')
      .flatMap((row) => parsePendingEntry(row)?.due ?? []);
    const firstDue = Math.min(...dues);
    if (dues.length > 0) return firstDue;
    return doorbell.nextDue() ?? 'over';
  }
}

function refusalOf(random: () => number): string {
  return random() < 0.5 ? 'user_creation_failed' : 'team_license_limit';
}

function createDeps(ports: Ports, random: Random, log: MemoryLog): ApplyDeps & CycleDeps {
  const { tables, doorbell, clock, entra, team } = ports;
  return {
    tables,
    doorbell,
    clock,
    random,
    log,
    entra,
    team,
    brake: createBrake({ tables, clock, random, initialStatus: 'on' }),
    outbox: { slots, claimMs },
    apply: { adoptGroupsByName: false },
    cycle: {
      tenantId: 'tenant',
      fingerprint: 'one',
      leaseMs,
      budgetMs: 60_000,
      storageCalls: () => 0,
    },
  };
}
