import { createHash } from 'node:crypto';

import type { RuleAnswer } from '../wire/rules.ts';
import type { WireRequest } from '../wire/types.ts';
import { readScopes } from './authorize-page.ts';
import type { DropboxState } from './call.ts';
import type { Code, Grant } from './grants.ts';
import type { DropboxSettings } from './settings.ts';

interface TokenContext extends Pick<DropboxState, 'grants' | 'team'> {
  readonly settings: DropboxSettings;
  readonly headers: { readonly [name: string]: string };
}

type TokenAnswer =
  | { readonly kind: 'issued'; readonly body: { readonly [name: string]: unknown } }
  | { readonly kind: 'refused'; readonly error: string; readonly description: string };

/** `POST /oauth2/token`: an access token for a code or for a refresh token. Only a form in the body is read. */
export function answerTokenRequest(request: WireRequest, context: TokenContext): RuleAnswer {
  const answer = readForm(request, context);
  const isRefused = answer.kind === 'refused';
  const body = isRefused
    ? { error: answer.error, error_description: answer.description }
    : answer.body;
  return {
    response: {
      status: isRefused ? context.settings.tokenErrorStatus : 200,
      headers: { ...context.headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    },
    wrote: !isRefused,
  };
}

function refuse(error: string, description: string): TokenAnswer {
  return { kind: 'refused', error, description };
}

function readForm(request: WireRequest, context: TokenContext): TokenAnswer {
  if (request.method !== 'POST') return refuse('invalid_request', 'the method must be POST');
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') {
    return refuse('invalid_request', 'the body must be form-encoded');
  }
  const form = new URLSearchParams(request.body);
  for (const name of form.keys()) {
    if (form.getAll(name).length > 1) return refuse('invalid_request', `${name} is given twice`);
  }
  const client = readClient(request, form);
  const grantType = form.get('grant_type');
  if (grantType === 'authorization_code') return exchangeCode(form, client, context);
  if (grantType === 'refresh_token') return refresh(form, client, context);
  return refuse('unsupported_grant_type', 'grant_type must be one of the two known ones');
}

interface Client {
  readonly key: string | undefined;
  readonly secret: string | undefined;
}

/** From the Basic header, else from the form. */
function readClient(request: WireRequest, form: URLSearchParams): Client {
  const [scheme = '', encoded = ''] = (request.headers['authorization'] ?? '').split(' ');
  if (scheme.toLowerCase() === 'basic') {
    const text = Buffer.from(encoded, 'base64').toString();
    const split = text.indexOf(':');
    return {
      key: decodeURIComponent(text.slice(0, split)),
      secret: decodeURIComponent(text.slice(split + 1)),
    };
  }
  return {
    key: form.get('client_id') ?? undefined,
    secret: form.get('client_secret') ?? undefined,
  };
}

/** A client without a secret is known by its key only, which a grant by PKCE allows. */
function refuseClient(
  { key, secret }: Client,
  settings: DropboxSettings,
  mayLackSecret: boolean,
): TokenAnswer | undefined {
  const isKnown = key === settings.appKey;
  const isProved = secret === undefined ? mayLackSecret : secret === settings.appSecret;
  return isKnown && isProved
    ? undefined
    : refuse('invalid_client', 'Invalid client_id or client_secret');
}

function exchangeCode(form: URLSearchParams, client: Client, context: TokenContext): TokenAnswer {
  const { grants, settings, team } = context;
  const verifier = form.get('code_verifier') ?? undefined;
  const refusal =
    refuseClient(client, settings, verifier !== undefined) ??
    refuseVerifierWithSecret(client, verifier, settings);
  if (refusal !== undefined) return refusal;
  const code = grants.takeCode(form.get('code') ?? '');
  if (code === undefined) return refuse('invalid_grant', "code doesn't exist or has expired");
  const mismatch = findMismatch(code, form, verifier);
  if (mismatch !== undefined) return refuse('invalid_grant', mismatch);
  const grant: Grant = {
    refreshToken: grants.makeRefreshToken(),
    scopes: code.scopes,
    adminId: code.adminId,
    isRevoked: false,
    isOffline: code.isOffline,
    usedVerifier: code.challenge !== undefined,
  };
  grants.putGrant(grant);
  const { token } = grants.issueAccessToken(grant, grant.scopes);
  return {
    kind: 'issued',
    body: {
      access_token: token,
      token_type: 'bearer',
      expires_in: settings.expiresInSeconds,
      ...(code.isOffline ? { refresh_token: grant.refreshToken } : {}),
      scope: grant.scopes.join(' '),
      uid: '',
      team_id: team.readFacts().id,
    },
  };
}

function refuseVerifierWithSecret(
  { secret }: Client,
  verifier: string | undefined,
  settings: DropboxSettings,
): TokenAnswer | undefined {
  const isBoth = secret !== undefined && verifier !== undefined;
  if (!isBoth || settings.verifierWithSecret === 'checkBoth') return undefined;
  return refuse('invalid_request', 'code_verifier and client_secret exclude each other');
}

function findMismatch(
  code: Code,
  form: URLSearchParams,
  verifier: string | undefined,
): string | undefined {
  if (code.redirectUri !== (form.get('redirect_uri') ?? undefined)) return 'redirect_uri mismatch';
  if (code.challenge === undefined) {
    return verifier === undefined ? undefined : 'unexpected code_verifier';
  }
  if (verifier === undefined) return 'code_verifier is missing';
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return 'code_verifier is malformed';
  const hash = createHash('sha256').update(verifier).digest('base64url');
  return hash === code.challenge ? undefined : 'invalid code verifier';
}

function refresh(form: URLSearchParams, client: Client, context: TokenContext): TokenAnswer {
  const { grants, settings } = context;
  const text = form.get('refresh_token') ?? '';
  const grant = grants.readGrant(text);
  const refusal = refuseClient(client, settings, grant?.usedVerifier ?? false);
  if (refusal !== undefined) return refusal;
  if (text === '') return refuse('invalid_grant', 'refresh token is malformed');
  if (grant === undefined || !isUsable(grant, context)) {
    return refuse('invalid_grant', 'refresh token is invalid or revoked');
  }
  const scopes = readScopes(form.get('scope')) ?? grant.scopes;
  const beyond = scopes.find((scope) => !grant.scopes.includes(scope));
  if (beyond !== undefined) return refuse('invalid_scope', `scope was not granted: ${beyond}`);
  const { token } = grants.issueAccessToken(grant, scopes);
  return {
    kind: 'issued',
    body: { access_token: token, token_type: 'bearer', expires_in: settings.expiresInSeconds },
  };
}

function isUsable(grant: Grant, context: TokenContext): boolean {
  return grant.isOffline && !grant.isRevoked && !hasEnded(grant, context);
}

/** Whether the link went with the admin who made it, where the settings say that it does. */
export function hasEnded(
  { adminId }: Grant,
  { settings, team }: Pick<TokenContext, 'settings' | 'team'>,
): boolean {
  if (settings.adminLeaves === 'linkStays' || adminId === undefined) return false;
  return team.members.readById(adminId)?.status !== 'active';
}
