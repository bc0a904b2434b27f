import type { TokenStore } from '../model/ports.ts';

/** A refresh token that a setting gives, for running without a Key Vault; undefined or empty where there is none yet. */
export function literalTokenStore(token: string | undefined): TokenStore {
  return { loadRefreshToken: async () => (token === '' ? undefined : token) };
}
