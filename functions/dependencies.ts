import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { TokenCredential } from '@azure/identity';
import type { ApplyDeps } from '../shared/apply/deps.ts';
import {
  fingerprintOf,
  parseProvisioning,
  type Provisioning,
} from '../shared/config/provisioning.ts';
import type { Settings, StorageSettings } from '../shared/config/settings.ts';
import type { CycleDeps } from '../shared/cycle/deps.ts';
import { createDropboxTeam } from '../shared/dropbox/create-dropbox-team.ts';
import { createEntraReader } from '../shared/entra/entra-reader.ts';
import { createFetchSend } from '../shared/http/fetch-send.ts';
import { mappedUserAttributes } from '../shared/mapping/map-user.ts';
import { ConfigError } from '../shared/model/errors.ts';
import type { Clock, Log, Random, Send, TableStore, TokenStore } from '../shared/model/ports.ts';
import { tableNames } from '../shared/model/table-names.ts';
import { marginOf } from '../shared/apply/turn.ts';
import { createBrake } from '../shared/outbox/brake.ts';
import { createAzureDoorbell } from '../shared/storage/azure-doorbell.ts';
import { createAzureTables } from '../shared/storage/azure-tables.ts';
import { countingTables } from '../shared/storage/counting-tables.ts';
import { createKeyVaultTokenStore } from '../shared/storage/key-vault-token-store.ts';
import { literalTokenStore } from '../shared/storage/literal-token-store.ts';
import { createOperatorCredential } from '../shared/storage/operator-credential.ts';
import type { TableConnection } from '../shared/storage/table-client.ts';
import { createInvocationLog, type InvocationLog } from './invocation-log.ts';

/** The queue that rings for slots; the host's poison queue is named after it. */
export const doorbellQueue = 'apply-operations';
/** The name of the secret that holds the refresh token. */
const refreshTokenSecret = 'dropbox-refresh-token';

export interface Dependencies extends CycleDeps, ApplyDeps {
  readonly team: ApplyDeps['team'];
  readonly log: InvocationLog;
  /** Creates tables and queues that are missing, once; called before the first work. */
  prepare(): Promise<void>;
}

/** What every adapter that speaks HTTP is built of. */
interface Parts extends Pick<Dependencies, 'clock' | 'random' | 'log'> {
  readonly send: Send;
  readonly credential: TokenCredential;
}

/** Builds the live adapters: the only place that does. Connects to nothing yet. */
export function createDependencies(settings: Settings): Dependencies {
  const provisioning = loadProvisioning(settings.PROVISIONING_CONFIG);
  const log = createInvocationLog();
  const credential = createCredential(settings);
  const parts: Parts = {
    clock: liveClock,
    random: liveRandom,
    log,
    send: createFetchSend(),
    credential,
  };
  const connections = storageConnections(settings, credential);
  const liveTables = createAzureTables({ connection: connections.tables, log });
  const tables = countingTables(liveTables);
  const queueName = doorbellQueue;
  const doorbell = createAzureDoorbell({ connection: connections.queue, queueName, log });
  const initialStatus = settings.PROVISIONING_INITIAL_STATUS;
  return {
    tables,
    doorbell,
    clock: liveClock,
    random: liveRandom,
    log,
    team: createTeam(settings, parts),
    entra: createEntra(settings, parts),
    brake: createBrake({ tables, clock: liveClock, random: liveRandom, log, initialStatus }),
    outbox: { slots: settings.OUTBOX_SLOTS, claimMs: settings.SLOT_CLAIM_SECONDS },
    apply: { adoptGroupsByName: provisioning.groups.adoptByName },
    cycle: {
      tenantId: settings.ENTRA_TENANT_ID,
      fingerprint: fingerprintOf(provisioning, settings.ENTRA_APP_ID),
      leaving: provisioning.leaving,
      guards: provisioning.guards,
      driftEveryMs: provisioning.drift.everyHours * 3_600_000,
      leaseMs: settings.LEASE_SECONDS,
      budgetMs: settings.CYCLE_BUDGET_SECONDS,
      storageCalls: () => totalOf(tables.counts()),
    },
    prepare: onceDone(async () => {
      await Promise.all([liveTables.createTables(tableNames), doorbell.createQueues()]);
    }),
  };
}

/** What a command line on an operator's own machine needs: the storage alone, under the operator's own sign-in, and no long patience. */
export function createOperatorPorts(settings: StorageSettings): {
  readonly tables: TableStore;
  readonly clock: Clock;
} {
  const { tables: connection } = storageConnections(settings, createOperatorCredential());
  const retry = { maxRetries: 2, delayMs: 300, maxDelayMs: 1_000, withinMs: 15_000 };
  return {
    tables: createAzureTables({ connection, retry, log: silentLog }),
    clock: liveClock,
  };
}

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

const liveClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms) => {
    await wait(ms);
  },
};

const liveRandom: Random = { token: () => randomUUID(), fraction: () => Math.random() };

function createTeam(settings: Settings, parts: Parts): Dependencies['team'] {
  const callMs = marginOf(settings.SLOT_CLAIM_SECONDS);
  return createDropboxTeam({
    ...parts,
    apiUrl: settings.DROPBOX_API_URL,
    tokenUrl: settings.DROPBOX_TOKEN_URL,
    appKey: settings.DROPBOX_APP_KEY,
    appSecret: settings.DROPBOX_APP_SECRET,
    tokens: createTokenStore(settings, parts),
    // No call may outlive the claim it was begun under.
    timeoutsMs: {
      read: Math.min(20_000, callMs),
      write: Math.min(30_000, callMs),
      invite: Math.min(60_000, callMs),
    },
  });
}

function createEntra(settings: Settings, parts: Parts): Dependencies['entra'] {
  return createEntraReader({
    ...parts,
    baseUrl: settings.GRAPH_BASE_URL,
    appId: settings.ENTRA_APP_ID,
    attributes: mappedUserAttributes,
    credential: { getToken: () => graphToken(settings, parts.credential) },
  });
}

/** Does the work when it is first asked for, and again only if it failed. */
function onceDone(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return async () => {
    done ??= work();
    try {
      await done;
    } catch (error) {
      done = undefined;
      throw error;
    }
  };
}

function totalOf(counts: ReturnType<ReturnType<typeof countingTables>['counts']>): number {
  let total = 0;
  for (const { reads, transactions } of counts.values()) total += reads + transactions;
  return total;
}

function loadProvisioning(path: string | undefined): Provisioning {
  let text = '{}';
  try {
    if (path !== undefined) text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`PROVISIONING_CONFIG names a file that cannot be read: ${reason}`]);
  }
  const result = parseProvisioning(text);
  if (result.kind === 'invalid') throw new ConfigError(result.issues);
  return result.provisioning;
}

/** The managed identity, loaded only when it is asked: importing it costs more than the rest of the app together. */
function createCredential(settings: Settings): TokenCredential {
  const clientId = settings.AzureWebJobsStorage__clientId;
  let credential: Promise<TokenCredential> | undefined;
  const load = async (): Promise<TokenCredential> => {
    const { ManagedIdentityCredential } = await import('@azure/identity');
    return clientId === undefined
      ? new ManagedIdentityCredential()
      : new ManagedIdentityCredential({ clientId });
  };
  return {
    async getToken(scopes, options) {
      credential ??= load();
      return (await credential).getToken(scopes, options);
    },
  };
}

async function graphToken(settings: Settings, credential: TokenCredential): Promise<string> {
  if (settings.GRAPH_ACCESS_TOKEN !== undefined) return settings.GRAPH_ACCESS_TOKEN;
  const token = await credential.getToken(`${settings.GRAPH_BASE_URL}/.default`);
  if (token === null) throw new Error('cannot sign in to Microsoft Graph: no token was given out');
  return token.token;
}

function createTokenStore(settings: Settings, { credential, clock }: Parts): TokenStore {
  const vaultUrl = settings.KEY_VAULT_URL;
  if (settings.DROPBOX_REFRESH_TOKEN !== undefined || vaultUrl === undefined) {
    return literalTokenStore(settings.DROPBOX_REFRESH_TOKEN);
  }
  return createKeyVaultTokenStore({ vaultUrl, credential, secretName: refreshTokenSecret, clock });
}

function storageConnections(
  settings: StorageSettings,
  credential: TokenCredential,
): {
  readonly tables: TableConnection;
  readonly queue: Parameters<typeof createAzureDoorbell>[0]['connection'];
} {
  const connectionString = settings.AzureWebJobsStorage;
  if (connectionString !== undefined) {
    return { tables: { connectionString }, queue: { connectionString } };
  }
  const account = settings.AzureWebJobsStorage__accountName ?? '';
  const tableUrl =
    settings.AzureWebJobsStorage__tableServiceUri ?? `https://${account}.table.core.windows.net`;
  const queueUrl =
    settings.AzureWebJobsStorage__queueServiceUri ?? `https://${account}.queue.core.windows.net`;
  return { tables: { tableUrl, credential }, queue: { queueUrl, credential } };
}
