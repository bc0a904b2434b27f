import { describe, expect, test } from 'vitest';

import type { DropboxSettings } from './settings.ts';
import {
  byEmail,
  byExternalId,
  byId,
  calmSettings,
  readError,
  smallTeam,
  startTeam,
  type SandboxTeam,
} from './sandbox-team.ts';
import { textMatching } from './text-matching.ts';

const week = 7 * 86_400_000;

async function start(settings: Partial<DropboxSettings> = {}): Promise<SandboxTeam> {
  return startTeam(smallTeam(), {
    ...calmSettings,
    expiresInSeconds: 99_999_999,
    removedInGetInfo: 'always',
    ...settings,
  });
}

async function ask(team: SandboxTeam, action: string, user: object, more: object = {}) {
  return readError(await team.call(`team/members/${action}`, { user, ...more }));
}

async function readProfile(team: SandboxTeam, memberId: string): Promise<unknown> {
  return (await team.call('team/members/get_info_v2', { members: [byId(memberId)] })).body;
}

async function readMember(team: SandboxTeam, memberId: string) {
  return (await team.readTeam()).members.find((member) => member.memberId === memberId);
}

const ada = byId('dbmid:ada');
const keep = { wipe_data: false };

describe('suspending', () => {
  test('works from active only, and its opposite from suspended only', async () => {
    const team = await start();
    expect(await ask(team, 'unsuspend', ada)).toBe('unsuspend_non_suspended_member');
    expect(await ask(team, 'suspend', byId('dbmid:ivy'), keep)).toBe('suspend_inactive_user');
    expect(await ask(team, 'suspend', ada, keep)).toBe(200);
    expect(await ask(team, 'suspend', ada, keep)).toBe('suspend_inactive_user');
    expect(await readProfile(team, 'dbmid:ada')).toMatchObject({
      members_info: [
        {
          profile: {
            status: { '.tag': 'suspended' },
            suspended_on: '2026-01-05T08:00:00Z',
            groups: ['g:design', textMatching()],
          },
        },
      ],
    });
    expect(await ask(team, 'unsuspend', ada)).toBe(200);
    expect(JSON.stringify(await readProfile(team, 'dbmid:ada'))).not.toContain('suspended_on');
  });

  test('records that wipe_data is true where it was left out', async () => {
    const team = await start();
    await ask(team, 'suspend', ada);
    await ask(team, 'suspend', byId('dbmid:bob'), keep);
    expect((await readMember(team, 'dbmid:ada'))?.wipeData).toBe(true);
    expect((await readMember(team, 'dbmid:bob'))?.wipeData).toBe(false);
    expect((await team.readWrites()).map(({ argument }) => argument)).toEqual([
      { user: ada },
      { user: byId('dbmid:bob'), wipe_data: false },
    ]);
  });

  test('never takes the last admin', async () => {
    const team = await start();
    expect(await ask(team, 'suspend', byId('dbmid:root'), keep)).toBe('suspend_last_admin');
    await team.change({ op: 'editMember', memberId: 'dbmid:ada', set: { isAdmin: true } });
    expect(await ask(team, 'suspend', byId('dbmid:root'), keep)).toBe(200);
    expect(await ask(team, 'suspend', ada, keep)).toBe('suspend_last_admin');
  });

  test('keeps the seat, and unsuspends on a full team but not on an overfull one', async () => {
    const team = await start();
    await ask(team, 'suspend', ada, keep);
    await team.change({ op: 'setLicences', licences: 3 });
    expect(await ask(team, 'unsuspend', ada)).toBe('team_license_limit');
    await team.change({ op: 'setLicences', licences: 4 });
    expect(await ask(team, 'unsuspend', ada)).toBe(200);
  });
});

