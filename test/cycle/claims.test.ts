import { expect, test } from 'vitest';
import { teamLines, userRow } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import { world, type World } from '../world/world.ts';

const shared = 'shared@contoso.com';

async function skipsOf(here: World, ids: readonly string[]): Promise<readonly (string | null)[]> {
  return Promise.all(ids.map(async (id) => (await userRow(here, id)).desired.skip?.code ?? null));
}

test('two people with one address are both skipped before anybody is invited, whoever is read first', async () => {
  for (const order of [
    ['ada', 'bob'],
    ['bob', 'ada'],
  ]) {
    const builder = world();
    for (const name of order) builder.user(name, { mail: shared });
    const here = builder.user('cleo').build({ pageSize: 1 });
    await passMinutes(here, 2);
    expect(teamLines(here)).toEqual(['cleo (invited)']);
    expect(await skipsOf(here, ['ada', 'bob', 'cleo'])).toEqual([
      'duplicateAddress',
      'duplicateAddress',
      null,
    ]);
  }
});

test('the case of the letters makes no two addresses of one', async () => {
  const here = world().user('ada', { mail: 'Shared@contoso.com' }).user('bob', { mail: shared });
  const built = here.build();
  await passMinutes(built, 2);
  expect(teamLines(built)).toEqual([]);
});

test('the one who remains is invited when the other takes another address', async () => {
  const here = world().user('ada', { mail: shared }).user('bob', { mail: shared }).build();
  await passMinutes(here, 2);
  here.entra.changeUser('ada', { mail: 'ada@contoso.com' });
  await passMinutes(here, 2);
  expect(teamLines(here).toSorted()).toEqual(['ada (invited)', 'shared (invited)']);
  expect(await skipsOf(here, ['ada', 'bob'])).toEqual([null, null]);
});

test('the one who remains is invited when the other is blocked', async () => {
  const here = world().user('ada', { mail: shared }).user('bob', { mail: shared }).build();
  await passMinutes(here, 2);
  here.entra.changeUser('ada', { accountEnabled: false });
  await passMinutes(here, 2);
  expect(here.team.members()).toMatchObject([{ email: shared, externalId: 'bob' }]);
});

test('whoever holds the address in Dropbox already keeps it, and only the newcomer is skipped', async () => {
  const here = world().user('ada', { mail: shared }).user('bob').build();
  await passMinutes(here, 2);
  here.entra.changeUser('bob', { mail: shared });
  await passMinutes(here, 2);
  expect(await skipsOf(here, ['ada', 'bob'])).toEqual([null, 'duplicateAddress']);
  expect(here.team.members().map(({ email }) => email)).toEqual([shared, 'bob@contoso.com']);
});

test('of two groups with one name neither is created, until one is renamed', async () => {
  const here = world()
    .group('design', [], { displayName: 'Studio' })
    .group('drawing', [], { displayName: 'STUDIO' })
    .build();
  await passMinutes(here, 2);
  expect(here.team.groups()).toEqual([]);
  here.entra.renameGroup('drawing', 'Drawing');
  await passMinutes(here, 2);
  expect(
    here.team
      .groups()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(['Drawing', 'Studio']);
});

test('a claim that nobody changed costs no write in the next cycle', async () => {
  const here = world().user('ada').build();
  await passMinutes(here, 2);
  here.entra.changeUser('ada', { surname: 'King' });
  const before = here.tables.rows('Members');
  await cycle(here);
  const claims = (rows: typeof before): unknown =>
    rows.filter(({ partitionKey }) => partitionKey.startsWith('claim-'));
  expect(claims(here.tables.rows('Members'))).toEqual(claims(before));
});
