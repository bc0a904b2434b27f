import { createDisplay } from './start/display.ts';
import { HomeError, openHome } from './start/home.ts';
import { parseOptions, usage, type StartOptions } from './start/options.ts';
import { runSandbox } from './start/run-sandbox.ts';
import type { Services } from './start/sandbox-parts.ts';
import { createSupervisor, PartDiedError } from './start/supervisor.ts';

const exitCodes = { good: 0, failed: 1, wrongUse: 2, interrupted: 130 } as const;

/** The whole sandbox: a tenant, a team, storage and the app. Exit code 0, 1 (not as it should be), 2 (wrong options), 130 (interrupted). */
async function main(): Promise<number> {
  const parsed = parseOptions(process.argv.slice(2));
  if (parsed.kind === 'help') {
    process.stdout.write(usage);
    return exitCodes.good;
  }
  if (parsed.kind === 'wrong') {
    process.stderr.write(`${parsed.problems.join('\n')}\n\n${usage}`);
    return exitCodes.wrongUse;
  }
  return runInHome(parsed.options);
}

async function runInHome(options: StartOptions): Promise<number> {
  const interrupted = listenForInterrupt();
  const home = await openHome(options);
  const supervisor = createSupervisor(home.logDirectory);
  const display = createDisplay(process.stdout, Date.now);
  let services: Services | undefined;
  try {
    return await Promise.race([
      interrupted.promise,
      runSandbox({
        options,
        home,
        supervisor,
        display,
        signal: interrupted.signal,
        now: Date.now,
        onServices: (started) => {
          services = started;
        },
      }),
    ]);
  } catch (error) {
    display.clear();
    if (interrupted.signal.aborted) {
      display.say('Ending everything …');
      return options.once ? exitCodes.interrupted : exitCodes.good;
    }
    if (!(error instanceof PartDiedError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return exitCodes.failed;
  } finally {
    interrupted.giveUp();
    await supervisor.stop();
    await services?.azurite.stop();
    await home.close();
  }
}

/** The first signal ends things in order; a second one is left to Node, which ends at once. */
function listenForInterrupt() {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {}); // it may come when nobody waits any more
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      controller.abort();
      reject(new Error(`interrupted by ${signal}`));
    });
  }
  return { promise, signal: controller.signal, giveUp: () => controller.abort() };
}

let exitCode: number;
try {
  exitCode = await main();
} catch (error) {
  const isTold = error instanceof HomeError;
  const detail = error instanceof Error ? error.stack : error;
  process.stderr.write(`${isTold ? error.message : String(detail)}\n`);
  exitCode = isTold ? exitCodes.wrongUse : exitCodes.failed;
}
// Whatever still waits for a part that is gone is not worth waiting for.
process.exit(exitCode);
