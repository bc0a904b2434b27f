import { describe, expect, test } from 'vitest';
import {
  CredentialError,
  CursorExpiredError,
  LostAnswerError,
  ThrottledError,
} from '../../shared/model/errors.ts';
import type { NewMember, TeamPage } from '../../shared/model/target.ts';
import type { Answer, InviteAnswer } from '../../shared/model/target.ts';
import { buildFault } from '../sandbox/wire/fault-list.ts';
import { startEmulatedDropbox, type EmulatedDropbox } from './emulated-dropbox.ts';
import { errorOf } from './scripted-dropbox.ts';

const newMember = (name: string): NewMember => ({
  email: `${name}@example.com`,
  givenName: name,
  surname: 'Test',
  externalId: `entra-${name}`,
});

/** Invites as the worker does: asks for the job's answer until there is one. */
async function invite(dropbox: EmulatedDropbox, ...names: readonly string[]) {
  let answer: InviteAnswer | { readonly kind: 'running' } = await dropbox.team.inviteMembers(
    names.map(newMember),
  );
  if (answer.kind !== 'job') return answer;
  const { jobId } = answer;
  do answer = await dropbox.team.readInviteJob(jobId);
  while (answer.kind === 'running');
  return answer;
}

async function readAll<T>(read: (cursor?: string) => Promise<TeamPage<T>>): Promise<readonly T[]> {
  let page = await read();
  const items = [...page.items];
  while (page.hasMore) {
    page = await read(page.cursor);
    items.push(...page.items);
  }
  return items;
}

function valueOf<T>(answer: Answer<T>): T {
  if (answer.kind === 'done') return answer.value;
  throw new Error(answer.refusal.tag);
}

describe('reading', () => {
  test('lists every member and group once, whatever the pages', async () => {
    await using dropbox = await startEmulatedDropbox({ people: 650, groups: 12 });
    const members = await readAll((cursor) => dropbox.team.readMembers(cursor));
    expect(new Set(members.map((member) => member.memberId)).size).toBe(651);
    expect(members).toContainEqual(
      expect.objectContaining({ email: 'person1@example.com', status: 'active' }),
    );
    const groups = await readAll((cursor) => dropbox.team.readGroups(cursor));
    const own = groups.filter((group) => group.management === 'company');
    expect(own.map((group) => group.name).toSorted()).toHaveLength(12);
    expect(groups.filter((group) => group.management === 'system')).toHaveLength(1);
  });

  test('asks about members and groups by every kind of selector', async () => {
    await using dropbox = await startEmulatedDropbox({ people: 3, groups: 1 });
    const members = await dropbox.team.readMembersInfo([
      { kind: 'email', email: 'Person2@Example.com' },
      { kind: 'externalId', externalId: 'entra-person1' },
      { kind: 'memberId', memberId: 'dbmid:nobody' },
      { kind: 'email', email: 'nobody@example.com' },
      { kind: 'externalId', externalId: 'entra-nobody' },
    ]);
    expect(members.map((member) => member?.email)).toEqual([
      'person2@example.com',
      'person1@example.com',
      undefined,
      undefined,
      undefined,
    ]);
    const byExternalId = await dropbox.team.readGroupsInfo([
      { kind: 'externalId', externalId: 'entra-nothing' },
      { kind: 'externalId', externalId: 'entra-group1' },
    ]);
    expect(byExternalId.map((group) => group?.name)).toEqual([undefined, 'group1']);
    const groupId = byExternalId[1]?.groupId ?? '';
    const byId = await dropbox.team.readGroupsInfo([{ kind: 'groupId', groupId }]);
    expect(byId).toEqual([byExternalId[1]]);
  });

  test('shows a removed member as removed where Dropbox shows them at all', async () => {
    const settings = { removedInGetInfo: 'byId' };
    await using dropbox = await startEmulatedDropbox({ people: 1, settings });
    const email = 'person1@example.com';
    const [before] = await dropbox.team.readMembersInfo([{ kind: 'email', email }]);
    await dropbox.control('POST', '/changes', [{ op: 'removeMember', email }]);
    const memberId = before?.memberId ?? '';
    const after = await dropbox.team.readMembersInfo([
      { kind: 'memberId', memberId },
      { kind: 'email', email },
    ]);
    expect(after).toMatchObject([{ memberId, status: 'removed', isRecoverable: true }, undefined]);
  });

  test('reads on where Dropbox uses tags that it did not have before', async () => {
    await using dropbox = await startEmulatedDropbox({
      people: 4,
      groups: 4,
      settings: { unknownTagEvery: 2 },
    });
    const groups = await readAll((cursor) => dropbox.team.readGroups(cursor));
    const management = groups.map((group) => group.management);
    expect(management).toContain('unknown');
    expect(management).toContain('company');
  });

  test('knows the team and the admin who authorised the app', async () => {
    await using dropbox = await startEmulatedDropbox({ people: 3 });
    expect(await dropbox.team.readTeam()).toMatchObject({ licences: 1_000, provisioned: 4 });
    const admin = valueOf(await dropbox.team.readAuthorisingAdmin());
    expect(admin.email).toBe('admin@example.com');
  });

  test('starts again where the cursor is unknown', async () => {
    await using dropbox = await startEmulatedDropbox({});
    expect(await errorOf(dropbox.team.readMembers('nonsense'))).toBeInstanceOf(CursorExpiredError);
    expect(await errorOf(dropbox.team.readGroups('nonsense'))).toBeInstanceOf(CursorExpiredError);
  });
});

