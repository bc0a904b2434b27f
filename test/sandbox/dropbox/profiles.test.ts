import { describe, expect, test } from 'vitest';

import { roleCatalogue, teamAdminRoleId } from './role-catalogue.ts';
import type { DropboxSettings } from './settings.ts';
import {
  byExternalId,
  byId,
  calmSettings,
  readError,
  smallTeam,
  startTeam,
  type SandboxTeam,
} from './sandbox-team.ts';

const ada = byId('dbmid:ada');
const bob = byId('dbmid:bob');

async function start(settings: Partial<DropboxSettings> = {}): Promise<SandboxTeam> {
  return startTeam(smallTeam(), { ...calmSettings, ...settings });
}

async function setProfile(team: SandboxTeam, user: object, changes: object) {
  return team.call('team/members/set_profile_v2', { user, ...changes });
}

async function readMember(team: SandboxTeam, memberId: string) {
  return (await team.readTeam()).members.find((member) => member.memberId === memberId);
}

describe('set_profile', () => {
  test('changes names, address and external id and answers with the member', async () => {
    const team = await start();
    const answer = await setProfile(team, ada, {
      new_email: 'Ada.New@Example.com',
      new_given_name: 'Ada',
      new_surname: 'New',
      new_external_id: 'entra-new',
    });
    expect(answer.body).toMatchObject({
      member_info: {
        profile: {
          team_member_id: 'dbmid:ada',
          email: 'ada.new@example.com',
          email_verified: false,
          external_id: 'entra-new',
          name: { display_name: 'Ada New' },
        },
        roles: [],
      },
    });
  });

  test('succeeds again with the same values', async () => {
    const team = await start();
    const same = { new_email: 'ada@example.com', new_external_id: 'entra-ada' };
    for (const user of [ada, ada]) expect((await setProfile(team, user, same)).status).toBe(200);
  });

  test('clears the external id with an empty text, and then it is free', async () => {
    const team = await start();
    const { body } = await setProfile(team, ada, { new_external_id: '' });
    expect(JSON.stringify(body)).not.toContain('external_id');
    const taken = await setProfile(team, bob, { new_external_id: 'entra-ada' });
    expect(taken.status).toBe(200);
  });

  test.each([
    [{}, 'no_new_data_specified'],
    [{ new_email: null }, 'no_new_data_specified'],
    [{ new_persistent_id: 'x' }, 'no_new_data_specified'],
    [{ new_is_directory_restricted: true }, 'no_new_data_specified'],
    [{ new_email: '' }, 'param_cannot_be_empty'],
    [{ new_email: 'bob@example.com' }, 'email_reserved_for_other_user'],
    [{ new_email: 'elsewhere@example.com' }, 'email_reserved_for_other_user'],
    [{ new_external_id: 'entra-bob' }, 'external_id_used_by_other_user'],
    [{ new_surname: 'X', new_persistent_id: 'x' }, 'persistent_id_disabled'],
    [{ new_surname: 'X', new_is_directory_restricted: true }, 'directory_restricted_off'],
    [{ new_surname: 'n'.repeat(51) }, 400],
    [{ new_email: 'no address' }, 400],
  ])('answers %j with %s', async (changes, tag) => {
    const facts = {
      id: 'dbtid:T',
      name: 'T',
      licences: 9,
      takenElsewhere: [{ email: 'elsewhere@example.com', tag: 'user_on_another_team' }] as const,
    };
    const team = await startTeam(smallTeam({ team: facts }), calmSettings);
    await team.change({
      op: 'editMember',
      memberId: 'dbmid:bob',
      set: { externalId: 'entra-bob' },
    });
    expect(readError(await setProfile(team, ada, changes))).toBe(tag);
  });

  test('refuses to select by the external id that it changes', async () => {
    const team = await start();
    const user = byExternalId('entra-ada');
    expect(readError(await setProfile(team, user, { new_external_id: 'other' }))).toBe(
      'external_id_and_new_external_id_unsafe',
    );
    expect((await setProfile(team, user, { new_surname: 'Other' })).status).toBe(200);
  });

  test('finds no removed member and no stranger', async () => {
    const team = await start();
    await team.change({ op: 'removeMember', memberId: 'dbmid:ada' });
    const change = { new_surname: 'X' };
    expect(readError(await setProfile(team, ada, change))).toBe('set_profile_disallowed');
    expect(readError(await setProfile(team, byId('dbmid:x'), change))).toBe('user_not_found');
  });

  test('keeps address and external id of a removed member reserved', async () => {
    const team = await start();
    await team.change({ op: 'removeMember', memberId: 'dbmid:ada' });
    expect(readError(await setProfile(team, bob, { new_email: 'ada@example.com' }))).toBe(
      'email_reserved_for_other_user',
    );
    expect(readError(await setProfile(team, bob, { new_external_id: 'entra-ada' }))).toBe(
      'external_id_used_by_other_user',
    );
  });

  test('handles persistent ids where the team has them', async () => {
    const team = await start({ persistentIds: true });
    const set = { new_surname: 'X', new_persistent_id: 'saml-1' };
    expect((await setProfile(team, ada, set)).body).toMatchObject({
      member_info: { profile: { persistent_id: 'saml-1' } },
    });
    expect(readError(await setProfile(team, bob, set))).toBe('persistent_id_used_by_other_user');
  });

  test('hides from the directory where that is on', async () => {
    const team = await start({ directoryRestriction: true });
    const set = { new_surname: 'X', new_is_directory_restricted: true };
    expect((await setProfile(team, ada, set)).body).toMatchObject({
      member_info: { profile: { is_directory_restricted: true } },
    });
  });

  test('works for invited people, and mails a changed invitation as the settings say', async () => {
    for (const renamedInvitationMails of [true, false]) {
      const team = await start({ renamedInvitationMails });
      const before = (await readMember(team, 'dbmid:ivy'))?.invitationsMailed ?? 0;
      await setProfile(team, byId('dbmid:ivy'), { new_email: 'ivy.new@example.com' });
      const after = (await readMember(team, 'dbmid:ivy'))?.invitationsMailed ?? 0;
      expect(after - before).toBe(renamedInvitationMails ? 1 : 0);
    }
  });

  test('verifies a new address of a verified domain by itself', async () => {
    const team = await start({ verifiedDomains: ['example.com'] });
    expect((await setProfile(team, ada, { new_email: 'a2@example.com' })).body).toMatchObject({
      member_info: { profile: { email_verified: true } },
    });
    expect((await setProfile(team, ada, { new_email: 'a2@example.org' })).body).toMatchObject({
      member_info: { profile: { email_verified: false } },
    });
  });
});

