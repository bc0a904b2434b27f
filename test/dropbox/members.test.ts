import { describe, expect, test } from 'vitest';
import { CursorExpiredError, TransientError } from '../../shared/model/errors.ts';
import type { MemberSelector } from '../../shared/model/target.ts';
import { answerInTurn, type Handler } from '../http/loopback-server.ts';
import { errorOf, json, memberInfo, refusal, startScriptedDropbox } from './scripted-dropbox.ts';

const byId = (memberId: string): MemberSelector => ({ kind: 'memberId', memberId });
const byEmail = (email: string): MemberSelector => ({ kind: 'email', email });
const found = (memberId: string, fields: { readonly [name: string]: unknown } = {}) => ({
  '.tag': 'member_info',
  ...memberInfo(memberId, fields),
});
const miss = (asked: string) => ({ '.tag': 'id_not_found', id_not_found: asked });
const infos = (...items: readonly unknown[]): Handler => json(200, { members_info: items });

describe('the listing of members', () => {
  test('asks for 300 at a time and goes on with the cursor by the second version of both routes', async () => {
    const api = answerInTurn(
      json(200, { members: [memberInfo('dbmid:1')], cursor: 'c1', has_more: true }),
      json(200, { members: [], cursor: 'c2', has_more: false }),
    );
    await using dropbox = await startScriptedDropbox({ api });
    const first = await dropbox.team.readMembers();
    const second = await dropbox.team.readMembers(first.cursor);
    expect(first).toMatchObject({ cursor: 'c1', hasMore: true });
    expect(second).toEqual({ items: [], cursor: 'c2', hasMore: false });
    expect(dropbox.sent()).toEqual([
      ['/2/team/members/list_v2', { limit: 300, include_removed: false }],
      ['/2/team/members/list/continue_v2', { cursor: 'c1' }],
    ]);
  });

  test('starts again where Dropbox forgot the cursor', async () => {
    await using dropbox = await startScriptedDropbox({ api: refusal('invalid_cursor') });
    expect(await errorOf(dropbox.team.readMembers('c1'))).toBeInstanceOf(CursorExpiredError);
    expect(dropbox.apiCalls()).toHaveLength(1);
  });

  test('is no listing at all where one member cannot be read', async () => {
    const members = [memberInfo('dbmid:1'), { profile: { team_member_id: 'dbmid:2' } }];
    const api = json(200, { members, cursor: 'c1', has_more: false });
    await using dropbox = await startScriptedDropbox({ api });
    expect(await errorOf(dropbox.team.readMembers())).toBeInstanceOf(TransientError);
  });
});

describe('a member', () => {
  test.each([
    [{}, { status: 'invited', email: 'ada@example.com', groupIds: ['g:1'] }],
    [{ external_id: 'entra-1' }, { externalId: 'entra-1' }],
    [{ status: { '.tag': 'active' }, account_id: 'x', joined_on: 'y' }, { status: 'active' }],
    [{ status: { '.tag': 'suspended' } }, { status: 'suspended' }],
    [
      { status: { '.tag': 'removed', is_recoverable: true, is_disconnected: false } },
      { status: 'removed', isRecoverable: true },
    ],
    [{ status: { '.tag': 'on_sabbatical', is_recoverable: true } }, { status: 'unknown' }],
  ])('%o reads as %o', async (fields, expected) => {
    await using dropbox = await startScriptedDropbox({ api: infos(found('dbmid:1', fields)) });
    const [member] = await dropbox.team.readMembersInfo([byId('dbmid:1')]);
    expect(member).toMatchObject({ memberId: 'dbmid:1', givenName: 'Ada', ...expected });
  });

  test.each([[{}], [{ external_id: '' }], [{ external_id: null }]])(
    'without an external id (%o) has none',
    async (fields) => {
      await using dropbox = await startScriptedDropbox({ api: infos(found('dbmid:1', fields)) });
      const [member] = await dropbox.team.readMembersInfo([byId('dbmid:1')]);
      expect(member).not.toHaveProperty('externalId');
      expect(member).not.toHaveProperty('isRecoverable');
    },
  );
});

