import { expect, test } from 'vitest';
import { passMinutes } from '../world/run.ts';
import { world } from '../world/world.ts';

test('a member who carries our id, and whom the listing did not show, gets the right names all the same', async () => {
  const here = world()
    .member('admin')
    .member('ada', { externalId: 'ada', givenName: 'Old', surname: 'Name' })
    .user('ada')
    .build();
  here.dropbox.replace({ readMembers: async () => ({ items: [], cursor: '', hasMore: false }) });
  await passMinutes(here, 3);
  expect(here.team.members()[1]).toMatchObject({ givenName: 'ada', surname: 'Example' });
});

test('a name that somebody changes by hand just before ours is changed back too', async () => {
  const here = world().member('admin').user('ada').build();
  await passMinutes(here, 2);
  const memberId = here.team.members()[1]?.memberId ?? '';
  here.team.changeByHand(memberId, { givenName: 'Zoe' });
  here.entra.changeUser('ada', { surname: 'New' });
  await passMinutes(here, 2);
  expect(here.team.members()[1]).toMatchObject({ givenName: 'ada', surname: 'New' });
});

test('a member adopted a moment ago is not taken over by somebody else with the same address', async () => {
  const here = world()
    .member('admin')
    .member('eve')
    .user('ada', { mail: 'eve@contoso.com' })
    .user('bob', { mail: 'eve@contoso.com', unassigned: true })
    .build();
  await passMinutes(here, 2);
  expect(here.team.members()[1]).toMatchObject({ externalId: 'ada' });
  here.entra.setAssigned('ada', false);
  here.entra.setAssigned('bob', true);
  await passMinutes(here, 3);
  expect(here.team.members()[1]).toMatchObject({ externalId: 'ada' });
});
