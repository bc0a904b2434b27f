import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import { person, smallTeam, startTeam, type SandboxTeam } from './sandbox-team.ts';
import { textMatching } from './text-matching.ts';

const redirectUri = 'https://app.example.com/callback';
const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');

async function authorize(
  team: SandboxTeam,
  parameters: { readonly [name: string]: string } = {},
): Promise<{ readonly status: number; readonly location: URL | undefined; readonly body: string }> {
  const query = new URLSearchParams({
    client_id: 'sandbox-app-key',
    response_type: 'code',
    redirect_uri: redirectUri,
    token_access_type: 'offline',
    state: 'xyz',
    ...parameters,
  });
  const url = `/oauth2/authorize?${query.toString()}`;
  const { status, headers, body } = await team.send({ method: 'GET', url, headers: {} });
  const location = headers['location'];
  return { status, location: location === undefined ? undefined : new URL(location), body };
}

async function readCode(
  team: SandboxTeam,
  parameters: { readonly [name: string]: string } = {},
): Promise<string> {
  return (await authorize(team, parameters)).location?.searchParams.get('code') ?? '';
}

async function exchange(
  team: SandboxTeam,
  parameters: { readonly [name: string]: string },
  headers: { readonly [name: string]: string } = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await team.send({
    url: '/oauth2/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(parameters).toString(),
  });
  return { status: response.status, body: JSON.parse(response.body) };
}

const app = { client_id: 'sandbox-app-key', client_secret: 'sandbox-app-secret' };
const redeem = { grant_type: 'authorization_code', redirect_uri: redirectUri };
const settings = { redirectUris: [redirectUri] };

describe('connecting the app', () => {
  test('redirects back with a code and the state', async () => {
    const team = await startTeam(smallTeam(), settings);
    const { status, location } = await authorize(team);
    expect(status).toBe(302);
    expect(location?.origin).toBe('https://app.example.com');
    expect(location?.searchParams.get('state')).toBe('xyz');
    expect(location?.searchParams.get('code')).not.toBeNull();
  });

  test('redirects back with access_denied and no code when the person declines', async () => {
    const team = await startTeam(smallTeam(), { ...settings, consent: 'deny' });
    const { location } = await authorize(team);
    expect(location?.searchParams.get('error')).toBe('access_denied');
    expect(location?.searchParams.get('state')).toBe('xyz');
    expect(location?.searchParams.has('code')).toBe(false);
  });

  test.each([
    [{ redirect_uri: `${redirectUri}/` }, 'redirect_uri'],
    [{ client_id: 'another' }, 'client_id'],
    [{ response_type: 'token' }, 'response_type'],
    [{ state: 's'.repeat(501) }, 'state'],
    [{ code_challenge: challenge, code_challenge_method: 'plain' }, 'code_challenge_method'],
    [{ scope: 'files.content.read' }, 'files.content.read'],
  ])('shows a page and never redirects for %o', async (parameters, word) => {
    const team = await startTeam(smallTeam(), settings);
    const answer = await authorize(team, parameters);
    expect([answer.status, answer.location]).toEqual([400, undefined]);
    expect(answer.body).toContain(word);
  });

  test('refuses a person who is no admin', async () => {
    const team = await startTeam(smallTeam(), {
      ...settings,
      authorizingEmail: 'ada@example.com',
    });
    expect((await authorize(team)).status).toBe(403);
  });

  test('shows the code on the page where there is no redirect URI', async () => {
    const team = await startTeam(smallTeam());
    const query = `client_id=sandbox-app-key&response_type=code&token_access_type=offline`;
    const page = await team.send({ method: 'GET', url: `/oauth2/authorize?${query}`, headers: {} });
    const code = /code in the app: (\w+)/.exec(page.body)?.[1] ?? '';
    const answer = await exchange(team, { grant_type: 'authorization_code', code, ...app });
    expect(answer.status).toBe(200);
  });
});

