import { describe, expect, test } from 'vitest';

import { smallTeam, startTeam, type SandboxTeam } from './sandbox-team.ts';
import { textMatching } from './text-matching.ts';

async function callWith(team: SandboxTeam, authorization?: string) {
  return team.send({
    url: '/2/team/get_info',
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: 'null',
  });
}

describe('authorization of calls', () => {
  test('refuses a call without a token as a malformed request', async () => {
    const team = await startTeam(smallTeam());
    const answer = await callWith(team);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('Authorization');
    expect((await callWith(team, 'Basic abc')).status).toBe(400);
  });

  test('refuses a call without a token as unauthorized where the settings say so', async () => {
    const team = await startTeam(smallTeam(), { noBearerStatus: 401 });
    expect((await callWith(team)).status).toBe(401);
  });

  test('tells an unknown token from an expired one', async () => {
    const team = await startTeam(smallTeam(), { expiresInSeconds: 2 });
    const token = await team.renewToken();
    const unknown = await callWith(team, 'Bearer sl.unknown');
    expect(unknown.status).toBe(401);
    expect(JSON.parse(unknown.body)).toMatchObject({ error: { '.tag': 'invalid_access_token' } });
    expect((await callWith(team, `Bearer ${token}`)).status).toBe(200);
    team.clock.setOffsetMs(2_000);
    const expired = await callWith(team, `Bearer ${token}`);
    expect(expired.status).toBe(401);
    expect(JSON.parse(expired.body)).toMatchObject({ error: { '.tag': 'expired_access_token' } });
  });

  test('names the scope that the token lacks', async () => {
    const team = await startTeam(smallTeam());
    await team.change({ op: 'removeScope', scope: 'members.write' });
    const answer = await team.call('team/members/suspend', {});
    expect(answer).toMatchObject({
      status: 401,
      body: {
        error_summary: textMatching(/^missing_scope\/\.*$/),
        error: { '.tag': 'missing_scope', required_scope: 'members.write' },
      },
    });
  });

  test.each([
    ['newTokens', 401],
    ['allTokens', 200],
  ] as const)('lets a new grant of a scope reach %s', async (grantReaches, status) => {
    const team = await startTeam(smallTeam(), { grantReaches, scopes: ['groups.read'] });
    await team.change({ op: 'grantScope', scope: 'team_info.read' });
    expect((await team.call('team/get_info', null)).status).toBe(status);
    await team.renewToken();
    expect((await team.call('team/get_info', null)).status).toBe(200);
  });

  test('says in plain text that the app itself lacks a scope', async () => {
    const team = await startTeam(smallTeam(), { appScopes: ['members.read'] });
    const answer = await team.call('team/get_info', null);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain("'team_info.read'");
  });

  test('looks at token, scope, JSON, argument, rate limit and endpoint in that order', async () => {
    const team = await startTeam(smallTeam(), { rateLimitCalls: 1, rateLimitWindowSeconds: 60 });
    const url = '/2/team/members/suspend';
    const good = await team.renewToken();
    const send = async (body: string, token = good) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      return (await team.send({ url, headers, body })).status;
    };
    const valid = JSON.stringify({
      user: { '.tag': 'team_member_id', team_member_id: 'dbmid:nobody' },
    });
    await team.change({ op: 'removeScope', scope: 'members.write' });
    expect(await send('not json', 'sl.unknown')).toBe(401);
    expect(JSON.stringify(await team.call('team/members/suspend', 7))).toContain('missing_scope');
    await team.change({ op: 'grantScope', scope: 'members.write' });
    expect(await send('not json')).toBe(400);
    expect(await send('{}')).toBe(400);
    expect(await send(valid)).toBe(409);
    expect(await send(valid)).toBe(429);
    expect(await send('{}')).toBe(400);
  });

  test('stops all tokens when the refresh token is revoked', async () => {
    const team = await startTeam(smallTeam());
    await team.change({ op: 'revokeRefreshToken' });
    const answer = await team.call('team/get_info', null);
    expect(answer).toMatchObject({
      status: 401,
      body: { error: { '.tag': 'invalid_access_token' } },
    });
    await expect(team.renewToken()).rejects.toThrow();
  });

  test('expires every access token on demand and gives new ones', async () => {
    const team = await startTeam(smallTeam());
    await team.change({ op: 'expireAccessTokens' });
    const answer = await team.call('team/get_info', null);
    expect(answer.body).toMatchObject({ error: { '.tag': 'expired_access_token' } });
    await team.renewToken();
    expect((await team.call('team/get_info', null)).status).toBe(200);
  });

  test('does not let a team token revoke itself unless the settings allow it', async () => {
    const strict = await startTeam(smallTeam());
    expect((await strict.call('auth/token/revoke', null)).status).toBe(400);
    const kind = await startTeam(smallTeam(), { teamTokenMayRevoke: true });
    expect(await kind.call('auth/token/revoke', null)).toMatchObject({ status: 200, body: null });
    expect((await kind.call('team/get_info', null)).status).toBe(401);
    await expect(kind.renewToken()).rejects.toThrow();
  });

  test('keeps the link when its admin leaves, and says that the admin is not active', async () => {
    const team = await startTeam(smallTeam());
    const admin = await team.call('team/token/get_authenticated_admin', null);
    expect(admin.body).toMatchObject({ admin_profile: { email: 'root@example.com' } });
    await team.change({ op: 'suspendMember', email: 'root@example.com' });
    const answer = await team.call('team/token/get_authenticated_admin', null);
    expect(answer).toMatchObject({ status: 409, body: { error: { '.tag': 'admin_not_active' } } });
  });

  test('ends the link when its admin leaves where the settings say so', async () => {
    const team = await startTeam(smallTeam(), { adminLeaves: 'linkEnds' });
    await team.change({ op: 'suspendMember', email: 'root@example.com' });
    expect((await team.call('team/get_info', null)).status).toBe(401);
    await expect(team.renewToken()).rejects.toThrow();
  });

  test('does not know who authorised where no admin ever was', async () => {
    const team = await startTeam(smallTeam({ members: [], groups: [] }));
    const answer = await team.call('team/token/get_authenticated_admin', null);
    expect(answer.body).toMatchObject({ error: { '.tag': 'mapping_not_found' } });
  });
});
