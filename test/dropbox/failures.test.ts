import { describe, expect, test } from 'vitest';
import {
  BadRequestError,
  CredentialError,
  HttpFailureError,
  LostAnswerError,
  ThrottledError,
  TransientError,
} from '../../shared/model/errors.ts';
import { createFetchSend } from '../../shared/http/fetch-send.ts';
import type { Send } from '../../shared/model/ports.ts';
import { answerInTurn, reply, resetConnection, type Handler } from '../http/loopback-server.ts';
import { errorOf, json, memberInfo, refusal, startScriptedDropbox } from './scripted-dropbox.ts';

const teamInfo = json(200, {
  team_id: 'dbtid:1',
  name: 'Team',
  num_licensed_users: 5,
  num_provisioned_users: 2,
});
const someone = { email: 'a@b.com', givenName: 'A', surname: 'B', externalId: 'entra-1' };
const silent: Handler = () => {};
const timeoutsMs = { read: 40, write: 40, invite: 40 };

const unclear: readonly (readonly [string, Handler])[] = [
  ['500', reply(500, '<html>')],
  ['503', reply(503, '')],
  ['a gateway that gave up (408)', reply(408, '')],
  ['a redirect', reply(302, '', { location: '/' })],
  ['a reset', resetConnection],
  ['silence', silent],
  ['HTML with 200', reply(200, '<html>')],
  ['an empty 200', reply(200, '')],
  ['a shape we do not know', json(200, { ok: true })],
  ['a 409 without a tag', reply(409, '<html>')],
];

describe('an unclear answer', () => {
  test.each(unclear)('%s to a read is asked again, three times in all', async (_name, api) => {
    await using dropbox = await startScriptedDropbox({ api, options: { timeoutsMs } });
    const error = await errorOf(dropbox.team.readTeam());
    expect(error).toBeInstanceOf(TransientError);
    expect(error).not.toBeInstanceOf(ThrottledError);
    expect(error).toMatchObject({ retryAfterMs: 2_000 });
    expect(dropbox.apiCalls()).toHaveLength(3);
  });

  test.each(unclear)('%s to a read does no harm once', async (_name, bad) => {
    const api = answerInTurn(bad, teamInfo);
    await using dropbox = await startScriptedDropbox({
      api,
      options: { timeoutsMs: { ...timeoutsMs, read: 300 } },
    });
    expect(await dropbox.team.readTeam()).toMatchObject({ licences: 5, provisioned: 2 });
  });

  test.each(unclear)('%s to an invitation means a lost answer, never a repeat', async (_n, api) => {
    await using dropbox = await startScriptedDropbox({ api, options: { timeoutsMs } });
    expect(await errorOf(dropbox.team.inviteMembers([someone]))).toBeInstanceOf(LostAnswerError);
    expect(dropbox.apiCalls()).toHaveLength(1);
  });

  test.each(unclear)('%s to a write means a lost answer, never a repeat', async (_name, api) => {
    await using dropbox = await startScriptedDropbox({ api, options: { timeoutsMs } });
    const writes = [
      () => dropbox.team.updateMember('dbmid:1', { surname: 'B' }),
      () => dropbox.team.createGroup({ name: 'G', externalId: 'e' }),
      () => dropbox.team.updateGroup('g:1', { name: 'G' }),
      () => dropbox.team.addGroupMembers('g:1', ['dbmid:1']),
      () => dropbox.team.suspendMember('dbmid:1', { wipeData: false }),
      () => dropbox.team.unsuspendMember('dbmid:1'),
      () => dropbox.team.removeMember('dbmid:1', { wipeData: false }),
      () => dropbox.team.recoverMember('dbmid:1'),
      () => dropbox.team.removeGroupMembers('g:1', ['dbmid:1']),
      () => dropbox.team.deleteGroup('g:1'),
    ];
    // One after the other: on a busy machine a crowd of them would time out before it arrives.
    for (const write of writes) expect(await errorOf(write())).toBeInstanceOf(LostAnswerError);
    expect(dropbox.apiCalls()).toHaveLength(writes.length);
  });

  test('a read waits as long as a 503 asks, and hands on what passes the deadline', async () => {
    const api = answerInTurn(
      reply(503, '', { 'retry-after': '4' }),
      reply(503, '', { 'retry-after': '60' }),
    );
    await using dropbox = await startScriptedDropbox({ api });
    expect(await errorOf(dropbox.team.readTeam())).toMatchObject({ retryAfterMs: 60_000 });
    expect(dropbox.clock.slept).toEqual([4_000]);
  });

  test('a write whose connection was never made did not happen', async () => {
    const live = createFetchSend();
    const send: Send = async (request) => {
      if (request.url.endsWith('/oauth2/token')) return await live(request);
      throw new HttpFailureError('cannot reach http://127.0.0.1: ECONNREFUSED', true);
    };
    await using dropbox = await startScriptedDropbox({ api: silent, options: { send } });
    const error = await errorOf(dropbox.team.inviteMembers([someone]));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ retryAfterMs: 5_000 });
  });
});