describe('tokens', () => {
  test('gives a team link with a refresh token for an offline code, once', async () => {
    const team = await startTeam(smallTeam(), { ...settings, expiresInSeconds: 90 });
    const code = await readCode(team);
    const answer = await exchange(team, { ...redeem, ...app, code });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        access_token: textMatching(/^sl\..{100,}$/),
        refresh_token: textMatching(),
        token_type: 'bearer',
        expires_in: 90,
        team_id: 'dbtid:AAATestTeam',
        scope: textMatching(/members\.write/),
      },
    });
    expect(answer.body).not.toHaveProperty('account_id');
    expect(await exchange(team, { ...redeem, ...app, code })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: textMatching() },
    });
  });

  test('gives no refresh token for an online code', async () => {
    const team = await startTeam(smallTeam(), settings);
    const code = await readCode(team, { token_access_type: 'online' });
    const { body } = await exchange(team, { ...redeem, ...app, code });
    expect(body).not.toHaveProperty('refresh_token');
  });

  test('refuses a code that is a minute old, and one for another address', async () => {
    const team = await startTeam(smallTeam(), settings);
    const old = await readCode(team);
    team.clock.setOffsetMs(60_000);
    expect((await exchange(team, { ...redeem, ...app, code: old })).status).toBe(400);
    const code = await readCode(team);
    const elsewhere = { ...redeem, ...app, code, redirect_uri: 'https://app.example.com/other' };
    expect((await exchange(team, elsewhere)).body).toMatchObject({ error: 'invalid_grant' });
  });

  test('checks the verifier of PKCE', async () => {
    const team = await startTeam(smallTeam(), settings);
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
    const client = { client_id: 'sandbox-app-key' };
    const attempt = async (parameters: { readonly [name: string]: string }) => {
      const code = await readCode(team, pkce);
      return (await exchange(team, { ...redeem, ...client, code, ...parameters })).status;
    };
    expect(await attempt({ code_verifier: verifier })).toBe(200);
    expect(await attempt({ code_verifier: 'w'.repeat(43) })).toBe(400);
    expect(await attempt({ code_verifier: 'short' })).toBe(400);
    expect(await attempt(app)).toBe(400);
  });

  test.each([
    ['refuse', 400],
    ['checkBoth', 200],
  ] as const)('treats verifier and secret together as told: %s', async (choice, status) => {
    const team = await startTeam(smallTeam(), { ...settings, verifierWithSecret: choice });
    const code = await readCode(team, { code_challenge: challenge, code_challenge_method: 'S256' });
    const answer = await exchange(team, { ...redeem, ...app, code, code_verifier: verifier });
    expect(answer.status).toBe(status);
  });

  test('refreshes without giving a new refresh token, by form or Basic credentials', async () => {
    const team = await startTeam(smallTeam());
    const refresh = { grant_type: 'refresh_token', refresh_token: 'sandbox-refresh-token' };
    const basic = Buffer.from('sandbox-app-key:sandbox-app-secret').toString('base64');
    const answers = [
      await exchange(team, { ...refresh, ...app }),
      await exchange(team, refresh, { authorization: `Basic ${basic}` }),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ token_type: 'bearer', expires_in: 14_400 });
      expect(body).not.toHaveProperty('refresh_token');
    }
  });

  test.each([
    [{ refresh_token: 'unknown' }, 'invalid_grant'],
    [{ refresh_token: '' }, 'invalid_grant'],
    [{ client_secret: 'wrong' }, 'invalid_client'],
    [{ client_id: 'wrong' }, 'invalid_client'],
    [{ scope: 'files.content.read' }, 'invalid_scope'],
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
  ])('refuses %o with the error of the standard', async (parameters, error) => {
    const team = await startTeam(smallTeam());
    const refresh = { grant_type: 'refresh_token', refresh_token: 'sandbox-refresh-token' };
    const answer = await exchange(team, { ...refresh, ...app, ...parameters });
    expect(answer).toMatchObject({ status: 400, body: { error } });
  });

  test('refuses a refresh without the secret', async () => {
    const team = await startTeam(smallTeam());
    const answer = await exchange(team, {
      grant_type: 'refresh_token',
      refresh_token: 'sandbox-refresh-token',
      client_id: 'sandbox-app-key',
    });
    expect(answer.body).toMatchObject({ error: 'invalid_client' });
  });

  test('reads credentials and token from the body only', async () => {
    const team = await startTeam(smallTeam());
    const query = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: 'sandbox-refresh-token',
      ...app,
    });
    const answer = await team.send({ url: `/oauth2/token?${query.toString()}`, headers: {} });
    expect(answer.status).toBe(400);
  });

  test('answers refusals with 401 where the settings say so', async () => {
    const team = await startTeam(smallTeam(), { tokenErrorStatus: 401 });
    const answer = await exchange(team, {
      grant_type: 'refresh_token',
      refresh_token: 'x',
      ...app,
    });
    expect(answer.status).toBe(401);
  });

  test('lets a token be narrower than its grant', async () => {
    const team = await startTeam(smallTeam());
    const { body } = await exchange(team, {
      grant_type: 'refresh_token',
      refresh_token: 'sandbox-refresh-token',
      scope: 'groups.read',
      ...app,
    });
    const token = JSON.stringify(body).match(/sl\.[^"]+/)?.[0] ?? '';
    const answer = await team.send({
      url: '/2/team/get_info',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(401);
  });

  test('links whoever is the first admin of a newly loaded team', async () => {
    const team = await startTeam(smallTeam());
    const members = [person('ann'), { ...person('eve'), isAdmin: true }];
    await team.control('PUT', '/team', smallTeam({ members, groups: [] }));
    const { body } = await team.call('team/token/get_authenticated_admin', null);
    expect(body).toMatchObject({ admin_profile: { email: 'eve@example.com' } });
  });
});