describe('secondary addresses', () => {
  const add = 'team/members/secondary_emails/add';

  async function addTo(team: SandboxTeam, user: object, ...emails: readonly string[]) {
    const entry = { user, secondary_emails: emails };
    return team.call(add, { new_secondary_emails: [entry] });
  }

  test('are added with a result per address', async () => {
    const team = await start({ verifiedDomains: ['example.com'], secondaryEmailsMax: 2 });
    const { body } = await addTo(
      team,
      ada,
      'a2@example.com',
      'a3@example.org',
      'a3@example.org',
      'ada@example.com',
      'bob@example.com',
      'a4@example.com',
    );
    expect(body).toEqual({
      results: [
        {
          '.tag': 'success',
          user: ada,
          results: [
            { '.tag': 'success', email: 'a2@example.com', is_verified: true },
            { '.tag': 'success', email: 'a3@example.org', is_verified: false },
            { '.tag': 'already_pending', already_pending: 'a3@example.org' },
            { '.tag': 'already_owned_by_user', already_owned_by_user: 'ada@example.com' },
            { '.tag': 'unavailable', unavailable: 'bob@example.com' },
            { '.tag': 'reached_limit', reached_limit: 'a4@example.com' },
          ],
        },
      ],
    });
  });

  test('are not possible for the invited, the unverified and strangers', async () => {
    const team = await start();
    await setProfile(team, bob, { new_email: 'bob2@example.com' });
    const users = [byId('dbmid:ivy'), bob, byId('dbmid:x')];
    const rows = await Promise.all(
      users.map(async (user) => (await addTo(team, user, 'a2@example.com')).body),
    );
    expect(rows).toEqual([
      { results: [{ '.tag': 'placeholder_user', placeholder_user: users[0] }] },
      { results: [{ '.tag': 'unverified', unverified: bob }] },
      { results: [{ '.tag': 'invalid_user', invalid_user: users[2] }] },
    ]);
  });

  test('are refused as a whole beyond 20, and where the team has them off', async () => {
    const many = Array.from({ length: 21 }, (_, index) => `a${index}@example.com`);
    expect(readError(await addTo(await start(), ada, ...many))).toBe('too_many_emails');
    const off = await start({ secondaryEmails: false });
    expect(readError(await addTo(off, ada, 'a2@example.com'))).toBe('secondary_emails_disabled');
  });

  test.each([
    ['refuse', 'email_reserved_for_other_user'],
    ['accept', 200],
  ] as const)('become the main one as the settings say: %s', async (ownSecondaryAsEmail, tag) => {
    const team = await start({ ownSecondaryAsEmail });
    await addTo(team, ada, 'a2@example.com');
    expect(readError(await setProfile(team, ada, { new_email: 'a2@example.com' }))).toBe(tag);
    expect(readError(await setProfile(team, bob, { new_email: 'a2@example.com' }))).toBe(
      'email_reserved_for_other_user',
    );
  });

  test('are deleted with a result per address', async () => {
    const team = await start();
    await addTo(team, ada, 'a2@example.com');
    const { body } = await team.call('team/members/secondary_emails/delete', {
      emails_to_delete: [
        {
          user: ada,
          secondary_emails: ['a2@example.com', 'a2@example.com', 'ada@example.com'],
        },
      ],
    });
    expect(body).toMatchObject({
      results: [
        {
          '.tag': 'success',
          results: [
            { '.tag': 'success', success: 'a2@example.com' },
            { '.tag': 'not_found', not_found: 'a2@example.com' },
            { '.tag': 'cannot_remove_primary', cannot_remove_primary: 'ada@example.com' },
          ],
        },
      ],
    });
  });
});

