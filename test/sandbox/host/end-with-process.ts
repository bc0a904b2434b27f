import type { LocalHost } from './local-host.ts';

/**
 * Ties a host to this process as the real worker is tied to its own: SIGTERM and SIGINT stop it and end with 0; an unhandled rejection or an
 * uncaught exception of the app ends at once with 1, after one line.
 */
export function endWithProcess(host: LocalHost): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    host.stop().then(
      () => {
        process.exit(0);
      },
      (error: unknown) => {
        fail(error);
      },
    );
  };
  const fail = (error: unknown): void => {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    host.log.write('critical', 'Host.Worker', `Worker uncaught exception: ${reason}`);
    process.exit(1);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('unhandledRejection', fail);
  process.on('uncaughtException', fail);
}
