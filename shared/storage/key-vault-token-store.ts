import type { TokenCredential } from '@azure/identity';
import type { SecretClient, SecretClientOptions } from '@azure/keyvault-secrets';
import type { Clock, TokenStore } from '../model/ports.ts';
import { isMissing, toStorageError } from './storage-failure.ts';
import { STORAGE_RETRY } from './storage-retry.ts';

export interface KeyVaultTokenStoreOptions {
  readonly vaultUrl: string;
  readonly credential: TokenCredential;
  readonly secretName: string;
  readonly clock: Clock;
  /** Passed on to the SDK. */
  readonly clientOptions?: SecretClientOptions;
}

/** A rotated token is seen so much later at most. */
const KEEP_MS = 5 * 60_000;

/**
 * The refresh token as a secret of Key Vault: kept in memory for five minutes, one question at a time however many ask. A secret that does
 * not exist, or is empty, is asked for again each time, so that a first authorisation is seen at once.
 */
export function createKeyVaultTokenStore(options: KeyVaultTokenStoreOptions): TokenStore {
  let client: SecretClient | undefined;
  let kept: { readonly token: string; readonly until: number } | undefined;
  let asking: Promise<string | undefined> | undefined;

  async function readSecret(): Promise<string | undefined> {
    client ??= await createClient(options);
    try {
      const abortSignal = AbortSignal.timeout(STORAGE_RETRY.withinMs);
      const { value } = await client.getSecret(options.secretName, { abortSignal });
      return value === undefined || value === '' ? undefined : value;
    } catch (error) {
      if (isMissing(error)) return undefined;
      const doing = `read the secret ${options.secretName} of Key Vault`;
      throw toStorageError(error, { doing, role: 'Key Vault Secrets User' });
    }
  }

  async function ask(): Promise<string | undefined> {
    try {
      const token = await readSecret();
      kept = token === undefined ? undefined : { token, until: options.clock.now() + KEEP_MS };
      return token;
    } finally {
      asking = undefined;
    }
  }

  return {
    loadRefreshToken: async () => {
      if (kept !== undefined && options.clock.now() < kept.until) return kept.token;
      asking ??= ask();
      return asking;
    },
  };
}

/** The SDK is loaded at the first question: HTTP functions that never ask start sooner without it. */
async function createClient(options: KeyVaultTokenStoreOptions): Promise<SecretClient> {
  const sdk = await import('@azure/keyvault-secrets');
  return new sdk.SecretClient(options.vaultUrl, options.credential, {
    retryOptions: {
      maxRetries: STORAGE_RETRY.maxRetries,
      retryDelayInMs: STORAGE_RETRY.delayMs,
      maxRetryDelayInMs: STORAGE_RETRY.maxDelayMs,
    },
    ...options.clientOptions,
  });
}
