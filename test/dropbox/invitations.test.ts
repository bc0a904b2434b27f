import { describe, expect, test } from 'vitest';
import { BadRequestError, TransientError } from '../../shared/model/errors.ts';
import { answerInTurn, reply } from '../http/loopback-server.ts';
import { errorOf, json, memberInfo, refusal, startScriptedDropbox } from './scripted-dropbox.ts';

const ada = {
  email: 'ada@example.com',
  givenName: 'Ada',
  surname: 'Lovelace',
  externalId: 'entra-1',
};

const complete = (...rows: readonly unknown[]) => ({ '.tag': 'complete', complete: rows });

describe('an invitation', () => {
  test('sends both names, the external id and a welcome mail, and does not force a job', async () => {
    await using dropbox = await startScriptedDropbox({ api: json(200, complete()) });
    await dropbox.team.inviteMembers([ada]);
    const [call] = dropbox.apiCalls();
    expect(call?.url).toBe('/2/team/members/add_v2');
    expect(JSON.parse(call?.body ?? '')).toEqual({
      new_members: [
        {
          member_email: 'ada@example.com',
          member_given_name: 'Ada',
          member_surname: 'Lovelace',
          member_external_id: 'entra-1',
          send_welcome_email: true,
        },
      ],
      force_async: false,
    });
  });

  test('of nobody is not sent', async () => {
    await using dropbox = await startScriptedDropbox({ api: json(200, complete()) });
    expect(await dropbox.team.inviteMembers([])).toEqual({ kind: 'complete', rows: [] });
    expect(dropbox.apiCalls()).toEqual([]);
  });

  test('that succeeds brings the new member', async () => {
    const row = { '.tag': 'success', ...memberInfo('dbmid:1') };
    await using dropbox = await startScriptedDropbox({ api: json(200, complete(row)) });
    const answer = await dropbox.team.inviteMembers([ada]);
    expect(answer).toMatchObject({
      kind: 'complete',
      rows: [{ kind: 'done', email: 'ada@example.com', member: { memberId: 'dbmid:1' } }],
    });
  });

  test.each([
    'user_already_on_team',
    'user_on_another_team',
    'team_license_limit',
    'free_team_member_limit_reached',
    'user_already_paired',
    'user_migration_failed',
    'duplicate_external_member_id',
    'duplicate_member_persistent_id',
    'persistent_id_disabled',
    'user_creation_failed',
    'a_tag_of_tomorrow',
  ])('that is refused with %s names the person by the address in lower case', async (tag) => {
    const row = { '.tag': tag, [tag]: 'Ada@Example.com' };
    await using dropbox = await startScriptedDropbox({ api: json(200, complete(row)) });
    expect(await dropbox.team.inviteMembers([ada])).toEqual({
      kind: 'complete',
      rows: [{ kind: 'refused', email: 'ada@example.com', refusal: { tag } }],
    });
  });

  test('leaves out the rows of which nobody can say whom they are about, and keeps the others', async () => {
    const api = json(
      200,
      complete(
        { '.tag': 'other' },
        { '.tag': 'success', profile: {} },
        { '.tag': 'strange', strange: { why: 1 } },
        { '.tag': 'wordy', wordy: 'no address' },
        'nonsense',
        { '.tag': 'team_license_limit', team_license_limit: 'b@example.com' },
      ),
    );
    await using dropbox = await startScriptedDropbox({ api });
    expect(await dropbox.team.inviteMembers([ada])).toEqual({
      kind: 'complete',
      rows: [{ kind: 'refused', email: 'b@example.com', refusal: { tag: 'team_license_limit' } }],
    });
  });

  test('may become a job although nobody asked for one', async () => {
    const api = json(200, { '.tag': 'async_job_id', async_job_id: 'job-1' });
    await using dropbox = await startScriptedDropbox({ api });
    expect(await dropbox.team.inviteMembers([ada])).toEqual({ kind: 'job', jobId: 'job-1' });
  });

  test('has an unknown outcome where the answer or the refusal is one we do not know', async () => {
    const api = answerInTurn(json(200, { '.tag': 'other' }), refusal('other'));
    await using dropbox = await startScriptedDropbox({ api });
    const failed = { kind: 'failed', reason: 'other' };
    expect(await dropbox.team.inviteMembers([ada])).toEqual(failed);
    expect(await dropbox.team.inviteMembers([ada])).toEqual(failed);
  });
});

describe('a look at the job of an invitation', () => {
  const row = { '.tag': 'user_already_on_team', user_already_on_team: 'ada@example.com' };
  test.each([
    ['in progress', json(200, { '.tag': 'in_progress' }), { kind: 'running' }],
    [
      'complete',
      json(200, complete(row)),
      {
        kind: 'complete',
        rows: [
          { kind: 'refused', email: 'ada@example.com', refusal: { tag: 'user_already_on_team' } },
        ],
      },
    ],
    [
      'failed, with a text that may quote people',
      json(200, { '.tag': 'failed', failed: 'could not add ada@example.com' }),
      { kind: 'failed', reason: 'could not add ***' },
    ],
    ['of a new kind', json(200, { '.tag': 'other' }), { kind: 'failed', reason: 'other' }],
    ['lost by Dropbox', refusal('internal_error'), { kind: 'failed', reason: 'internal_error' }],
    [
      'unknown to Dropbox',
      refusal('invalid_async_job_id'),
      { kind: 'failed', reason: 'invalid_async_job_id' },
    ],
  ])('finds it %s', async (_name, api, expected) => {
    await using dropbox = await startScriptedDropbox({ api });
    expect(await dropbox.team.readInviteJob('job-1')).toEqual(expected);
    const [call] = dropbox.apiCalls();
    expect(call?.url).toBe('/2/team/members/add/job_status/get_v2');
    expect(JSON.parse(call?.body ?? '')).toEqual({ async_job_id: 'job-1' });
  });

  test('is a read: it is repeated, and a failure of it says nothing about the invitation', async () => {
    await using dropbox = await startScriptedDropbox({ api: reply(500, '') });
    expect(await errorOf(dropbox.team.readInviteJob('job-1'))).toBeInstanceOf(TransientError);
    expect(dropbox.apiCalls()).toHaveLength(3);
  });

  test('with an id of a wrong form is a malformed call', async () => {
    await using dropbox = await startScriptedDropbox({ api: reply(400, 'request body: bad') });
    expect(await errorOf(dropbox.team.readInviteJob(''))).toBeInstanceOf(BadRequestError);
  });
});
