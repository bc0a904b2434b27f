import { describe, expect, test } from 'vitest';
import { LostAnswerError } from '../../shared/model/errors.ts';
import type { TeamReader, TeamWriter } from '../../shared/model/ports.ts';
import { answerInTurn } from '../http/loopback-server.ts';
import { errorOf, json, refusal, startScriptedDropbox } from './scripted-dropbox.ts';

type Team = TeamReader & TeamWriter;
type Call = (team: Team) => Promise<unknown>;

const user = { '.tag': 'team_member_id', team_member_id: 'dbmid:1' };
const nothing = json(200, null);
const keep = { wipeData: false };

const calls: readonly (readonly [string, Call, unknown])[] = [
  ['suspend', (team) => team.suspendMember('dbmid:1', keep), { user, wipe_data: false }],
  [
    'suspend',
    (team) => team.suspendMember('dbmid:1', { wipeData: true }),
    { user, wipe_data: true },
  ],
  ['unsuspend', (team) => team.unsuspendMember('dbmid:1'), { user }],
  ['recover', (team) => team.recoverMember('dbmid:1'), { user }],
];

test.each(calls)('%s names the member by id alone and reads the null', async (route, act, sent) => {
  await using dropbox = await startScriptedDropbox({ api: nothing });
  expect(await act(dropbox.team)).toEqual({ kind: 'done', value: null });
  expect(dropbox.sent()).toEqual([[`/2/team/members/${route}`, sent]]);
});

test.each(calls)(
  'an answer other than null to %s says nothing for certain',
  async (_route, act) => {
    await using dropbox = await startScriptedDropbox({ api: json(200, {}) });
    expect(await errorOf(act(dropbox.team))).toBeInstanceOf(LostAnswerError);
    expect(dropbox.apiCalls()).toHaveLength(1);
  },
);

describe('a removal', () => {
  test.each([true, false])(
    'says whether devices are wiped (%s), and transfers, keeps and erases nothing',
    async (wipeData) => {
      await using dropbox = await startScriptedDropbox({ api: json(200, { '.tag': 'complete' }) });
      const answer = await dropbox.team.removeMember('dbmid:1', { wipeData });
      expect(answer).toEqual({ kind: 'done', value: null });
      expect(dropbox.sent()).toEqual([
        ['/2/team/members/remove', { user, wipe_data: wipeData, keep_account: false }],
      ]);
    },
  );

  test('that becomes a job is asked about until it is over', async () => {
    const api = answerInTurn(
      json(200, { '.tag': 'async_job_id', async_job_id: 'job-1' }),
      json(200, { '.tag': 'in_progress' }),
      json(200, { '.tag': 'complete' }),
    );
    await using dropbox = await startScriptedDropbox({ api });
    expect(await dropbox.team.removeMember('dbmid:1', keep)).toEqual({
      kind: 'job',
      jobId: 'job-1',
    });
    expect(await dropbox.team.readRemoveJob('job-1')).toEqual({ kind: 'running' });
    expect(await dropbox.team.readRemoveJob('job-1')).toEqual({ kind: 'complete' });
    const status = '/2/team/members/remove/job_status/get';
    expect(dropbox.sent().slice(1)).toEqual([
      [status, { async_job_id: 'job-1' }],
      [status, { async_job_id: 'job-1' }],
    ]);
  });

  test.each([
    ['a tag we do not know', json(200, { '.tag': 'scheduled' })],
    ['a job without an id', json(200, { '.tag': 'async_job_id', async_job_id: '' })],
  ])('with the answer %s may have happened', async (_name, api) => {
    await using dropbox = await startScriptedDropbox({ api });
    const error = await errorOf(dropbox.team.removeMember('dbmid:1', keep));
    expect(error).toBeInstanceOf(LostAnswerError);
    expect(dropbox.apiCalls()).toHaveLength(1);
  });

  test.each([
    ['is unknown', refusal('invalid_async_job_id')],
    ['ends in an error', refusal('internal_error')],
    ['says something new', json(200, { '.tag': 'other' })],
  ])('whose job %s leaves the outcome open', async (_name, api) => {
    await using dropbox = await startScriptedDropbox({ api });
    expect(await dropbox.team.readRemoveJob('job-1')).toEqual({ kind: 'failed' });
  });
});