describe('a question about several members', () => {
  test('names each by its own kind of selector', async () => {
    const api = infos(miss('dbmid:1'), miss('entra-1'), miss('a@b.com'));
    await using dropbox = await startScriptedDropbox({ api });
    const answers = await dropbox.team.readMembersInfo([
      byId('dbmid:1'),
      { kind: 'externalId', externalId: 'entra-1' },
      byEmail('a@b.com'),
    ]);
    expect(answers).toEqual([undefined, undefined, undefined]);
    expect(JSON.parse(dropbox.apiCalls()[0]?.body ?? '')).toEqual({
      members: [
        { '.tag': 'team_member_id', team_member_id: 'dbmid:1' },
        { '.tag': 'external_id', external_id: 'entra-1' },
        { '.tag': 'email', email: 'a@b.com' },
      ],
    });
  });

  test('is not sent where it asks about nobody', async () => {
    await using dropbox = await startScriptedDropbox({ api: infos() });
    expect(await dropbox.team.readMembersInfo([])).toEqual([]);
    expect(dropbox.apiCalls()).toEqual([]);
  });

  test('is answered in the order of the question, whatever the order of the answer', async () => {
    const api = infos(miss('dbmid:3'), found('dbmid:2'), found('dbmid:1'));
    await using dropbox = await startScriptedDropbox({ api });
    const answers = await dropbox.team.readMembersInfo(['dbmid:1', 'dbmid:2', 'dbmid:3'].map(byId));
    expect(answers.map((member) => member?.memberId)).toEqual(['dbmid:1', 'dbmid:2', undefined]);
  });

  test('finds the member whose second address was asked for by the place of the answer', async () => {
    const api = infos(found('dbmid:1'), found('dbmid:2', { email: 'new@example.com' }));
    await using dropbox = await startScriptedDropbox({ api });
    const answers = await dropbox.team.readMembersInfo([
      byEmail('ADA@example.com'),
      byEmail('old@example.com'),
    ]);
    expect(answers.map((member) => member?.memberId)).toEqual(['dbmid:1', 'dbmid:2']);
  });

  test.each([
    ['too few items', infos(found('dbmid:1'))],
    ['an item of an unknown tag', infos(found('dbmid:1'), { '.tag': 'other' })],
    [
      'a member who cannot be read',
      infos(found('dbmid:1'), { '.tag': 'member_info', profile: {} }),
    ],
    ['another member', infos(found('dbmid:1'), found('dbmid:9'))],
    ['a miss that is the answer to another question', infos(miss('dbmid:2'), miss('dbmid:8'))],
    ['the same answer twice', infos(found('dbmid:1'), found('dbmid:1'))],
  ])('says of nobody that they are gone on the strength of %s', async (_name, api) => {
    await using dropbox = await startScriptedDropbox({ api });
    const error = await errorOf(dropbox.team.readMembersInfo([byId('dbmid:1'), byId('dbmid:2')]));
    expect(error).toBeInstanceOf(TransientError);
  });
});

describe('a change of a member', () => {
  test('selects by member id and sends only what changes', async () => {
    const api = json(200, { member_info: memberInfo('dbmid:1', { external_id: 'entra-1' }) });
    await using dropbox = await startScriptedDropbox({ api });
    const answer = await dropbox.team.updateMember('dbmid:1', {
      externalId: 'entra-1',
      surname: '',
    });
    expect(answer).toMatchObject({ kind: 'done', value: { externalId: 'entra-1' } });
    const [call] = dropbox.apiCalls();
    expect(call?.url).toBe('/2/team/members/set_profile_v2');
    expect(JSON.parse(call?.body ?? '')).toEqual({
      user: { '.tag': 'team_member_id', team_member_id: 'dbmid:1' },
      new_external_id: 'entra-1',
      new_surname: '',
    });
  });
});

describe('the authorising admin', () => {
  test('is asked for with the literal null', async () => {
    const api = json(200, { admin_profile: memberInfo('dbmid:7').profile });
    await using dropbox = await startScriptedDropbox({ api });
    const answer = await dropbox.team.readAuthorisingAdmin();
    expect(answer).toMatchObject({ kind: 'done', value: { memberId: 'dbmid:7' } });
    const [call] = dropbox.apiCalls();
    expect(call).toMatchObject({
      url: '/2/team/token/get_authenticated_admin',
      body: 'null',
      headers: { 'content-type': 'application/json' },
    });
  });

  test.each(['admin_not_active', 'mapping_not_found'])('may be refused: %s', async (tag) => {
    await using dropbox = await startScriptedDropbox({ api: refusal(tag) });
    const answer = await dropbox.team.readAuthorisingAdmin();
    expect(answer).toEqual({ kind: 'refused', refusal: { tag } });
  });
});
