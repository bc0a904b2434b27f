import { app } from '@azure/functions';
import { parseSettings, type Settings } from '../shared/config/settings.ts';
import { ConfigError } from '../shared/model/errors.ts';
import { applyOperationsQueue } from './apply-operations.queue.ts';
import { createDependencies, doorbellQueue, type Dependencies } from './dependencies.ts';
import { brokenHealthHttp, healthHttp } from './health.http.ts';
import { poisonOperationsQueue } from './poison-operations.queue.ts';
import { syncCycleTimer } from './sync-cycle.timer.ts';

// The only place that registers triggers and reads the environment. Nothing may be thrown while this file loads: the host would show no
// functions and answer 404 to everything. Wrong settings register health alone, and it says what is wrong.
const connection = 'AzureWebJobsStorage';

function register(settings: Settings, deps: Dependencies): void {
  app.timer('syncCycle', { schedule: settings.SYNC_SCHEDULE, handler: syncCycleTimer(deps) });
  app.storageQueue('applyOperations', {
    queueName: doorbellQueue,
    connection,
    handler: applyOperationsQueue(deps),
  });
  app.storageQueue('poisonOperations', {
    queueName: `${doorbellQueue}-poison`,
    connection,
    handler: poisonOperationsQueue(deps),
  });
  app.http('health', {
    route: 'health',
    methods: ['GET'],
    authLevel: 'anonymous',
    handler: healthHttp(deps),
  });
}

function registerHealthAlone(problems: readonly string[]): void {
  app.http('health', {
    route: 'health',
    methods: ['GET'],
    authLevel: 'anonymous',
    handler: brokenHealthHttp(problems),
  });
  app.hook.appStart(() => {
    // oxlint-disable-next-line no-console -- no invocation is running, and this one line must be seen
    console.error(`The app does not run: ${problems.join('; ')}`);
  });
}

try {
  const settings = parseSettings(process.env);
  register(settings, createDependencies(settings));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  registerHealthAlone(error.issues);
}