function rateLimit(seconds?: number) {
  return {
    error_summary: 'too_many_requests/..',
    error: {
      reason: { '.tag': 'too_many_requests' },
      ...(seconds === undefined ? {} : { retry_after: seconds }),
    },
  };
}

describe('a throttled call', () => {
  test.each([
    ['the header before the body', json(429, rateLimit(9), { 'retry-after': '30' }), 30_000],
    ['the body without a header', json(429, rateLimit(9)), 9_000],
    ['a body that leaves its default out', json(429, rateLimit()), 1_000],
    ['nothing but text', reply(429, 'slow down'), 5_000],
    ['nothing at all', reply(429, ''), 5_000],
    ['a time of zero', reply(429, '', { 'retry-after': '0' }), 5_000],
  ])('asks for a time by %s', async (_name, api, retryAfterMs) => {
    await using dropbox = await startScriptedDropbox({ api });
    const error = await errorOf(dropbox.team.inviteMembers([someone]));
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).toMatchObject({ retryAfterMs });
    expect(dropbox.apiCalls()).toHaveLength(1);
  });

  test('is repeated after a short wait when it reads', async () => {
    const api = answerInTurn(reply(429, '', { 'retry-after': '2' }), teamInfo);
    await using dropbox = await startScriptedDropbox({ api });
    await dropbox.team.readTeam();
    expect(dropbox.clock.slept).toEqual([2_000]);
  });

  test('is the business of all instances where the wait is longer', async () => {
    await using dropbox = await startScriptedDropbox({
      api: reply(429, '', { 'retry-after': '2.001' }),
    });
    const error = await errorOf(dropbox.team.readTeam());
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).toMatchObject({ retryAfterMs: 2_001 });
    expect(dropbox.apiCalls()).toHaveLength(1);
  });
});

describe('refused credentials', () => {
  const calls = 'Error in call to API function "team/get_info": ';
  test.each([
    ['401 revoked', json(401, { error: { '.tag': 'invalid_access_token' } }), undefined],
    [
      '401 missing scope',
      json(401, { error: { '.tag': 'missing_scope', required_scope: 'members.write' } }),
      'members.write',
    ],
    ['401 with a new tag', json(401, { error: { '.tag': 'brand_new' } }), undefined],
    ['401 without a body', reply(401, ''), undefined],
    [
      '403 wrong plan',
      json(403, {
        error: {
          '.tag': 'invalid_account_type',
          invalid_account_type: { '.tag': 'feature' },
        },
      }),
      undefined,
    ],
    ['403 HTML', reply(403, '<html>'), undefined],
    [
      '400 scope not enabled on the app',
      reply(
        400,
        `${calls}Your app (ID: 1) is not permitted to access this endpoint because it does not have the required scope 'team_info.read'.`,
      ),
      'team_info.read',
    ],
    [
      "400 a person's token",
      reply(
        400,
        `${calls}This API function operates on a team, but the OAuth 2 access token you provided is for a user.`,
      ),
      undefined,
    ],
  ])('%s, for reads and writes, without a repeat', async (_name, api, missing) => {
    await using dropbox = await startScriptedDropbox({ api });
    const { team } = dropbox;
    const errors = [await errorOf(team.readTeam()), await errorOf(team.inviteMembers([someone]))];
    for (const error of errors) {
      expect(error).toBeInstanceOf(CredentialError);
      expect(error).toMatchObject({ service: 'dropbox', missing });
    }
    expect(dropbox.apiCalls()).toHaveLength(2);
  });
});