async function setRoles(team: SandboxTeam, user: object, roles: object = {}) {
  return team.call('team/members/set_admin_permissions_v2', { user, ...roles });
}

describe('admin roles', () => {
  test('come from a catalogue with opaque ids', async () => {
    const team = await start();
    const { body } = await team.call('team/members/get_available_team_member_roles', null);
    expect(body).toEqual({ roles: roleCatalogue });
    for (const { role_id, name } of roleCatalogue) {
      expect(role_id).toMatch(/^pid_dbtmr:.{1,118}$/);
      expect(name.length).toBeLessThanOrEqual(32);
    }
  });

  test('are given and taken, but not from the last admin', async () => {
    const team = await start();
    const root = byId('dbmid:root');
    expect(readError(await setRoles(team, root, { new_roles: [] }))).toBe('last_admin');
    const given = await setRoles(team, ada, { new_roles: [teamAdminRoleId] });
    expect(given.body).toMatchObject({
      team_member_id: 'dbmid:ada',
      roles: [{ role_id: teamAdminRoleId }],
    });
    const taken = await setRoles(team, root, { new_roles: [] });
    expect(taken.body).toEqual({ team_member_id: 'dbmid:root', roles: [] });
  });

  test('are refused for the suspended, unknown roles and strangers', async () => {
    const team = await start();
    await team.change({ op: 'suspendMember', memberId: 'dbmid:bob' });
    const admin = { new_roles: [teamAdminRoleId] };
    expect(readError(await setRoles(team, bob, admin))).toBe('cannot_set_permissions');
    expect(readError(await setRoles(team, ada, { new_roles: ['pid_dbtmr:x'] }))).toBe(
      'role_not_found',
    );
    expect(readError(await setRoles(team, byId('dbmid:x'), admin))).toBe('user_not_found');
    expect(
      (await setRoles(team, ada, { new_roles: [teamAdminRoleId, teamAdminRoleId] })).status,
    ).toBe(400);
  });

  test.each([
    ['clear', []],
    ['keep', [{ role_id: teamAdminRoleId }]],
  ] as const)('without new_roles are left as the settings say: %s', async (rolesOmitted, roles) => {
    const team = await start({ rolesOmitted });
    await team.change({ op: 'editMember', memberId: 'dbmid:ada', set: { isAdmin: true } });
    expect((await setRoles(team, ada)).body).toMatchObject({ roles });
  });
});
