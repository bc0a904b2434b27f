import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDependencies } from '../../functions/dependencies.ts';
import { parseSettings } from '../../shared/config/settings.ts';
import { ConfigError } from '../../shared/model/errors.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'provisioning-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Settings of a machine without anything on it; `config` is the text of provisioning.json. */
function settings(config?: string): ReturnType<typeof parseSettings> {
  const file = path.join(folder, 'provisioning.json');
  if (config !== undefined) writeFileSync(file, config);
  return parseSettings({
    ENTRA_TENANT_ID: 'aaaaaaaa-1111-4111-8111-111111111111',
    ENTRA_APP_ID: 'bbbbbbbb-2222-4222-8222-222222222222',
    DROPBOX_APP_KEY: 'key',
    DROPBOX_APP_SECRET: 'secret',
    KEY_VAULT_URL: 'https://vault.invalid',
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    SLOT_CLAIM_SECONDS: '12',
    LEASE_SECONDS: '7',
    OUTBOX_SLOTS: '5',
    CYCLE_BUDGET_SECONDS: '9',
    PROVISIONING_CONFIG: config === undefined ? '' : file,
  });
}

test('settings and provisioning.json reach the engine, and nothing is connected to yet', () => {
  const deps = createDependencies(settings('{"groups":{"adoptByName":true}}'));
  expect(deps).toMatchObject({
    outbox: { slots: 5, claimMs: 12_000 },
    apply: { adoptGroupsByName: true },
    cycle: { tenantId: 'aaaaaaaa-1111-4111-8111-111111111111', leaseMs: 7_000, budgetMs: 9_000 },
  });
  expect(deps.cycle.storageCalls()).toBe(0);
});

const print = (config?: string): string => createDependencies(settings(config)).cycle.fingerprint;

test('another provisioning.json has another fingerprint, none has that of an empty one', () => {
  expect(print('{}')).toBe(print());
  expect(print('{"leaving":{"removeAfterDays":7}}')).not.toBe(print());
});

test('a provisioning.json that is wrong or not there stops the start and names the problem', () => {
  const wrong = settings('{"groups":{"adoptByNmae":true}}');
  expect(() => createDependencies(wrong)).toThrow(/provisioning\.json, groups: .*adoptByNmae/);
  const missing = { ...wrong, PROVISIONING_CONFIG: path.join(folder, 'nowhere.json') };
  expect(() => createDependencies(missing)).toThrow(ConfigError);
});