describe('a malformed call', () => {
  test('is told in a few words without addresses and tokens', async () => {
    const text = `Error in call to API function "team/members/add_v2": request body: new_members[0].member_email: 'ada@müller.de' did not match pattern, scope members.read of sl.secret ${'x'.repeat(900)}`;
    await using dropbox = await startScriptedDropbox({ api: reply(400, text) });
    const error = await errorOf(dropbox.team.inviteMembers([someone]));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(String(error)).toContain('did not match pattern');
    expect(String(error)).not.toMatch(/ada@|sl\.secret/);
    expect(String(error).length).toBeLessThan(500);
  });

  test.each([404, 405, 413, 422])('%i is not repeated', async (status) => {
    await using dropbox = await startScriptedDropbox({ api: reply(status, '') });
    expect(await errorOf(dropbox.team.readTeam())).toBeInstanceOf(BadRequestError);
    expect(dropbox.apiCalls()).toHaveLength(1);
  });
});

describe('a refusal', () => {
  test.each([
    [refusal('user_not_found'), { tag: 'user_not_found' }],
    [
      refusal('members_not_in_team', { members_not_in_team: ['dbmid:1', 'dbmid:2'] }),
      { tag: 'members_not_in_team', offenders: ['dbmid:1', 'dbmid:2'] },
    ],
    [
      refusal('invalid_user', {
        invalid_user: { '.tag': 'team_member_id', team_member_id: 'dbmid:1' },
      }),
      { tag: 'invalid_user', offenders: ['dbmid:1'] },
    ],
    [
      refusal('selector', { selector: { '.tag': 'group_not_found' } }),
      { tag: 'selector/group_not_found' },
    ],
    [refusal('never_seen_before'), { tag: 'never_seen_before' }],
  ])('is a value, by its tag', async (api, expected) => {
    await using dropbox = await startScriptedDropbox({ api });
    const answer = await dropbox.team.addGroupMembers('g:1', ['dbmid:1', 'dbmid:2']);
    expect(answer).toEqual({ kind: 'refused', refusal: expected });
    expect(dropbox.apiCalls()).toHaveLength(1);
  });

  test('of a listing that knows none is an error we do not know', async () => {
    await using dropbox = await startScriptedDropbox({ api: refusal('other') });
    const error = await errorOf(dropbox.team.readMembers());
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(TransientError);
    expect(String(error)).toContain('other');
  });
});

test('the log tells route, status, duration and request id of every exchange, and nothing else', async () => {
  const info = { member_info: memberInfo('dbmid:1') };
  const api = answerInTurn(
    json(200, info, { 'x-dropbox-request-id': 'r1' }),
    reply(500, 'secret@example.com'),
  );
  await using dropbox = await startScriptedDropbox({ api });
  await dropbox.team.updateMember('dbmid:1', { email: 'ada@example.com' });
  await errorOf(dropbox.team.updateMember('dbmid:1', { email: 'ada@example.com' }));
  const route = 'team/members/set_profile_v2';
  expect(dropbox.log.named('dropboxCall')).toEqual([
    { route, status: 200, durationMs: 0, requestId: 'r1' },
    { route, status: 500, durationMs: 0, requestId: undefined },
  ]);
  const all = JSON.stringify(dropbox.log.events);
  expect(all).not.toMatch(/example\.com|sl\.|refresh|secret/);
});