describe('inviting', () => {
  test.each(['never', 'always'])('answers for each person, with jobs: %s', async (asyncAdd) => {
    await using dropbox = await startEmulatedDropbox({ people: 1, settings: { asyncAdd } });
    const answer = await invite(dropbox, 'ada', 'person1', 'bob');
    if (answer.kind !== 'complete') throw new Error(answer.kind);
    const rowByEmail = new Map(answer.rows.map((row) => [row.email, row]));
    expect(rowByEmail.get('ada@example.com')).toMatchObject({
      kind: 'done',
      member: { externalId: 'entra-ada', status: 'invited', givenName: 'ada', surname: 'Test' },
    });
    expect(rowByEmail.get('bob@example.com')?.kind).toBe('done');
    expect(rowByEmail.get('person1@example.com')).toMatchObject({
      kind: 'refused',
      refusal: { tag: 'user_already_on_team' },
    });
  });

  test('names the person for every reason that Dropbox gives', async () => {
    await using dropbox = await startEmulatedDropbox({
      licences: 3,
      people: 1,
      settings: { asyncAdd: 'never' },
      takenElsewhere: [
        { email: 'elsewhere@example.com', tag: 'user_on_another_team' },
        { email: 'paired@example.com', tag: 'user_already_paired' },
        { email: 'stuck@example.com', tag: 'user_migration_failed' },
        { email: 'broken@example.com', tag: 'user_creation_failed' },
        { email: 'strange@example.com', tag: 'other' },
      ],
    });
    const names = ['elsewhere', 'paired', 'stuck', 'broken', 'strange'];
    const answer = await invite(dropbox, ...names);
    if (answer.kind !== 'complete') throw new Error(answer.kind);
    const tags = answer.rows.map((row) => (row.kind === 'refused' ? row.refusal.tag : 'done'));
    expect(tags.toSorted()).toEqual([
      'user_already_paired',
      'user_creation_failed',
      'user_migration_failed',
      'user_on_another_team',
    ]);
    const full = await invite(dropbox, 'last', 'too-many');
    if (full.kind !== 'complete') throw new Error(full.kind);
    expect(full.rows.map((row) => row.kind).toSorted()).toEqual(['done', 'refused']);
    expect(full.rows.find((row) => row.kind === 'refused')).toMatchObject({
      refusal: { tag: 'team_license_limit' },
    });
  });

  test('leaves the outcome open where Dropbox does not know the job', async () => {
    await using dropbox = await startEmulatedDropbox({});
    const answer = await dropbox.team.readInviteJob('no-such-job');
    expect(answer).toEqual({ kind: 'failed', reason: 'invalid_async_job_id' });
  });
});

describe('changing', () => {
  test('changes a member and clears nothing that is not named', async () => {
    await using dropbox = await startEmulatedDropbox({ people: 2 });
    const [member] = await dropbox.team.readMembersInfo([
      { kind: 'email', email: 'person1@example.com' },
    ]);
    const memberId = member?.memberId ?? '';
    const changed = valueOf(await dropbox.team.updateMember(memberId, { surname: 'New' }));
    expect(changed).toEqual({ ...member, surname: 'New' });
    expect(await dropbox.team.updateMember(memberId, { email: 'person2@example.com' })).toEqual({
      kind: 'refused',
      refusal: { tag: 'email_reserved_for_other_user' },
    });
    expect(await dropbox.team.updateMember('dbmid:nobody', { surname: 'New' })).toEqual({
      kind: 'refused',
      refusal: { tag: 'user_not_found' },
    });
  });

  test('creates, renames and fills a group, and reads its members back', async () => {
    await using dropbox = await startEmulatedDropbox({ people: 2 });
    const { team } = dropbox;
    const members = await team.readMembersInfo(
      ['person1@example.com', 'person2@example.com'].map((email) => ({ kind: 'email', email })),
    );
    const ids = members.map((member) => member?.memberId ?? '');
    const group = valueOf(await team.createGroup({ name: 'Design', externalId: 'entra-g' }));
    expect(group).toMatchObject({ name: 'Design', externalId: 'entra-g', management: 'company' });
    expect(await team.createGroup({ name: 'Design', externalId: 'entra-h' })).toEqual({
      kind: 'refused',
      refusal: { tag: 'group_name_already_used' },
    });
    const renamed = valueOf(await team.updateGroup(group.groupId, { name: 'Design 2' }));
    expect(renamed).toEqual({ ...group, name: 'Design 2' });
    expect(await team.addGroupMembers(group.groupId, ids)).toEqual({ kind: 'done', value: null });
    expect(await team.addGroupMembers(group.groupId, ids.slice(1))).toEqual({
      kind: 'refused',
      refusal: { tag: 'duplicate_user' },
    });
    const page = valueOf(await team.readGroupMembers(group.groupId));
    expect(page.items.toSorted()).toEqual(ids.toSorted());
    expect(await team.readGroupMembers('g:nothing')).toEqual({
      kind: 'refused',
      refusal: { tag: 'group_not_found' },
    });
  });

  test('names the offenders where a whole change of a group is refused', async () => {
    await using dropbox = await startEmulatedDropbox({ groups: 1 });
    const [group] = await dropbox.team.readGroupsInfo([
      { kind: 'externalId', externalId: 'entra-group1' },
    ]);
    const answer = await dropbox.team.addGroupMembers(group?.groupId ?? '', ['dbmid:nobody']);
    expect(answer).toEqual({
      kind: 'refused',
      refusal: { tag: 'users_not_found', offenders: ['dbmid:nobody'] },
    });
  });
});

