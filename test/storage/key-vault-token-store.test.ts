import type { SecretClientOptions } from '@azure/keyvault-secrets';
import { describe, expect, test } from 'vitest';
import { TransientError } from '../../shared/model/errors.ts';
import { createKeyVaultTokenStore } from '../../shared/storage/key-vault-token-store.ts';
import { literalTokenStore } from '../../shared/storage/literal-token-store.ts';
import { createVirtualClock } from '../memory/virtual-clock.ts';

type HttpClient = NonNullable<SecretClientOptions['httpClient']>;
type Headers = Awaited<ReturnType<HttpClient['sendRequest']>>['headers'];

/** Response headers as the SDK's pipeline wants them. */
function toHeaders(values: Readonly<Record<string, string>>): Headers {
  const map = new Map(Object.entries(values));
  return {
    get: (name) => map.get(name.toLowerCase()),
    has: (name) => map.has(name.toLowerCase()),
    set: (name, value) => {
      map.set(name.toLowerCase(), String(value));
    },
    delete: (name) => {
      map.delete(name.toLowerCase());
    },
    toJSON: () => Object.fromEntries(map),
    [Symbol.iterator]: () => map.entries(),
  };
}

const vaultUrl = 'https://vault.example.vault.azure.net';

/** A token store on a vault that first challenges, as Key Vault does, and then gives these answers, the last one for ever. */
function createStore(...answers: readonly (readonly [status: number, body: object])[]) {
  const clock = createVirtualClock();
  const asked: string[] = [];
  const httpClient: HttpClient = {
    sendRequest: async (request) => {
      if (!request.headers.has('authorization')) {
        const challenge =
          'Bearer authorization="https://login.example/tenant", resource="https://vault.azure.net"';
        return { request, status: 401, headers: toHeaders({ 'www-authenticate': challenge }) };
      }
      asked.push(new URL(request.url).pathname);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer === undefined) throw new Error('socket hang up');
      const headers = toHeaders({ 'content-type': 'application/json' });
      return { request, status: answer[0], headers, bodyAsText: JSON.stringify(answer[1]) };
    },
  };
  const store = createKeyVaultTokenStore({
    vaultUrl,
    credential: {
      getToken: async () => ({ token: 'an access token', expiresOnTimestamp: 4e12 }),
    },
    secretName: 'dropbox-refresh-token',
    clock,
    clientOptions: { httpClient, retryOptions: { maxRetries: 1, retryDelayInMs: 1 } },
  });
  return { store, clock, asked };
}

const secret = (value: string): readonly [number, object] => [
  200,
  { value, id: `${vaultUrl}/secrets/dropbox-refresh-token/1`, attributes: { enabled: true } },
];
const failure = (status: number, code: string): readonly [number, object] => [
  status,
  { error: { code, message: 'no' } },
];

describe('the refresh token in Key Vault', () => {
  test('is read from the secret of that name', async () => {
    const { store, asked } = createStore(secret('first'));
    expect(await store.loadRefreshToken()).toBe('first');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('/secrets/dropbox-refresh-token');
  });

  test('is asked for once by many who ask at the same time, and again after five minutes', async () => {
    const { store, clock, asked } = createStore(secret('first'), secret('second'));
    const load = () => store.loadRefreshToken();
    expect(await Promise.all([load(), load(), load()])).toEqual(['first', 'first', 'first']);
    await clock.advance(299_999);
    expect(await load()).toBe('first');
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(await load()).toBe('second');
    expect(asked).toHaveLength(2);
  });

  test('is seen at once after nobody had put one there', async () => {
    const { store } = createStore(failure(404, 'SecretNotFound'), secret(''), secret('first'));
    expect(await store.loadRefreshToken()).toBeUndefined();
    expect(await store.loadRefreshToken()).toBeUndefined();
    expect(await store.loadRefreshToken()).toBe('first');
  });

  test('names the role that is missing where Key Vault refuses', async () => {
    const { store } = createStore(failure(403, 'Forbidden'));
    const refused = store.loadRefreshToken();
    await expect(refused).rejects.toThrow(/dropbox-refresh-token.*403.*Key Vault Secrets User/);
    await expect(refused).rejects.not.toBeInstanceOf(TransientError);
  });

  for (const [what, answer] of [
    ['503', failure(503, 'ServiceUnavailable')],
    ['429', failure(429, 'Throttled')],
  ] as const) {
    test(`may be asked for again later after ${what}`, async () => {
      const { store } = createStore(answer);
      await expect(store.loadRefreshToken()).rejects.toBeInstanceOf(TransientError);
    });
  }

  test('is asked for anew after a failure', async () => {
    const { store } = createStore(failure(403, 'Forbidden'), secret('first'));
    await expect(store.loadRefreshToken()).rejects.toThrow('403');
    expect(await store.loadRefreshToken()).toBe('first');
  });
});

describe('the refresh token as a setting', () => {
  test('is given as it stands, and an empty one is none', async () => {
    expect(await literalTokenStore('a').loadRefreshToken()).toBe('a');
    expect(await literalTokenStore('').loadRefreshToken()).toBeUndefined();
    expect(await literalTokenStore(undefined).loadRefreshToken()).toBeUndefined();
  });
});
