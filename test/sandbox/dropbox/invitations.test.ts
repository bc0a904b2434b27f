import { z } from 'zod';
import { describe, expect, test } from 'vitest';

import type { DropboxSettings } from './settings.ts';
import {
  byEmail,
  byId,
  calmSettings,
  readError,
  smallTeam,
  startTeam,
  type SandboxTeam,
} from './sandbox-team.ts';
import { teamAdminRoleId } from './role-catalogue.ts';
import { textMatching } from './text-matching.ts';

const rowsSchema = z.object({ complete: z.array(z.looseObject({ '.tag': z.string() })) });

async function invite(team: SandboxTeam, ...members: readonly object[]) {
  const { body } = await team.call('team/members/add_v2', {
    new_members: members.map((member) => ({
      member_email: 'new@example.com',
      member_given_name: 'New',
      member_surname: 'Person',
      ...member,
    })),
  });
  return rowsSchema.parse(body).complete;
}

async function removeAda(team: SandboxTeam) {
  await team.call('team/members/remove', { user: byId('dbmid:ada'), wipe_data: false });
}

async function givePersistentId(team: SandboxTeam) {
  await team.change({
    op: 'editMember',
    memberId: 'dbmid:bob',
    set: { persistentId: 'saml-1' },
  });
}

async function readTag(
  settings: Partial<DropboxSettings>,
  member: object,
  prepare?: (team: SandboxTeam) => Promise<unknown>,
): Promise<unknown> {
  const team = await startTeam(smallTeam(), { ...calmSettings, ...settings });
  await prepare?.(team);
  const [row] = await invite(team, member);
  return row === undefined || row['.tag'] === 'success' ? row?.['.tag'] : row;
}

describe('inviting', () => {
  test('lower-cases the address and leaves the person invited', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    const [row] = await invite(team, {
      member_email: 'New.Person@Example.com',
      member_external_id: 'entra-new',
    });
    expect(row).toMatchObject({
      '.tag': 'success',
      profile: {
        team_member_id: textMatching(/^dbmid:/),
        email: 'new.person@example.com',
        external_id: 'entra-new',
        email_verified: false,
        status: { '.tag': 'invited' },
        invited_on: '2026-01-05T08:00:00Z',
        name: { given_name: 'New', surname: 'Person', display_name: 'New Person' },
      },
      roles: [],
    });
    expect(row?.['profile']).not.toHaveProperty('joined_on');
    expect(row?.['profile']).not.toHaveProperty('account_id');
  });

  test('gives one row per person, in an order of its own', async () => {
    const addresses = Array.from({ length: 5 }, (_, index) => `n${index}@example.com`);
    const invitations = addresses.map((email) => ({ member_email: email }));
    const orders = [];
    for (const shuffleRows of [true, false]) {
      const team = await startTeam(smallTeam(), { ...calmSettings, shuffleRows });
      const rows = await invite(team, ...invitations);
      const profile = z.object({ profile: z.object({ email: z.string() }) });
      orders.push(rows.map((row) => profile.parse(row).profile.email));
    }
    expect(orders[0]).not.toEqual(addresses);
    expect(orders[0]?.toSorted()).toEqual(addresses);
    expect(orders[1]).toEqual(addresses);
  });

  test('says user_already_on_team for members, invitations, second addresses and recoverable ones', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    await team.call('team/members/secondary_emails/add', {
      new_secondary_emails: [{ user: byId('dbmid:ada'), secondary_emails: ['second@example.com'] }],
    });
    await team.call('team/members/remove', { user: byId('dbmid:bob'), wipe_data: false });
    for (const email of [
      'ada@example.com',
      'ivy@example.com',
      'second@example.com',
      'BOB@example.com',
    ]) {
      expect(await invite(team, { member_email: email })).toEqual([
        { '.tag': 'user_already_on_team', user_already_on_team: email.toLowerCase() },
      ]);
    }
  });

  test('says user_already_on_team to the second of two rows with the same address', async () => {
    const team = await startTeam(smallTeam(), { ...calmSettings, shuffleRows: false });
    const rows = await invite(team, {}, { member_email: 'NEW@example.com' });
    expect(rows.map((row) => row['.tag'])).toEqual(['success', 'user_already_on_team']);
  });

  test('frees address and ids of a removed member after seven days, under a new id', async () => {
    const team = await startTeam(smallTeam(), { ...calmSettings, expiresInSeconds: 9_999_999 });
    await team.call('team/members/remove', { user: byId('dbmid:ada'), wipe_data: false });
    const again = { member_email: 'ada@example.com', member_external_id: 'entra-ada' };
    team.clock.setOffsetMs(7 * 86_400_000 - 1);
    expect(await invite(team, again)).toMatchObject([{ '.tag': 'user_already_on_team' }]);
    team.clock.setOffsetMs(7 * 86_400_000);
    const [row] = await invite(team, again);
    expect(row).toMatchObject({ '.tag': 'success', profile: { external_id: 'entra-ada' } });
    expect(JSON.stringify(row)).not.toContain('dbmid:ada"');
  });

  test.each([
    'user_on_another_team',
    'user_already_paired',
    'user_migration_failed',
    'user_creation_failed',
    'free_team_member_limit_reached',
  ] as const)('says %s for an address that the team document marks so', async (tag) => {
    const taken = { email: 'New@example.com', tag };
    const facts = { id: 'dbtid:T', name: 'T', licences: 9, takenElsewhere: [taken] };
    const team = await startTeam(smallTeam({ team: facts }), calmSettings);
    expect(await invite(team, {})).toEqual([{ '.tag': tag, [tag]: 'new@example.com' }]);
  });

  test('says other without a value for an address that the team document marks so', async () => {
    const taken = { email: 'new@example.com', tag: 'other' } as const;
    const facts = { id: 'dbtid:T', name: 'T', licences: 9, takenElsewhere: [taken] };
    const team = await startTeam(smallTeam({ team: facts }), calmSettings);
    expect(await invite(team, {})).toEqual([{ '.tag': 'other' }]);
  });

  test('says duplicate_external_member_id also for the id of a recoverable removed member', async () => {
    const duplicate = {
      '.tag': 'duplicate_external_member_id',
      duplicate_external_member_id: 'new@example.com',
    };
    const member = { member_external_id: 'entra-ada' };
    expect(await readTag({}, member)).toEqual(duplicate);
    expect(await readTag({}, member, removeAda)).toEqual(duplicate);
  });

  test('says what is wrong with a persistent id', async () => {
    const member = { member_persistent_id: 'saml-1' };
    expect(await readTag({}, member)).toMatchObject({ '.tag': 'persistent_id_disabled' });
    expect(await readTag({ persistentIds: true }, member)).toBe('success');
    expect(await readTag({ persistentIds: true }, member, givePersistentId)).toMatchObject({
      '.tag': 'duplicate_member_persistent_id',
    });
  });

  test('says team_license_limit when invited, active and suspended people fill the seats', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    await team.change(
      { op: 'setLicences', licences: 4 },
      { op: 'suspendMember', memberId: 'dbmid:bob' },
    );
    const limit = { '.tag': 'team_license_limit', team_license_limit: 'new@example.com' };
    expect(await invite(team, {})).toEqual([limit]);
    await team.call('team/members/remove', { user: byId('dbmid:bob'), wipe_data: false });
    expect(await invite(team, {})).toMatchObject([{ '.tag': 'success' }]);
  });

  test('gives a role of the catalogue, and fails for an unknown one', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    const [row] = await invite(team, { role_ids: [teamAdminRoleId] });
    expect(row).toMatchObject({ roles: [{ role_id: teamAdminRoleId }] });
    expect(await readTag({}, { role_ids: ['pid_dbtmr:none'] })).toMatchObject({
      '.tag': 'user_creation_failed',
    });
  });

  test.each([
    [false, 'user_creation_failed'],
    [true, 'success'],
  ])('hides people from the directory where that is on: %s', async (directoryRestriction, tag) => {
    const team = await startTeam(smallTeam(), { ...calmSettings, directoryRestriction });
    const [row] = await invite(team, { is_directory_restricted: true });
    expect(row?.['.tag']).toBe(tag);
  });
});