describe('selectors', () => {
  test.each([
    ['user_not_in_team', 'user_not_in_team'],
    ['user_not_found', 'user_not_found'],
  ] as const)('of a removed member miss as the settings say: %s', async (removedSelector, tag) => {
    const team = await start({ removedSelector });
    await ask(team, 'remove', ada, keep);
    expect(await ask(team, 'suspend', ada, keep)).toBe(tag);
    expect(await ask(team, 'unsuspend', byExternalId('entra-ada'))).toBe(tag);
    expect(await ask(team, 'remove', ada, keep)).toBe(tag);
  });

  test('of nobody say user_not_found', async () => {
    const team = await start();
    for (const user of [byId('dbmid:x'), byEmail('x@example.com'), byExternalId('x')]) {
      expect(await ask(team, 'suspend', user)).toBe('user_not_found');
    }
  });

  test('by address find the main one only, in any case', async () => {
    const team = await start();
    await team.call('team/members/secondary_emails/add', {
      new_secondary_emails: [{ user: ada, secondary_emails: ['second@example.com'] }],
    });
    expect(await ask(team, 'suspend', byEmail('second@example.com'))).toBe('user_not_found');
    expect(await ask(team, 'suspend', byEmail('ADA@example.com'), keep)).toBe(200);
  });

  test.each([
    ['never', [false, false]],
    ['byId', [true, false]],
    ['always', [true, true]],
  ] as const)('find removed members in get_info %s', async (removedInGetInfo, found) => {
    const team = await start({ removedInGetInfo });
    await ask(team, 'remove', ada, keep);
    const { body } = await team.call('team/members/get_info_v2', {
      members: [ada, byExternalId('entra-ada')],
    });
    const tags = found.map((isFound) => ({ '.tag': isFound ? 'member_info' : 'id_not_found' }));
    expect(body).toMatchObject({ members_info: tags });
  });
});

