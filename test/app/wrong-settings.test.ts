import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { RunningApp } from './running-app.ts';
import { useRun } from './use-run.ts';

const healthSchema = z.strictObject({ status: z.string(), problems: z.array(z.string()) });

async function readHealth(app: RunningApp) {
  const response = await fetch(`${app.address}/api/health`);
  const { status, problems } = healthSchema.parse(await response.json());
  return { code: response.status, status, problems: problems.join('\n') };
}

describe('with wrong settings', () => {
  test('only health answers, 503, and names each problem; nobody is called', async () => {
    const run = await useRun({ users: 20, groups: 2 });
    const app = await run.startApp({
      ENTRA_TENANT_ID: '',
      ENTRA_APP_ID: 'not-a-guid',
      DROPBOX_APP_KEY: '',
      OUTBOX_SLOTS: '99',
      SYNC_SCHEDULE: 'now and then',
      PROVISIONING_INITIAL_STATUS: 'maybe',
    });
    expect((await app.readStatus()).functions).toEqual(['health']);
    const { code, status, problems } = await readHealth(app);
    expect([code, status]).toEqual([503, 'unhealthy']);
    const names = ['ENTRA_TENANT_ID is missing', 'ENTRA_APP_ID', 'DROPBOX_APP_KEY is missing'];
    for (const name of [...names, 'OUTBOX_SLOTS', 'SYNC_SCHEDULE', 'PROVISIONING_INITIAL_STATUS']) {
      expect(problems).toContain(name);
    }
    expect(await app.readOutput()).toContain('ENTRA_APP_ID');
    const { graph, dropbox } = await run.readCounts();
    expect(graph.requests + dropbox.requests).toBe(0);
  }, 40_000);

  test('a literal token in front of a far service is refused and never said', async () => {
    const run = await useRun({ users: 20, groups: 2 });
    const app = await run.startApp({
      GRAPH_BASE_URL: 'https://graph.microsoft.com',
      GRAPH_ACCESS_TOKEN: 'very-secret-graph-token',
      DROPBOX_API_URL: 'https://api.dropboxapi.com',
      DROPBOX_REFRESH_TOKEN: 'very-secret-refresh-token',
    });
    expect((await app.readStatus()).functions).toEqual(['health']);
    const { code, problems } = await readHealth(app);
    expect(code).toBe(503);
    expect(problems).toMatch(/GRAPH_ACCESS_TOKEN .* loopback/);
    expect(problems).toMatch(/DROPBOX_REFRESH_TOKEN .* loopback/);
    expect(problems + (await app.readOutput())).not.toContain('very-secret');
  }, 40_000);
});
