import { describe, expect, test } from 'vitest';
import { CredentialError, ThrottledError, TransientError } from '../../shared/model/errors.ts';
import { answerInTurn, reply, resetConnection } from '../http/loopback-server.ts';
import { createMemoryTokenStore } from '../memory/memory-token-store.ts';
import { errorOf, json, startScriptedDropbox } from './scripted-dropbox.ts';

const teamInfo = json(200, {
  team_id: 'dbtid:1',
  name: 'Team',
  num_licensed_users: 5,
  num_provisioned_users: 2,
});
const token = (name: string, expiresIn = 14_400) =>
  json(200, { access_token: name, token_type: 'bearer', expires_in: expiresIn });
const expired = json(401, {
  error_summary: 'expired_access_token/.',
  error: { '.tag': 'expired_access_token' },
});

describe('the refresh grant', () => {
  test('goes form-encoded in the body and never in the URL', async () => {
    await using dropbox = await startScriptedDropbox({ api: teamInfo });
    await dropbox.team.readTeam();
    const [request] = dropbox.tokenCalls();
    expect(request?.url).toBe('/oauth2/token');
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh+token',
      client_id: 'app-key',
      client_secret: 'app&secret',
    });
    expect(dropbox.apiCalls()[0]?.headers['authorization']).toBe('Bearer sl.good');
  });

  test('is asked for once by calls that come at the same time', async () => {
    await using dropbox = await startScriptedDropbox({ api: teamInfo });
    const { team } = dropbox;
    await Promise.all([team.readTeam(), team.readTeam(), team.readTeam()]);
    expect(dropbox.tokenCalls()).toHaveLength(1);
    expect(dropbox.apiCalls()).toHaveLength(3);
  });

  test('is asked for again five minutes before the token expires, not earlier', async () => {
    await using dropbox = await startScriptedDropbox({ api: teamInfo });
    await dropbox.team.readTeam();
    dropbox.clock.jump((14_400 - 301) * 1000);
    await dropbox.team.readTeam();
    expect(dropbox.tokenCalls()).toHaveLength(1);
    dropbox.clock.jump(2_000);
    await dropbox.team.readTeam();
    expect(dropbox.tokenCalls()).toHaveLength(2);
  });

  test('is asked for again after half the life of a short token', async () => {
    await using dropbox = await startScriptedDropbox({ api: teamInfo, token: token('sl.1', 10) });
    await dropbox.team.readTeam();
    dropbox.clock.jump(4_000);
    await dropbox.team.readTeam();
    expect(dropbox.tokenCalls()).toHaveLength(1);
    dropbox.clock.jump(1_000);
    await dropbox.team.readTeam();
    expect(dropbox.tokenCalls()).toHaveLength(2);
  });

  test('may fail in passing while the old token still has time left', async () => {
    const answers = answerInTurn(token('sl.1', 10), reply(503, ''));
    await using dropbox = await startScriptedDropbox({ api: teamInfo, token: answers });
    await dropbox.team.readTeam();
    dropbox.clock.jump(6_000);
    await dropbox.team.readTeam();
    expect(dropbox.apiCalls()).toHaveLength(2);
    dropbox.clock.jump(5_000);
    expect(await errorOf(dropbox.team.readTeam())).toBeInstanceOf(TransientError);
  });
});

