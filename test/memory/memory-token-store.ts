import type { TokenStore } from '../../shared/model/ports.ts';

/** A TokenStore that always holds this refresh token; without one, a store into which nobody has put any yet. */
export function createMemoryTokenStore(refreshToken?: string): TokenStore {
  return { loadRefreshToken: async () => refreshToken };
}
