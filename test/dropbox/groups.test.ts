import { describe, expect, test } from 'vitest';
import { CursorExpiredError, LostAnswerError, TransientError } from '../../shared/model/errors.ts';
import type { GroupSelector } from '../../shared/model/target.ts';
import { answerInTurn, type Handler } from '../http/loopback-server.ts';
import { errorOf, json, memberInfo, refusal, startScriptedDropbox } from './scripted-dropbox.ts';

const summary = (groupId: string, fields: { readonly [name: string]: unknown } = {}) => ({
  group_id: groupId,
  group_name: 'Design',
  member_count: 3,
  group_management_type: { '.tag': 'company_managed' },
  ...fields,
});
const byId = (groupId: string): GroupSelector => ({ kind: 'groupId', groupId });
const item = (groupId: string) => ({ '.tag': 'group_info', created: 1, ...summary(groupId) });
const miss = (asked: string) => ({ '.tag': 'id_not_found', id_not_found: asked });
const refuseForeignGroup: Handler = (request, response) => {
  const ids = ['g:1', 'g:2', 'g:3'].filter((id) => request.body.includes(id));
  const isForeign = request.body.includes('g:9');
  const handle = isForeign ? refusal('group_not_on_team') : json(200, ids.map(item));
  handle(request, response);
};

describe('the listing of groups', () => {
  test('asks for 1,000 at a time and goes on with the cursor', async () => {
    const api = answerInTurn(
      json(200, { groups: [summary('g:1')], cursor: 'c1', has_more: true }),
      json(200, { groups: [], cursor: 'c2', has_more: false }),
    );
    await using dropbox = await startScriptedDropbox({ api });
    const first = await dropbox.team.readGroups();
    expect(first).toEqual({
      items: [{ groupId: 'g:1', name: 'Design', management: 'company' }],
      cursor: 'c1',
      hasMore: true,
    });
    expect(await dropbox.team.readGroups('c1')).toEqual({
      items: [],
      cursor: 'c2',
      hasMore: false,
    });
    expect(dropbox.sent()).toEqual([
      ['/2/team/groups/list', { limit: 1000 }],
      ['/2/team/groups/list/continue', { cursor: 'c1' }],
    ]);
  });

  test.each([
    ['company_managed', 'company'],
    ['user_managed', 'user'],
    ['system_managed', 'system'],
    ['other', 'unknown'],
    ['robot_managed', 'unknown'],
  ])('reads %s as managed by %s', async (tag, management) => {
    const groups = [
      summary('g:1', { group_management_type: { '.tag': tag }, group_external_id: 'e1' }),
    ];
    const api = json(200, { groups, cursor: 'c', has_more: false });
    await using dropbox = await startScriptedDropbox({ api });
    const page = await dropbox.team.readGroups();
    expect(page.items).toEqual([{ groupId: 'g:1', name: 'Design', externalId: 'e1', management }]);
  });

  test('starts again where Dropbox forgot the cursor', async () => {
    await using dropbox = await startScriptedDropbox({ api: refusal('invalid_cursor') });
    expect(await errorOf(dropbox.team.readGroups('c'))).toBeInstanceOf(CursorExpiredError);
    expect(await errorOf(dropbox.team.readGroupMembers('g:1', 'c'))).toBeInstanceOf(
      CursorExpiredError,
    );
  });
});

describe('a question about several groups', () => {
  test('sends the selector itself and reads a bare array, in the order of the question', async () => {
    await using dropbox = await startScriptedDropbox({
      api: json(200, [miss('g:2'), item('g:1')]),
    });
    const answers = await dropbox.team.readGroupsInfo([byId('g:1'), byId('g:2')]);
    expect(answers.map((group) => group?.groupId)).toEqual(['g:1', undefined]);
    expect(dropbox.sent()).toEqual([
      ['/2/team/groups/get_info', { '.tag': 'group_ids', group_ids: ['g:1', 'g:2'] }],
    ]);
  });

  test('asks by external id', async () => {
    const api = json(200, [{ ...item('g:1'), group_external_id: 'e1' }]);
    await using dropbox = await startScriptedDropbox({ api });
    const answers = await dropbox.team.readGroupsInfo([{ kind: 'externalId', externalId: 'e1' }]);
    expect(answers.map((group) => group?.groupId)).toEqual(['g:1']);
    expect(dropbox.sent()).toEqual([
      ['/2/team/groups/get_info', { '.tag': 'group_external_ids', group_external_ids: ['e1'] }],
    ]);
  });

  test('that is refused for one foreign group is halved until that group stands alone', async () => {
    await using dropbox = await startScriptedDropbox({ api: refuseForeignGroup });
    const answers = await dropbox.team.readGroupsInfo(['g:1', 'g:9', 'g:2', 'g:3'].map(byId));
    expect(answers.map((group) => group?.groupId)).toEqual(['g:1', undefined, 'g:2', 'g:3']);
  });

  test('says of no group that it is gone where the answer is incomplete', async () => {
    await using dropbox = await startScriptedDropbox({ api: json(200, [item('g:1')]) });
    const error = await errorOf(dropbox.team.readGroupsInfo([byId('g:1'), byId('g:2')]));
    expect(error).toBeInstanceOf(TransientError);
  });
});

