import { describe, expect, test } from 'vitest';
import { isLoopback } from '../../shared/config/cross-checks.ts';
import { parseSettings, parseStorageSettings } from '../../shared/config/settings.ts';
import { ConfigError } from '../../shared/model/errors.ts';

type Environment = { readonly [name: string]: string | undefined };

const azure: Environment = {
  ENTRA_TENANT_ID: 'AAAAAAAA-1111-4111-8111-111111111111',
  ENTRA_APP_ID: 'bbbbbbbb-2222-4222-8222-222222222222',
  DROPBOX_APP_KEY: 'key',
  DROPBOX_APP_SECRET: 'hush-secret',
  KEY_VAULT_URL: 'https://vault.example/',
  AzureWebJobsStorage__accountName: 'account',
};

function issuesOf(environment: Environment): readonly string[] {
  try {
    parseSettings(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
}

test('what is not set has a safe default: planning only, two slots, the real services', () => {
  expect(parseSettings(azure)).toMatchObject({
    PROVISIONING_INITIAL_STATUS: 'planOnly',
    SYNC_SCHEDULE: '0 * * * * *',
    OUTBOX_SLOTS: 2,
    SLOT_CLAIM_SECONDS: 180_000,
    LEASE_SECONDS: 60_000,
    CYCLE_BUDGET_SECONDS: 300_000,
    GRAPH_BASE_URL: 'https://graph.microsoft.com',
    DROPBOX_API_URL: 'https://api.dropboxapi.com',
    DROPBOX_TOKEN_URL: 'https://api.dropboxapi.com/oauth2/token',
  });
});

test('values are tidied: identifiers in lower case, addresses without a slash at the end, fractions of seconds kept', () => {
  const settings = parseSettings({ ...azure, SLOT_CLAIM_SECONDS: ' 4.5 ' });
  expect(settings.ENTRA_TENANT_ID).toBe('aaaaaaaa-1111-4111-8111-111111111111');
  expect(settings.KEY_VAULT_URL).toBe('https://vault.example');
  expect(settings.SLOT_CLAIM_SECONDS).toBe(4_500);
});

test('an empty environment names everything that is needed, each with its remedy', () => {
  expect(issuesOf({})).toEqual([
    'ENTRA_TENANT_ID is missing: set it to the tenant people come from',
    'ENTRA_APP_ID is missing: set it to application id of the enterprise app whose assignments count',
    'DROPBOX_APP_KEY is missing: set it to app key of your Dropbox app',
    'DROPBOX_APP_SECRET is missing: set it to app secret of your Dropbox app; in Azure a Key Vault reference',
    expect.stringMatching(/^AzureWebJobsStorage is missing: .*accountName/),
    expect.stringMatching(/^KEY_VAULT_URL is missing: /),
  ]);
});

test('an empty or blank variable counts as absent', () => {
  expect(issuesOf({ ...azure, ENTRA_APP_ID: '  ', OUTBOX_SLOTS: '' })).toEqual([
    expect.stringMatching(/^ENTRA_APP_ID is missing/),
  ]);
});

describe('a value out of its bounds is named with what is right', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['ENTRA_TENANT_ID', 'contoso', 'must be a GUID'],
    ['SYNC_SCHEDULE', 'every minute', 'must be an NCRONTAB expression of five or six fields'],
    [
      'DROPBOX_API_URL',
      'http://api.example.com',
      'must be https, except on loopback: tokens are sent there',
    ],
    ['SLOT_CLAIM_SECONDS', '2', 'must be a number of seconds from 3 to 600'],
    ['SLOT_CLAIM_SECONDS', 'long', 'must be a number of seconds from 3 to 600'],
    ['CYCLE_BUDGET_SECONDS', '541', 'must be a number of seconds from 1 to 540'],
    ['OUTBOX_SLOTS', '17', 'must be a whole number from 1 to 16'],
    ['OUTBOX_SLOTS', '1.5', 'must be a whole number from 1 to 16'],
  ];
  for (const [name, value, message] of cases) {
    test(`${name}=${value}`, () => {
      expect(issuesOf({ ...azure, [name]: value })).toEqual([`${name} ${message}`]);
    });
  }

  test('and what is no address at all is named', () => {
    for (const GRAPH_BASE_URL of ['graph.microsoft.com', 'file:///etc', 'https://']) {
      const [issue] = issuesOf({ ...azure, GRAPH_BASE_URL });
      expect(issue).toBe('GRAPH_BASE_URL must be an http or https address');
    }
  });

  test('and a status that does not exist is named with those that do', () => {
    const [issue] = issuesOf({ ...azure, PROVISIONING_INITIAL_STATUS: 'maybe' });
    expect(issue).toMatch(/^PROVISIONING_INITIAL_STATUS .*off.*planOnly.*on/);
  });
});