describe('the invitation itself', () => {
  test('is mailed once, or not at all, and once more for each welcome mail', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    await invite(team, {}, { member_email: 'silent@example.com', send_welcome_email: false });
    const readMails = async () =>
      Object.fromEntries(
        (await team.readTeam()).members.map((member) => [member.email, member.invitationsMailed]),
      );
    expect(await readMails()).toMatchObject({ 'new@example.com': 1, 'silent@example.com': 0 });
    const answer = await team.call(
      'team/members/send_welcome_email',
      byEmail('silent@example.com'),
    );
    expect(answer).toMatchObject({ status: 200, body: null });
    expect(await readMails()).toMatchObject({ 'silent@example.com': 1 });
  });

  test('is not mailed to somebody who has joined, or to nobody', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    expect((await team.call('team/members/send_welcome_email', byId('dbmid:ada'))).body).toBe(null);
    expect(await team.readWrites()).toEqual([]);
    const nobody = await team.call('team/members/send_welcome_email', byId('dbmid:nobody'));
    expect(readError(nobody)).toBe('user_not_found');
  });

  test('turns into a membership when the person accepts', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    await invite(team, {});
    team.clock.setOffsetMs(60_000);
    await team.change({ op: 'acceptInvitation', email: 'IVY@example.com' }, { op: 'acceptAll' });
    const { body } = await team.call('team/members/get_info_v2', {
      members: [byId('dbmid:ivy'), byEmail('new@example.com')],
    });
    const joined = {
      status: { '.tag': 'active' },
      joined_on: '2026-01-05T08:01:00Z',
      email_verified: true,
      account_id: textMatching(),
    };
    expect(body).toMatchObject({ members_info: [{ profile: joined }, { profile: joined }] });
    expect(JSON.stringify(body)).not.toContain('invited_on');
  });
});