describe('failing', () => {
  const route = '/2/team/members/add_v2';

  test('an invitation whose answer is lost has happened, and is not sent again', async () => {
    await using dropbox = await startEmulatedDropbox({ settings: { asyncAdd: 'never' } });
    await dropbox.control('POST', '/faults', [
      buildFault({ route, when: 'after' }, { kind: 'reset' }),
    ]);
    expect(await errorOf(dropbox.team.inviteMembers([newMember('ada')]))).toBeInstanceOf(
      LostAnswerError,
    );
    const again = await invite(dropbox, 'ada');
    expect(again).toMatchObject({ rows: [{ refusal: { tag: 'user_already_on_team' } }] });
  });

  test('a throttled write says how long to wait', async () => {
    await using dropbox = await startEmulatedDropbox({});
    await dropbox.control('POST', '/faults', [
      buildFault({ route }, { kind: 'status', status: 429, retryAfter: '17' }),
    ]);
    const error = await errorOf(dropbox.team.inviteMembers([newMember('ada')]));
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).toMatchObject({ retryAfterMs: 17_000 });
  });

  test('an expired token is replaced in the middle of the work', async () => {
    await using dropbox = await startEmulatedDropbox({});
    await dropbox.team.readTeam();
    await dropbox.control('POST', '/changes', [{ op: 'expireAccessTokens' }]);
    expect(await dropbox.team.readTeam()).toMatchObject({ provisioned: 1 });
  });

  test('a missing scope is named', async () => {
    const scopes = ['team_info.read', 'members.read'];
    await using dropbox = await startEmulatedDropbox({ settings: { scopes } });
    const error = await errorOf(dropbox.team.inviteMembers([newMember('ada')]));
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ missing: 'members.write' });
  });

  test('a scope that is not enabled on the app is named too', async () => {
    const appScopes = ['team_info.read', 'members.read'];
    await using dropbox = await startEmulatedDropbox({ settings: { appScopes } });
    const error = await errorOf(dropbox.team.inviteMembers([newMember('ada')]));
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ missing: 'members.write' });
  });

  test.each(['json', 'text'])('a limit of calls is told apart as %s', async (rateLimitBody) => {
    const settings = { rateLimitCalls: 1, rateLimitWindowSeconds: 9, rateLimitBody };
    await using dropbox = await startEmulatedDropbox({ settings });
    await dropbox.team.readTeam();
    const error = await errorOf(dropbox.team.readTeam());
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).toMatchObject({ retryAfterMs: 9_000 });
  });

  test('a route that is closed to the app is a matter of credentials', async () => {
    await using dropbox = await startEmulatedDropbox({});
    await dropbox.control('POST', '/faults', [
      buildFault({ route }, { kind: 'special', name: 'routeAccessDenied' }),
    ]);
    const error = await errorOf(dropbox.team.inviteMembers([newMember('ada')]));
    expect(error).toBeInstanceOf(CredentialError);
  });

  test.each(['jobFailed', 'jobFailedAfter', 'internalError'])(
    'a job that ends with %s leaves the outcome open',
    async (name) => {
      await using dropbox = await startEmulatedDropbox({ settings: { asyncAdd: 'always' } });
      await dropbox.control('POST', '/faults', [
        buildFault({ route: '/2/team/members/add*' }, { kind: 'special', name }),
        buildFault(
          { route: '/2/team/members/add/job_status/get_v2', times: 9 },
          { kind: 'special', name },
        ),
      ]);
      expect((await invite(dropbox, 'ada')).kind).toBe('failed');
    },
  );

  test.each([400, 401])(
    'a revoked authorisation is a matter of credentials (%i)',
    async (status) => {
      await using dropbox = await startEmulatedDropbox({ settings: { tokenErrorStatus: status } });
      await dropbox.control('POST', '/changes', [{ op: 'revokeRefreshToken' }]);
      expect(await errorOf(dropbox.team.readTeam())).toBeInstanceOf(CredentialError);
    },
  );
});
