import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { expectTeam } from '../sandbox/oracle/expect-team.ts';
import { computeFloor } from '../sandbox/start/floor.ts';
import { boundOf, countApiCalls, countsBetween } from './api-calls.ts';
import { pauseAndResume } from './pause-and-resume.ts';
import { startRun, type SandboxRun } from './sandbox-run.ts';

const usage =
  'use: node test/app/large.ts [--users 20000] [--groups 100] [--seed 7] [--timeout 600]';
const peakLimitMb = 250;

/**
 * Provisions a large tenant once and says what it took. Exit code 1 where the app does not converge, the team is not as the oracle says,
 * the calls are above their bounds, or the app's process needs too much memory; each with its reason.
 */
async function main(): Promise<number> {
  const options = readOptions();
  const run = await startRun({
    ...options,
    schedule: '*/2 * * * * *',
    // As in Azure: nobody is killed here.
    settings: { SLOT_CLAIM_SECONDS: '180', LEASE_SECONDS: '60' },
  });
  try {
    const problems = await provision(run, options);
    for (const problem of problems) process.stderr.write(`NOT AS IT SHOULD BE: ${problem}\n`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await run.stop();
  }
}

interface LargeOptions {
  readonly users: number;
  readonly groups: number;
  readonly seed: number;
  readonly timeoutSeconds: number;
}

function readOptions(): LargeOptions {
  const { values } = parseArgs({
    options: {
      users: { type: 'string', default: '20000' },
      groups: { type: 'string', default: '100' },
      seed: { type: 'string', default: '7' },
      timeout: { type: 'string', default: '600' },
    },
  });
  return {
    users: readNumber(values.users),
    groups: readNumber(values.groups),
    seed: readNumber(values.seed),
    timeoutSeconds: readNumber(values.timeout),
  };
}

function readNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`${text} is no whole number (${usage})`);
}

async function provision(run: SandboxRun, options: LargeOptions): Promise<readonly string[]> {
  const { directory, team } = run.world;
  const expected = expectTeam(run.world);
  const floor = computeFloor(directory, team, expected);
  say(`${options.users} people, ${options.groups} assigned groups`);
  const startedAt = Date.now();
  const app = await run.startApp();
  const initial = await waitForInitial(run, options.timeoutSeconds);
  say(
    `initial cycle   ${initial.seconds} s, ${initial.graph} Graph requests (floor ${floor.graph})`,
  );

  const pause = await pauseAndResume(run, 60_000);
  say(`paused          ${pause.writes} writes after 5 s, for 10 s`);
  const leftMs = startedAt + options.timeoutSeconds * 1000 - Date.now();
  const converged = await run.converge(Math.max(1, leftMs)).then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const { dropbox } = await run.readCounts();
  const calls = countApiCalls(dropbox);
  const unchanged = await measureUnchanged(run);
  const bound = floor.graphPerIncrementalCycle + 1;
  const { peakRssMb, pid } = await app.readStatus();
  const { storageCalls } = await run.reader.readProgress();
  const differences = await run.compare();
  say(`converged       ${converged === '' ? `after ${seconds} s` : 'no'}`);
  say(`Dropbox         ${calls} calls (floor ${floor.dropbox}, job polls apart)`);
  say(
    `unchanged cycle ${unchanged.graph} Graph requests (at most ${bound}), ${unchanged.dropbox} Dropbox calls`,
  );
  say(
    `storage         ${storageCalls} calls, ${(storageCalls / options.users).toFixed(2)} per person`,
  );
  say(`processor time  ${await readProcessorSeconds(pid)} s in the app's process`);
  say(`peak memory     ${peakRssMb} MB (below ${peakLimitMb})`);
  return [
    ...(converged === '' ? [] : [converged]),
    ...differences.slice(0, 20),
    ...excess('writes while paused', pause.writes, 0),
    ...(pause.isMidway ? [] : ['the load was over before it could be paused']),
    ...excess('Graph requests of the initial cycle', initial.graph, boundOf(floor.graph)),
    ...excess('Dropbox calls', calls, boundOf(floor.dropbox)),
    ...excess('Graph requests of an unchanged cycle', unchanged.graph, bound),
    ...excess('Dropbox calls of an unchanged cycle', unchanged.dropbox, 0),
    ...(peakRssMb < peakLimitMb ? [] : [`peak memory: ${peakRssMb} MB, below ${peakLimitMb}`]),
  ];
}

function excess(name: string, value: number, most: number): readonly string[] {
  return value <= most ? [] : [`${name}: ${value}, at most ${most}`];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface Initial {
  readonly seconds: number;
  readonly graph: number;
}

/** Until the first cycle is over, or the time is; another cycle may just have begun when this is seen, so requests are told by their time. */
async function waitForInitial(run: SandboxRun, timeoutSeconds: number): Promise<Initial> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (Date.now() < deadline) {
    const progress = await run.reader.readProgress().catch(() => undefined);
    const [cycle] = progress?.initialDone === true ? await run.reader.readCycles(0) : [];
    if (cycle?.kind === 'initial') {
      const { startedAt, endedAt } = cycle;
      const seconds = Math.round((endedAt - startedAt) / 1000);
      return { seconds, graph: await run.countGraphRequests(startedAt, endedAt) };
    }
    await wait(2_000);
  }
  return { seconds: timeoutSeconds, graph: Infinity };
}

/** One cycle after the app has come to rest, whichever comes next. */
async function measureUnchanged(
  run: SandboxRun,
): Promise<{ readonly graph: number; readonly dropbox: number }> {
  const before = await run.readCounts();
  const from = Date.now();
  for (;;) {
    const { lastCycle } = await run.reader.readProgress();
    if (lastCycle !== undefined && lastCycle.startedAt > from) {
      const { startedAt, endedAt } = lastCycle;
      const after = await run.readCounts();
      return {
        graph: await run.countGraphRequests(startedAt, endedAt),
        dropbox: countsBetween(before.dropbox, after.dropbox).requests,
      };
    }
    await wait(100);
  }
}

/** User and system time so far; Linux alone tells it of another process. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function readProcessorSeconds(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticksPerSecond = 100;
    return String(Math.round((Number(fields[11]) + Number(fields[12])) / ticksPerSecond));
  } catch {
    return 'an unknown number of';
  }
}

process.exitCode = await main();