describe('an expired access token', () => {
  test('is replaced and the call made once more, a write too', async () => {
    const api = answerInTurn(expired, json(409, { error: { '.tag': 'user_not_found' } }));
    const answers = answerInTurn(token('sl.1'), token('sl.2'));
    await using dropbox = await startScriptedDropbox({ api, token: answers });
    const answer = await dropbox.team.updateMember('dbmid:1', { givenName: 'Ada' });
    expect(answer).toEqual({ kind: 'refused', refusal: { tag: 'user_not_found' } });
    const bearers = dropbox.apiCalls().map((call) => call.headers['authorization']);
    expect(bearers).toEqual(['Bearer sl.1', 'Bearer sl.2']);
  });

  test('is a matter of credentials where the new token is refused too', async () => {
    await using dropbox = await startScriptedDropbox({ api: expired });
    expect(await errorOf(dropbox.team.readTeam())).toBeInstanceOf(CredentialError);
    expect(dropbox.apiCalls()).toHaveLength(2);
  });

  test('is replaced by one request where several calls meet it', async () => {
    const answers = answerInTurn(token('sl.old'), token('sl.new'));
    await using dropbox = await startScriptedDropbox({
      api: (request, response) => {
        const isOld = request.headers['authorization'] === 'Bearer sl.old';
        (isOld ? expired : teamInfo)(request, response);
      },
      token: answers,
    });
    const { team } = dropbox;
    await Promise.all([team.readTeam(), team.readTeam(), team.readTeam()]);
    expect(dropbox.tokenCalls()).toHaveLength(2);
  });
});

describe('without a token', () => {
  test('the app is not authorised yet, and nothing is sent', async () => {
    const options = { tokens: createMemoryTokenStore() };
    await using dropbox = await startScriptedDropbox({ api: teamInfo, options });
    const error = await errorOf(dropbox.team.readTeam());
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ service: 'dropbox' });
    expect(String(error)).toContain('not authorised yet');
    expect(dropbox.server.requests).toEqual([]);
  });

  test.each([
    [400, 'invalid_grant'],
    [401, 'invalid_grant'],
    [400, 'invalid_client'],
  ])('%i %s is a matter of credentials that quotes no secret', async (status, code) => {
    const body = { error: code, error_description: 'refresh+token is revoked for app&secret' };
    await using dropbox = await startScriptedDropbox({ api: teamInfo, token: json(status, body) });
    const error = await errorOf(dropbox.team.inviteMembers([someone]));
    expect(error).toBeInstanceOf(CredentialError);
    const message = error instanceof Error ? error.message : '';
    expect(message).toContain(code);
    expect(message).not.toContain('refresh+token');
    expect(message).not.toContain('app&secret');
    expect(dropbox.tokenCalls()).toHaveLength(1);
  });

  test.each([
    ['503', reply(503, '<html>')],
    ['a reset', resetConnection],
    ['HTML with 200', reply(200, '<html>')],
    ['a redirect', reply(302, '')],
  ])('a token endpoint that answers %s means that no write was sent', async (_name, answer) => {
    await using dropbox = await startScriptedDropbox({ api: teamInfo, token: answer });
    const error = await errorOf(dropbox.team.inviteMembers([someone]));
    expect(error).toBeInstanceOf(TransientError);
    expect(dropbox.apiCalls()).toEqual([]);
  });

  test('a throttled token endpoint says how long to wait', async () => {
    const answer = reply(429, '', { 'retry-after': '7' });
    await using dropbox = await startScriptedDropbox({ api: teamInfo, token: answer });
    const error = await errorOf(dropbox.team.readTeam());
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).toMatchObject({ retryAfterMs: 7_000 });
  });
});

test('a refused token is not used again: a new authorisation takes effect with the next call', async () => {
  const missing = json(401, {
    error: { '.tag': 'missing_scope', required_scope: 'team_info.read' },
  });
  await using dropbox = await startScriptedDropbox({
    api: answerInTurn(missing, teamInfo),
    token: answerInTurn(token('sl.1'), token('sl.2')),
  });
  expect(await errorOf(dropbox.team.readTeam())).toMatchObject({ missing: 'team_info.read' });
  expect(await dropbox.team.readTeam()).toMatchObject({ teamId: 'dbtid:1' });
  expect(dropbox.apiCalls()[1]?.headers['authorization']).toBe('Bearer sl.2');
});

const someone = {
  email: 'ada@example.com',
  givenName: 'Ada',
  surname: 'Lovelace',
  externalId: 'entra-1',
};
