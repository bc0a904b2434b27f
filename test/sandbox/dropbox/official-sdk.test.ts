import { Dropbox, DropboxAuth, DropboxResponseError } from 'dropbox';
import { expect, test } from 'vitest';

import { createManualClock } from '../wire/clock.ts';
import { createDropboxEmulator } from './dropbox-emulator.ts';
import { calmSettings, smallTeam } from './sandbox-team.ts';

/**
 * The official client sends token requests as query parameters with no body and an odd content type; that alone is put into the form that
 * the standard wants. Everything else goes through as the client made it.
 */
async function startClient() {
  const emulator = createDropboxEmulator({
    clock: createManualClock(),
    seed: 3,
    settings: calmSettings,
  });
  await emulator.handle({
    method: 'PUT',
    url: '/_control/team',
    headers: {},
    body: JSON.stringify(smallTeam()),
  });
  const fetchFromEmulator: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const isToken = pathname === '/oauth2/token';
    const headers = Object.fromEntries(request.headers);
    const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    const result = await emulator.handle({
      method: request.method,
      url: isToken ? pathname : `${pathname}${search}`,
      headers: isToken ? form : headers,
      body: isToken ? search.slice(1) : await request.text(),
    });
    if (result.kind === 'reset') throw new TypeError('fetch failed');
    const { status, headers: answered, body } = result.response;
    return new Response(body, { status, headers: answered });
  };
  const auth = new DropboxAuth({
    clientId: 'sandbox-app-key',
    clientSecret: 'sandbox-app-secret',
    refreshToken: 'sandbox-refresh-token',
    fetch: fetchFromEmulator,
  });
  return { client: new Dropbox({ auth, fetch: fetchFromEmulator }), emulator };
}

test('the official client provisions a person and a group', async () => {
  const { client, emulator } = await startClient();

  const info = await client.teamGetInfo();
  expect(info.result).toMatchObject({ name: 'Example', num_licensed_users: 10 });

  const added = await client.teamMembersAddV2({
    new_members: [
      { member_email: 'New@example.com', member_given_name: 'New', member_surname: 'Person' },
    ],
  });
  const { result } = added;
  const [row] = result['.tag'] === 'complete' ? result.complete : [];
  expect(row?.['.tag']).toBe('success');
  const memberId = row?.['.tag'] === 'success' ? row.profile.team_member_id : '';

  const group = await client.teamGroupsCreate({
    group_name: 'Sales',
    group_management_type: { '.tag': 'company_managed' },
  });
  const selector = { '.tag': 'group_id', group_id: group.result.group_id } as const;
  const changed = await client.teamGroupsMembersAdd({
    group: selector,
    members: [
      {
        user: { '.tag': 'team_member_id', team_member_id: memberId },
        access_type: { '.tag': 'member' },
      },
    ],
  });
  expect(changed.result).toMatchObject({ async_job_id: ' ', group_info: { member_count: 1 } });

  let page = await client.teamMembersListV2({ limit: 2 });
  const addresses = page.result.members.map(({ profile }) => profile.email);
  while (page.result.has_more) {
    page = await client.teamMembersListContinueV2({ cursor: page.result.cursor });
    addresses.push(...page.result.members.map(({ profile }) => profile.email));
  }
  expect(addresses).toHaveLength(5);
  expect(addresses).toContain('new@example.com');

  const user = { '.tag': 'email', email: 'ada@example.com' } as const;
  expect((await client.teamMembersSuspend({ user, wipe_data: false })).result).toBe(null);
  const refusal = await client
    .teamMembersSuspend({ user, wipe_data: false })
    .catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(DropboxResponseError);
  expect(refusal).toMatchObject({
    status: 409,
    error: { error: { '.tag': 'suspend_inactive_user' } },
  });
  expect(emulator.log.readCounts().byRoute['/oauth2/token']).toBe(1);
});
