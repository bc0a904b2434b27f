import { z } from 'zod';

import type { SeededRandom } from '../wire/random.ts';
import type { DropboxSettings } from './settings.ts';

const grantSchema = z
  .object({
    refreshToken: z.string(),
    scopes: z.array(z.string()).readonly(),
    /** Who authorised; undefined where nobody knows any more. */
    adminId: z.string().optional(),
    isRevoked: z.boolean(),
    /** Whether the refresh token was ever handed out: an online grant keeps it to itself. */
    isOffline: z.boolean(),
    usedVerifier: z.boolean(),
  })
  .readonly();

const accessTokenSchema = z
  .object({
    token: z.string(),
    refreshToken: z.string(),
    scopes: z.array(z.string()).readonly(),
    expiresAt: z.number(),
  })
  .readonly();

const codeSchema = z
  .object({
    code: z.string(),
    redirectUri: z.string().optional(),
    challenge: z.string().optional(),
    scopes: z.array(z.string()).readonly(),
    isOffline: z.boolean(),
    adminId: z.string(),
    expiresAt: z.number(),
  })
  .readonly();

const savedSchema = z.object({
  grants: z.array(grantSchema),
  accessTokens: z.array(accessTokenSchema),
  codes: z.array(codeSchema),
});

/** What one authorisation by an admin gave. */
export type Grant = z.infer<typeof grantSchema>;
export type AccessToken = z.infer<typeof accessTokenSchema>;
export type Code = z.infer<typeof codeSchema>;

/** Who may call, and for how long. */
export interface Grants {
  readGrant(refreshToken: string): Grant | undefined;
  readGrants(): readonly Grant[];
  putGrant(grant: Grant): void;
  readAccessToken(token: string): AccessToken | undefined;
  issueAccessToken(grant: Grant, scopes: readonly string[]): AccessToken;
  /** A new code and, with `takeCode`, its only use. */
  issueCode(code: Omit<Code, 'code' | 'expiresAt'>): Code;
  takeCode(code: string): Code | undefined;
  makeRefreshToken(): string;
  expireAccessTokens(): void;
  /** Adds the scope to access tokens that were issued before it was granted. */
  widenAccessTokens(scope: string): void;
  clear(): void;
  save(): unknown;
  load(saved: unknown): void;
}

interface Options {
  readonly now: () => number;
  readonly settings: () => DropboxSettings;
  readonly random: SeededRandom;
}

/** Expired tokens are remembered for a day, to be told apart from unknown ones. */
const rememberedMs = 24 * 60 * 60 * 1000;

/** Nobody may call yet. Tokens come from the seeded generator and are no secrets. */
export function createGrants({ now, settings, random }: Options): Grants {
  const grants = new Map<string, Grant>();
  const accessTokens = new Map<string, AccessToken>();
  const codes = new Map<string, Code>();
  const secret = (parts: number): string =>
    Array.from({ length: parts }, () => random.token().replaceAll('-', '')).join('');
  const forgetOld = (): void => {
    for (const { token, expiresAt } of accessTokens.values()) {
      if (expiresAt < now() - rememberedMs) accessTokens.delete(token);
    }
  };

  return {
    readGrant: (refreshToken) => grants.get(refreshToken),
    readGrants: () => [...grants.values()],
    putGrant: (grant) => {
      grants.set(grant.refreshToken, grant);
    },
    readAccessToken: (token) => accessTokens.get(token),
    issueAccessToken: (grant, scopes) => {
      forgetOld();
      const issued: AccessToken = {
        // Short-lived tokens begin with `sl.` and are much longer than the old kind.
        token: `sl.u.${secret(32)}`,
        refreshToken: grant.refreshToken,
        scopes,
        expiresAt: now() + settings().expiresInSeconds * 1000,
      };
      accessTokens.set(issued.token, issued);
      return issued;
    },
    issueCode: (facts) => {
      const expiresAt = now() + settings().codeLifetimeSeconds * 1000;
      const issued: Code = { ...facts, code: secret(2), expiresAt };
      codes.set(issued.code, issued);
      return issued;
    },
    takeCode: (code) => {
      const taken = codes.get(code);
      codes.delete(code);
      return taken === undefined || taken.expiresAt <= now() ? undefined : taken;
    },
    makeRefreshToken: () => secret(2),
    expireAccessTokens: () => {
      for (const entry of accessTokens.values()) {
        accessTokens.set(entry.token, { ...entry, expiresAt: Math.min(entry.expiresAt, now()) });
      }
    },
    widenAccessTokens: (scope) => {
      for (const entry of accessTokens.values()) {
        const scopes = [...new Set([...entry.scopes, scope])];
        accessTokens.set(entry.token, { ...entry, scopes });
      }
    },
    clear: () => {
      grants.clear();
      accessTokens.clear();
      codes.clear();
    },
    save: () => ({
      grants: [...grants.values()],
      accessTokens: [...accessTokens.values()],
      codes: [...codes.values()],
    }),
    load: (saved) => {
      const parsed = savedSchema.parse(saved);
      grants.clear();
      accessTokens.clear();
      codes.clear();
      for (const grant of parsed.grants) grants.set(grant.refreshToken, grant);
      for (const entry of parsed.accessTokens) accessTokens.set(entry.token, entry);
      for (const code of parsed.codes) codes.set(code.code, code);
    },
  };
}
