import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

export interface PartSpec {
  /** For messages: `the Dropbox emulator`. */
  readonly name: string;
  readonly logFile: string;
  /** Script and arguments for the Node that runs this. */
  readonly args: readonly string[];
  readonly env?: { readonly [name: string]: string };
}

export interface Part {
  readonly name: string;
  /** As its `ready` line says it. */
  readonly address: string;
}

/** Thrown where a part of the sandbox ended that should have stayed. */
export class PartDiedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PartDiedError';
  }
}

/** Starts processes, each in a process group of its own, and sees to it that none outlives the sandbox, however that ends. */
export interface Supervisor {
  /** Resolves when the part says `ready`; throws PartDiedError with its last lines where it does not. */
  start(spec: PartSpec): Promise<Part>;
  /** Rejects with PartDiedError when a started part ends before `stop`; never resolves. */
  readonly trouble: Promise<never>;
  /** Ends all parts, the last started first, and waits for them. */
  stop(): Promise<void>;
}

const readyWithinMs = 60_000;
const keptLines = 15;

/**
 * Reads process group ids from its standard input. That ends when whoever writes to it is gone, however that ended, kill -9 included:
 * then the groups are ended too.
 */
const guardianScript = `
while read -r pid; do pids="$pids -$pid"; done
[ -z "$pids" ] && exit
kill -s TERM -- $pids 2>/dev/null
sleep 5
kill -s KILL -- $pids 2>/dev/null
`;

export function createSupervisor(
  logDirectory: string,
  { stopWithinMs = 15_000 }: { readonly stopWithinMs?: number } = {},
): Supervisor {
  const running: RunningPart[] = [];
  const guardian = spawn('sh', ['-c', guardianScript], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guardian.on('error', () => {}); // without a shell there is no guardian, and all else works
  guardian.stdin.on('error', () => {});
  guardian.unref();
  const { promise: trouble, reject } = Promise.withResolvers<never>();
  trouble.catch(() => {}); // whoever wants to know asks
  let isStopping = false;

  return {
    trouble,
    start: async (spec) => {
      const part = spawnPart(spec, logDirectory);
      running.push(part);
      if (part.child.pid !== undefined) guardian.stdin.write(`${part.child.pid}\n`);
      const died = part.ended.then((how) => {
        throw new PartDiedError(`${spec.name} ended ${how}${part.lastLines()}`);
      });
      died.catch((error: unknown) => {
        if (!isStopping) reject(error);
      });
      const address = await Promise.race([part.ready, died]);
      return { name: spec.name, address };
    },
    stop: async () => {
      isStopping = true;
      for (const part of running.toReversed()) await endPart(part, stopWithinMs);
      guardian.kill('SIGKILL');
    },
  };
}

interface RunningPart {
  readonly child: ChildProcess;
  /** The address; rejects where it takes too long. */
  readonly ready: Promise<string>;
  /** How it ended: `with code 1`. */
  readonly ended: Promise<string>;
  lastLines(): string;
}

function spawnPart(spec: PartSpec, logDirectory: string): RunningPart {
  const child = spawn(process.execPath, [...spec.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...spec.env },
    detached: true,
  });
  const log = createWriteStream(join(logDirectory, spec.logFile), { flags: 'a' });
  log.on('error', () => {}); // a full disk must not end the sandbox
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  let lines: readonly string[] = [];
  let tail = '';
  const timer = setTimeout(() => {
    reject(new PartDiedError(`${spec.name} was not ready within ${readyWithinMs / 1000} s`));
  }, readyWithinMs);
  timer.unref();
  const read = (chunk: Buffer): void => {
    log.write(chunk);
    const [last = '', ...earlier] = (tail + chunk.toString('utf8')).split('\n').toReversed();
    tail = last.slice(-10_000);
    const whole = earlier.toReversed();
    lines = [...lines, ...whole].slice(-keptLines);
    const address = whole.map((line) => /^ready (\S+)\s*$/.exec(line)?.[1]).find(Boolean);
    if (address === undefined) return;
    clearTimeout(timer);
    resolve(address);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const ended = new Promise<string>((resolveEnd) => {
    child.once('error', (error) => resolveEnd(`before it began: ${error.message}`));
    child.once('close', (code, signal) => {
      log.end();
      resolveEnd(signal === null ? `with code ${code}` : `by ${signal}`);
    });
  }).finally(() => clearTimeout(timer));
  ready.catch(() => {}); // a part that dies first is told by `ended`
  const lastLines = (): string =>
    [...lines, tail]
      .map((line) => `\n    ${line}`)
      .join('')
      .trimEnd();
  return { child, ready, ended, lastLines };
}

async function endPart({ child, ended }: RunningPart, stopWithinMs: number): Promise<void> {
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), stopWithinMs);
  await ended;
  clearTimeout(timer);
  // A child of the child may still be there.
  signalGroup(child, 'SIGKILL');
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: nobody of the group is left.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
