import { HttpRequest, type HttpResponseInit } from '@azure/functions';
import { expect, test } from 'vitest';
import { brokenHealthHttp, healthHttp } from '../../functions/health.http.ts';
import { parseSettings } from '../../shared/config/settings.ts';
import { ConfigError } from '../../shared/model/errors.ts';
import { passMinutes } from '../world/run.ts';
import { world, type World } from '../world/world.ts';
import { handled } from './handler-deps.ts';

const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/health' });

async function health(here: World): Promise<HttpResponseInit> {
  const { deps, context } = handled(here);
  const response = await healthHttp(deps)(request, context);
  if (response instanceof Response || response === undefined) throw new Error('another answer');
  return response;
}

test('a job that works answers 200, is not cached and tells how it stands', async () => {
  const here = world().user('ada').build();
  await passMinutes(here, 2);
  expect(await health(here)).toMatchObject({
    status: 200,
    headers: { 'cache-control': 'no-store' },
    jsonBody: {
      status: 'healthy',
      job: 'on',
      problems: [],
      lastCycle: { kind: 'incremental', outcome: 'complete', ageSeconds: 60 },
      backlog: { pending: 0, oldestSeconds: 0, held: 0, staged: 0, escrow: 0 },
    },
  });
});

test('a job in quarantine answers 503 and says what stops it', async () => {
  const here = world().build();
  await here.deps.brake.quarantine({ code: 'scopeMissing', detail: 'members.write' });
  expect(await health(here)).toMatchObject({
    status: 503,
    jsonBody: { status: 'unhealthy', job: 'quarantine' },
  });
});

test('storage that does not answer is 503, not an error of the function', async () => {
  const here = world().build();
  here.crash.at(0);
  await expect(here.deps.tables.write('Job', 'job', [])).rejects.toThrow();
  expect(await health(here)).toMatchObject({
    status: 503,
    jsonBody: { job: 'unknown', problems: ['storage does not answer: the process died'] },
  });
});

test('wrong settings answer 503 with every problem by name and remedy, and never a value', async () => {
  const settings = {
    ENTRA_TENANT_ID: 'hush-tenant',
    DROPBOX_APP_SECRET: 'hush-secret',
    DROPBOX_REFRESH_TOKEN: 'hush-token',
    OUTBOX_SLOTS: 'hush-many',
  };
  const issues = ((): readonly string[] => {
    try {
      parseSettings(settings);
    } catch (error) {
      if (error instanceof ConfigError) return error.issues;
    }
    return [];
  })();
  const { context } = handled(world().build());
  const response = await brokenHealthHttp(issues)(request, context);
  expect(response).toMatchObject({
    status: 503,
    jsonBody: { status: 'unhealthy', problems: issues },
  });
  for (const name of ['ENTRA_TENANT_ID', 'ENTRA_APP_ID', 'DROPBOX_APP_KEY', 'OUTBOX_SLOTS']) {
    expect(issues.join('\n')).toContain(name);
  }
  expect(JSON.stringify(response)).not.toContain('hush');
});