describe('a literal token', () => {
  const literal: Environment = {
    ...azure,
    KEY_VAULT_URL: undefined,
    GRAPH_ACCESS_TOKEN: 'hush-graph',
    DROPBOX_REFRESH_TOKEN: 'hush-refresh',
  };
  const loopback: Environment = {
    ...literal,
    GRAPH_BASE_URL: 'http://127.0.0.1:7001',
    DROPBOX_API_URL: 'http://localhost:7002',
    DROPBOX_TOKEN_URL: 'http://[::1]:7002/oauth2/token',
  };

  test('is accepted in front of services on loopback, and no vault is needed then', () => {
    expect(issuesOf(loopback)).toEqual([]);
  });

  test('is refused in front of the real services, with the way to do it right', () => {
    const issues = issuesOf(literal);
    expect(issues).toHaveLength(2);
    expect(issues[0]).toMatch(
      /^GRAPH_ACCESS_TOKEN is accepted only when GRAPH_BASE_URL is on loop/,
    );
    expect(issues[1]).toMatch(/DROPBOX_API_URL and DROPBOX_TOKEN_URL .*KEY_VAULT_URL$/);
  });

  test('is refused when only one of two addresses is near', () => {
    expect(issuesOf({ ...loopback, DROPBOX_TOKEN_URL: 'https://example.com/token' })).toEqual([
      expect.stringMatching(/^DROPBOX_REFRESH_TOKEN .* DROPBOX_TOKEN_URL is on loopback/),
    ]);
  });
});

test('no problem ever repeats a value', () => {
  const wrong = Object.keys(azure).map((name): [string, string] => [name, 'hush hush']);
  const environment = {
    ...Object.fromEntries(wrong),
    GRAPH_ACCESS_TOKEN: 'hush',
    DROPBOX_REFRESH_TOKEN: 'hush',
    OUTBOX_SLOTS: 'hush',
    PROVISIONING_INITIAL_STATUS: 'hush',
    LEASE_SECONDS: 'hush',
    GRAPH_BASE_URL: 'hush',
  };
  const issues = issuesOf(environment);
  expect(issues.length).toBeGreaterThan(6);
  expect(issues.join('\n')).not.toContain('hush');
});

test('storage is a connection string, an account, or both of its services', () => {
  const none = { ...azure, AzureWebJobsStorage__accountName: undefined };
  const queue = { AzureWebJobsStorage__queueServiceUri: 'https://q.example' };
  const table = { AzureWebJobsStorage__tableServiceUri: 'https://t.example' };
  expect(issuesOf({ ...none, AzureWebJobsStorage: 'UseDevelopmentStorage=true' })).toEqual([]);
  expect(issuesOf({ ...none, ...queue, ...table })).toEqual([]);
  expect(issuesOf({ ...none, ...queue })).toHaveLength(1);
});

test('a connection string that is none is told as such, before anything is connected to', () => {
  for (const good of [
    'UseDevelopmentStorage=true',
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=b==;EndpointSuffix=core.windows.net',
    'TableEndpoint=https://t.example;SharedAccessSignature=sv=x',
  ]) {
    expect(issuesOf({ ...azure, AzureWebJobsStorage: good })).toEqual([]);
  }
  for (const bad of ['nonsense', 'AccountName=a;AccountKey=b', 'DefaultEndpointsProtocol=https']) {
    expect(issuesOf({ ...azure, AzureWebJobsStorage: bad })).toEqual([
      expect.stringMatching(/is no connection string: copy one/),
    ]);
  }
});

test('a command line reads where the storage is, and asks for nothing else', () => {
  const none = { ...azure, AzureWebJobsStorage__accountName: undefined, ENTRA_TENANT_ID: 'wrong' };
  expect(
    parseStorageSettings({ ...none, AzureWebJobsStorage: ' UseDevelopmentStorage=true ' }),
  ).toEqual({
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  });
  expect(() => parseStorageSettings(none)).toThrow(/AzureWebJobsStorage is missing/);
});

test('a name that merely looks like this machine is not loopback', () => {
  const near = ['http://127.0.0.1', 'http://127.9.9.9:80/x', 'http://localhost:1', 'http://[::1]/'];
  const far = ['http://127.0.0.1.example.com', 'http://localhost.example.com', 'http://10.0.0.1'];
  expect(near.filter((address) => !isLoopback(address))).toEqual([]);
  expect([...far, 'localhost', undefined].filter(isLoopback)).toEqual([]);
});