describe('removing', () => {
  test('takes the person out of all groups and lists them only when asked', async () => {
    const team = await start();
    expect(await ask(team, 'remove', ada, keep)).toBe(200);
    expect(await readProfile(team, 'dbmid:ada')).toMatchObject({
      members_info: [
        {
          profile: {
            status: { '.tag': 'removed', is_recoverable: true, is_disconnected: false },
            groups: [],
            external_id: 'entra-ada',
          },
        },
      ],
    });
    const { groups } = await team.readTeam();
    const design = groups.find(({ groupId }) => groupId === 'g:design');
    expect(design?.members).toMatchObject([{ memberId: 'dbmid:ivy' }]);
  });

  test('records whether devices are to be wiped, true where it was left out', async () => {
    const team = await start();
    await ask(team, 'remove', ada);
    expect((await readMember(team, 'dbmid:ada'))?.wipeData).toBe(true);
  });

  test.each([
    ['rewritten', 'ada#removed-2@example.com'],
    ['kept', 'ada@example.com'],
  ] as const)('shows the old address %s', async (removedAddress, email) => {
    const team = await start({ removedAddress });
    await ask(team, 'remove', ada, keep);
    expect(await readProfile(team, 'dbmid:ada')).toMatchObject({
      members_info: [{ profile: { email: textMatching(/^ada(#removed-\d+)?@example/) } }],
    });
    const isKept = !JSON.stringify(await readProfile(team, 'dbmid:ada')).includes('#removed');
    expect(isKept).toBe(email === 'ada@example.com');
    expect((await readMember(team, 'dbmid:ada'))?.email).toBe('ada@example.com');
    const found = await team.call('team/members/get_info_v2', {
      members: [byEmail('ada@example.com')],
    });
    expect(found.body).toMatchObject({
      members_info: [{ '.tag': isKept ? 'member_info' : 'id_not_found' }],
    });
  });

  test('never takes the last admin', async () => {
    const team = await start();
    expect(await ask(team, 'remove', byId('dbmid:root'), keep)).toBe('remove_last_admin');
  });

  const dest = { transfer_dest_id: byId('dbmid:bob'), transfer_admin_id: byId('dbmid:root') };
  const conflicts: readonly (readonly [string, object])[] = [
    ['cannot_keep_account_and_transfer', { keep_account: true, ...keep, ...dest }],
    ['cannot_keep_account_and_delete_data', { keep_account: true }],
    [
      'cannot_keep_account_and_permanently_delete',
      { keep_account: true, ...keep, permanently_delete_files: true },
    ],
    ['cannot_permanently_delete_and_transfer', { permanently_delete_files: true, ...dest }],
    ['cannot_retain_shares_when_data_wiped', { retain_team_shares: true, keep_account: false }],
    ['cannot_retain_shares_when_no_account_kept', { retain_team_shares: true, ...keep }],
    ['unspecified_transfer_admin_id', { transfer_dest_id: byId('dbmid:bob') }],
  ];

  test.each(conflicts)('says %s', async (tag, more) => {
    const team = await start();
    expect(await ask(team, 'remove', ada, more)).toBe(tag);
  });

  test.each([
    ['argumentsFirst', 'unspecified_transfer_admin_id'],
    ['stateFirst', 'remove_last_admin'],
  ] as const)('looks %s', async (removeErrorOrder, tag) => {
    const team = await start({ removeErrorOrder });
    const transfer = { transfer_dest_id: byId('dbmid:bob') };
    expect(await ask(team, 'remove', byId('dbmid:root'), transfer)).toBe(tag);
  });

  test.each([
    [{ transfer_dest_id: byId('dbmid:x') }, 'transfer_dest_user_not_found'],
    [{ transfer_dest_id: byId('dbmid:gone') }, 'transfer_dest_user_not_in_team'],
    [{ transfer_dest_id: ada }, 'removed_and_transfer_dest_should_differ'],
    [{ transfer_admin_id: byId('dbmid:x') }, 'transfer_admin_user_not_found'],
    [{ transfer_admin_id: byId('dbmid:gone') }, 'transfer_admin_user_not_in_team'],
    [{ transfer_admin_id: ada }, 'removed_and_transfer_admin_should_differ'],
    [{ transfer_admin_id: byId('dbmid:bob') }, 'transfer_admin_is_not_admin'],
    [{ transfer_dest_id: byId('dbmid:ivy') }, 'recipient_not_verified'],
    [{}, 200],
  ])('with a transfer %j answers %s', async (more, tag) => {
    const team = await start();
    const gone = { email: 'gone@example.com', givenName: 'G', surname: 'G', status: 'active' };
    await team.change(
      { op: 'addMember', member: { ...gone, memberId: 'dbmid:gone', status: 'active' } },
      { op: 'removeMember', memberId: 'dbmid:gone' },
    );
    expect(await ask(team, 'remove', ada, { ...keep, ...dest, ...more })).toBe(tag);
  });

  test('can leave the person with an account of their own, as the policy allows', async () => {
    const account = { keep_account: true, ...keep };
    const team = await start();
    expect(await ask(team, 'remove', byId('dbmid:ivy'), account)).toBe(
      'cannot_keep_invited_user_account',
    );
    expect(await ask(team, 'remove', ada, account)).toBe(200);
    expect(await readProfile(team, 'dbmid:ada')).toMatchObject({
      members_info: [{ profile: { status: { is_recoverable: false, is_disconnected: true } } }],
    });
    const policy = 'cannot_keep_account_under_legal_hold';
    expect(await ask(await start({ keepAccount: policy }), 'remove', ada, account)).toBe(policy);
    const closed = await start({ externalSharing: false });
    expect(await ask(closed, 'remove', ada, { ...account, retain_team_shares: true })).toBe(
      'cannot_retain_shares_when_team_external_sharing_off',
    );
  });

  test('refuses an address that would become too long', async () => {
    const team = await start();
    const email = `${'a'.repeat(240)}@example.com`;
    const member = { email, givenName: 'A', surname: 'A', status: 'active' } as const;
    await team.change({ op: 'addMember', member });
    expect(await ask(team, 'remove', byEmail(email), keep)).toBe(
      'email_address_too_long_to_be_disabled',
    );
  });

  test.each([
    ['gone', 'user_not_found', 'id_not_found'],
    ['unrecoverable', 'user_unrecoverable', 'member_info'],
    ['recoverable', 200, 'member_info'],
  ] as const)('leaves a cancelled invitation %s', async (removedInvitation, recovered, tag) => {
    const team = await start({ removedInvitation });
    const ivy = byId('dbmid:ivy');
    expect(await ask(team, 'remove', ivy, keep)).toBe(200);
    expect(await readProfile(team, 'dbmid:ivy')).toMatchObject({ members_info: [{ '.tag': tag }] });
    expect(await ask(team, 'recover', ivy)).toBe(recovered);
  });
});

describe('recovering', () => {
  test('brings the same member id back within seven days, without groups', async () => {
    const team = await start();
    await ask(team, 'remove', ada, keep);
    team.clock.setOffsetMs(week - 1);
    expect(await ask(team, 'recover', byExternalId('entra-ada'))).toBe(200);
    expect(await readMember(team, 'dbmid:ada')).toMatchObject({
      status: 'active',
      email: 'ada@example.com',
      externalId: 'entra-ada',
    });
    const { groups } = await team.readTeam();
    expect(groups[0]?.members).toMatchObject([{ memberId: 'dbmid:ivy' }]);
    expect(JSON.stringify(await readProfile(team, 'dbmid:ada'))).not.toContain('g:design');
  });

  test('restores groups where the settings say so, except deleted ones', async () => {
    const team = await start({ recoverRestoresGroups: true });
    await team.change(
      { op: 'addGroup', group: { name: 'Second', management: 'company_managed' } },
      { op: 'addGroupMember', name: 'Second', member: { memberId: 'dbmid:ada' } },
    );
    await ask(team, 'remove', ada, keep);
    await team.change({ op: 'deleteGroup', name: 'Design' });
    await ask(team, 'recover', ada);
    const { groups } = await team.readTeam();
    const second = groups.find(({ name }) => name === 'Second');
    expect(second?.members).toMatchObject([{ memberId: 'dbmid:ada' }]);
  });

  test('is refused when the seven days are over, or for somebody on the team', async () => {
    const team = await start();
    await ask(team, 'remove', ada, keep);
    expect(await ask(team, 'recover', byId('dbmid:bob'))).toBe('user_unrecoverable');
    expect(await ask(team, 'recover', byId('dbmid:nobody'))).toBe('user_not_found');
    team.clock.setOffsetMs(week);
    expect(await readProfile(team, 'dbmid:ada')).toMatchObject({
      members_info: [{ profile: { status: { is_recoverable: false } } }],
    });
    expect(await ask(team, 'recover', ada)).toBe('user_unrecoverable');
  });

  test('is refused after a transfer or a permanent deletion', async () => {
    const team = await start();
    await ask(team, 'remove', ada, { ...keep, permanently_delete_files: true });
    expect(await ask(team, 'recover', ada)).toBe('user_unrecoverable');
  });

  test('needs a seat', async () => {
    const team = await start();
    await ask(team, 'remove', ada, keep);
    await team.change({ op: 'setLicences', licences: 3 });
    expect(await ask(team, 'recover', ada)).toBe('team_license_limit');
  });

  test.each([
    ['active', 'active'],
    ['earlier', 'suspended'],
  ] as const)('gives back the status: %s', async (recoveredStatus, status) => {
    const team = await start({ recoveredStatus });
    await ask(team, 'suspend', ada, keep);
    await ask(team, 'remove', ada, keep);
    await ask(team, 'recover', ada);
    expect((await readMember(team, 'dbmid:ada'))?.status).toBe(status);
  });
});

describe('seats', () => {
  test('are counted over active, invited and suspended, but not removed people', async () => {
    const team = await start();
    await ask(team, 'suspend', ada, keep);
    await ask(team, 'remove', byId('dbmid:bob'), keep);
    const info = (await team.call('team/get_info', null)).body;
    expect(info).toMatchObject({
      name: 'Example',
      team_id: 'dbtid:AAATestTeam',
      num_licensed_users: 10,
      num_provisioned_users: 3,
      num_used_licenses: 3,
      policies: { sharing: { group_creation_policy: { '.tag': 'admins_only' } } },
    });
    await team.control('PUT', '/settings', {
      suspendedIsProvisioned: false,
      invitedUsesLicence: false,
    });
    expect((await team.call('team/get_info', null)).body).toMatchObject({
      num_provisioned_users: 2,
      num_used_licenses: 2,
    });
  });
});
