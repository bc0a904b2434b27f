import { expect, test } from 'vitest';
import { groupsTable } from '../../shared/rows/groups.ts';
import { partitionOf, usersTable } from '../../shared/rows/users.ts';
import { teamLines } from '../world/look.ts';
import { passMinutes } from '../world/run.ts';
import { world, type World } from '../world/world.ts';

async function spoil(here: World, table: string, id: string, columns: object): Promise<void> {
  await here.tables.write(table, partitionOf(id), [
    { kind: 'upsert', rowKey: id, columns: { ...columns } },
  ]);
}

for (const [what, columns] of [
  ['of a later release', { v: 99 }],
  ['that makes no sense', { desired: 'not JSON', desired_parts: 1 }],
] as const) {
  test(`a person's row ${what} is left alone, and holds nobody else up`, async () => {
    const here = world().user('ada').user('bob').build();
    await passMinutes(here, 2);
    await spoil(here, usersTable, 'ada', columns);
    here.entra.changeUser('ada', { surname: 'New' });
    here.entra.changeUser('bob', { surname: 'New' });
    await passMinutes(here, 2);
    expect(here.team.members().map(({ surname }) => surname)).toEqual(['Example', 'New']);
    const row = await here.tables.get(usersTable, partitionOf('ada'), 'ada');
    expect(row?.columns).toMatchObject(columns);
  });

  test(`a group's row ${what} is left alone, and holds nobody else up`, async () => {
    const here = world().user('bob').group('design', ['bob']).group('sales', ['bob']).build();
    await passMinutes(here, 2);
    await spoil(here, groupsTable, 'design', columns);
    here.entra.renameGroup('design', 'Studio');
    here.entra.renameGroup('sales', 'Market');
    await passMinutes(here, 2);
    expect(teamLines(here)).toEqual(['bob (invited): design, Market']);
  });
}
