import { AsyncLocalStorage } from 'node:async_hooks';
import { nextTick } from 'node:process';
import type { Lies, LieWord } from './lies.ts';

type Service = 'storage' | 'bell' | 'dropbox' | 'entra' | 'clock';

/** A call of a port by a process that waits to be picked. */
export interface PendingCall {
  /** Port and method, and for tables the table: `Users.write`. */
  readonly name: string;
  readonly service: Service;
  readonly isWrite: boolean;
  readonly process: Process;
  /** Not picked before this time; a sleeper's moment of waking. */
  readonly notBefore: number;
  /** The latest moment at which a request that was sent may still take effect. */
  readonly effectBy: number;
  /** Untruths that may be told instead of the answer; absent where none may. */
  readonly lies: Lies | undefined;
  /** What the call is about, for the reader of a trace. */
  readonly about: string;
  /** The member whom a write is about, where it is about one. */
  readonly memberId: string | undefined;
  /** Lets the call take effect; the second time it does nothing. Its answer, or this untruth, waits. */
  take(lie?: LieWord): Promise<void>;
  /** The answer comes back to the process; without an effect before, the call takes effect first. */
  deliver(): Promise<void>;
  /** An error comes back instead of the answer. */
  fail(error: Error): void;
  readonly isTaken: boolean;
}

/** One run of a function of the app: a worker, a tick, a dispatch. */
export interface Process {
  readonly id: number;
  readonly kind: string;
  /** Processes of one instance share its memory: the brake. */
  readonly instance: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly calls: Set<PendingCall>;
  /** Not picked before this time. */
  stalledUntil: number;
  state: 'alive' | 'crashed' | 'ended';
}

export interface CallRequest<T> {
  readonly name: string;
  readonly service: Service;
  readonly isWrite: boolean;
  readonly notBefore?: number;
  readonly effectBy?: number;
  readonly effect: () => Promise<T>;
  readonly lies?: Lies & { readonly tell: (word: LieWord) => Promise<T> };
  readonly memberId?: string;
  readonly about?: string;
}

export interface Scheduler {
  /** Starts a process. `ended` is told what it threw, or undefined. Nothing is told of one that crashes. */
  start(
    identity: Pick<Process, 'kind' | 'instance' | 'startedAt'>,
    run: () => Promise<void>,
    ended: (error: unknown) => void,
  ): Process;
  /** The process in which the caller runs. */
  current(): Process;
  /** A call of a port: comes back when the walk delivers it. */
  call<T>(request: CallRequest<T>): Promise<T>;
  /** No answer ever reaches the process again. Requests that it has sent may still take effect: they are returned. */
  crash(process: Process): readonly PendingCall[];
  readonly alive: ReadonlySet<Process>;
  /** Lets everything run until it waits for a call. */
  settle(): Promise<void>;
}

/** Runs processes one port call at a time; whoever drives it decides which answer comes next. */
export function createScheduler(): Scheduler {
  const storage = new AsyncLocalStorage<Process>();
  const alive = new Set<Process>();
  let lastId = 0;
  let settled = 0;

  function current(): Process {
    const process = storage.getStore();
    if (process === undefined) throw new Error('a port was called outside of every process');
    return process;
  }

  function call<T>(request: CallRequest<T>): Promise<T> {
    const process = current();
    return new Promise<T>((resolve, reject) => {
      if (process.state !== 'alive') return;
      let answer: { readonly value: T } | { readonly error: unknown } | undefined;
      const { name, service, isWrite } = request;
      const pending: PendingCall = {
        name,
        service,
        isWrite,
        process,
        notBefore: request.notBefore ?? 0,
        effectBy: request.effectBy ?? Infinity,
        lies: request.lies,
        memberId: request.memberId,
        about: request.about ?? '',
        async take(lie) {
          if (answer !== undefined) return;
          const tell = lie === undefined ? undefined : request.lies?.tell;
          try {
            const value = lie === undefined || !tell ? request.effect() : tell(lie);
            answer = { value: await value };
          } catch (error) {
            answer = { error };
          }
        },
        async deliver() {
          await pending.take();
          process.calls.delete(pending);
          if (answer === undefined || process.state !== 'alive') return;
          if ('value' in answer) resolve(answer.value);
          else reject(answer.error instanceof Error ? answer.error : new Error('thrown'));
        },
        fail(error) {
          process.calls.delete(pending);
          if (process.state === 'alive') reject(error);
        },
        get isTaken() {
          return answer !== undefined;
        },
      };
      process.calls.add(pending);
    });
  }

  return {
    start({ kind, instance, startedAt }, run, ended) {
      const process: Process = {
        id: ++lastId,
        kind,
        instance,
        startedAt,
        calls: new Set(),
        stalledUntil: 0,
        state: 'alive',
      };
      alive.add(process);
      const end = (error: unknown): void => {
        if (process.state !== 'alive') return;
        process.state = 'ended';
        alive.delete(process);
        ended(error);
      };
      storage.run(process, () => {
        run().then(() => end(undefined), end);
      });
      return process;
    },
    current,
    call,
    crash(process) {
      process.state = 'crashed';
      alive.delete(process);
      return [...process.calls].filter(({ isTaken }) => !isTaken);
    },
    alive,
    settle: () =>
      new Promise((done) => {
        settled += 1;
        // After every promise that is ready, and cheaper than a turn of the event loop; which has its turn now and then all the same.
        if (settled % 500 === 0) setImmediate(done);
        else nextTick(done);
      }),
  };
}