describe('the members of a group', () => {
  test('are read by id, a page at a time', async () => {
    const member = { ...memberInfo('dbmid:1'), access_type: { '.tag': 'owner' } };
    const api = answerInTurn(
      json(200, { members: [member], cursor: 'c1', has_more: true }),
      json(200, { members: [], cursor: 'c2', has_more: false }),
    );
    await using dropbox = await startScriptedDropbox({ api });
    expect(await dropbox.team.readGroupMembers('g:1')).toEqual({
      kind: 'done',
      value: { items: ['dbmid:1'], cursor: 'c1', hasMore: true },
    });
    await dropbox.team.readGroupMembers('g:1', 'c1');
    expect(dropbox.sent()).toEqual([
      [
        '/2/team/groups/members/list',
        { group: { '.tag': 'group_id', group_id: 'g:1' }, limit: 300 },
      ],
      ['/2/team/groups/members/list/continue', { cursor: 'c1' }],
    ]);
  });

  test('are refused where the group is gone', async () => {
    await using dropbox = await startScriptedDropbox({ api: refusal('group_not_found') });
    expect(await dropbox.team.readGroupMembers('g:1')).toEqual({
      kind: 'refused',
      refusal: { tag: 'group_not_found' },
    });
  });
});

describe('a write to a group', () => {
  const info: Handler = json(200, { ...summary('g:1'), created: 1 });

  test('creates company-managed groups', async () => {
    await using dropbox = await startScriptedDropbox({ api: info });
    const answer = await dropbox.team.createGroup({ name: 'Design', externalId: 'e1' });
    expect(answer).toMatchObject({ kind: 'done', value: { groupId: 'g:1' } });
    expect(dropbox.sent()).toEqual([
      [
        '/2/team/groups/create',
        {
          group_name: 'Design',
          group_external_id: 'e1',
          group_management_type: { '.tag': 'company_managed' },
          add_creator_as_owner: false,
        },
      ],
    ]);
  });

  test('changes only what changes, and asks for no members', async () => {
    await using dropbox = await startScriptedDropbox({ api: info });
    await dropbox.team.updateGroup('g:1', { externalId: '' });
    expect(dropbox.sent()).toEqual([
      [
        '/2/team/groups/update',
        {
          group: { '.tag': 'group_id', group_id: 'g:1' },
          new_group_external_id: '',
          return_members: false,
        },
      ],
    ]);
  });

  test('adds ordinary members by member id, and asks for no members', async () => {
    const api = json(200, { group_info: { ...summary('g:1'), created: 1 }, async_job_id: ' ' });
    await using dropbox = await startScriptedDropbox({ api });
    const answer = await dropbox.team.addGroupMembers('g:1', ['dbmid:1']);
    expect(answer).toEqual({ kind: 'done', value: null });
    expect(dropbox.sent()).toEqual([
      [
        '/2/team/groups/members/add',
        {
          group: { '.tag': 'group_id', group_id: 'g:1' },
          members: [
            {
              user: { '.tag': 'team_member_id', team_member_id: 'dbmid:1' },
              access_type: { '.tag': 'member' },
            },
          ],
          return_members: false,
        },
      ],
    ]);
  });

  test('takes members out by bare selectors, and asks for no members', async () => {
    const api = json(200, { group_info: { ...summary('g:1'), created: 1 }, async_job_id: ' ' });
    await using dropbox = await startScriptedDropbox({ api });
    const answer = await dropbox.team.removeGroupMembers('g:1', ['dbmid:1', 'dbmid:2']);
    expect(answer).toEqual({ kind: 'done', value: null });
    expect(dropbox.sent()).toEqual([
      [
        '/2/team/groups/members/remove',
        {
          group: { '.tag': 'group_id', group_id: 'g:1' },
          users: [
            { '.tag': 'team_member_id', team_member_id: 'dbmid:1' },
            { '.tag': 'team_member_id', team_member_id: 'dbmid:2' },
          ],
          return_members: false,
        },
      ],
    ]);
  });

  test.each([{ '.tag': 'complete' }, { '.tag': 'async_job_id', async_job_id: 'job-1' }])(
    'deletes by the selector itself; %o means that the group is gone',
    async (answer) => {
      await using dropbox = await startScriptedDropbox({ api: json(200, answer) });
      expect(await dropbox.team.deleteGroup('g:1')).toEqual({ kind: 'done', value: null });
      expect(dropbox.sent()).toEqual([
        ['/2/team/groups/delete', { '.tag': 'group_id', group_id: 'g:1' }],
      ]);
    },
  );

  test('does not take a deletion for done where the answer is a tag we do not know', async () => {
    await using dropbox = await startScriptedDropbox({ api: json(200, { '.tag': 'other' }) });
    expect(await errorOf(dropbox.team.deleteGroup('g:1'))).toBeInstanceOf(LostAnswerError);
  });

  test('changes nobody without a call', async () => {
    await using dropbox = await startScriptedDropbox({ api: info });
    expect(await dropbox.team.addGroupMembers('g:1', [])).toEqual({ kind: 'done', value: null });
    expect(await dropbox.team.removeGroupMembers('g:1', [])).toEqual({ kind: 'done', value: null });
    expect(dropbox.apiCalls()).toEqual([]);
  });
});
