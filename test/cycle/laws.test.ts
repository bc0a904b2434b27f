import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pending, teamLines } from '../world/look.ts';
import { passMinutes } from '../world/run.ts';
import { addressOf, world, type World } from '../world/world.ts';

const people = ['ada', 'bob', 'cleo', 'dan'] as const;
const shared = 'shared@contoso.com';

interface Tenant {
  readonly order: readonly string[];
  readonly assigned: readonly string[];
  readonly designers: readonly string[];
  readonly sellers: readonly string[];
  readonly blocked: readonly string[];
  readonly sharing: readonly string[];
  readonly onTeam: readonly string[];
  readonly pageSize: number;
}

const some = fc.subarray([...people]);
const tenant: fc.Arbitrary<Tenant> = fc.record({
  order: fc.shuffledSubarray([...people], { minLength: people.length }),
  assigned: some,
  designers: some,
  sellers: some,
  blocked: fc.subarray([...people], { maxLength: 1 }),
  sharing: fc.subarray([...people], { maxLength: 2 }),
  onTeam: some,
  pageSize: fc.integer({ min: 1, max: 4 }),
});

function build(about: Tenant): World {
  const builder = world().member('zoe');
  for (const name of about.order) {
    builder.user(name, {
      ...(about.assigned.includes(name) ? {} : { unassigned: true }),
      accountEnabled: !about.blocked.includes(name),
      mail: about.sharing.includes(name) ? shared : addressOf(name),
    });
    if (about.onTeam.includes(name)) builder.member(name);
  }
  const { designers, sellers, pageSize } = about;
  return builder.group('design', designers).group('sales', sellers).build({ pageSize });
}

/** Who ought to be in the team and in which groups, told without the engine. */
function expected(about: Tenant): readonly string[] {
  const { assigned, designers, sellers, blocked, onTeam, sharing } = about;
  const inScope = people.filter((name) => [...assigned, ...designers, ...sellers].includes(name));
  const wanted = inScope.filter((name) => !blocked.includes(name));
  const isClash = wanted.filter((name) => sharing.includes(name)).length > 1;
  const arrived = wanted.filter((name) => !(isClash && sharing.includes(name)));
  const lines = arrived.map((name) => {
    const isKnown = onTeam.includes(name) && !sharing.includes(name);
    const groups = [
      ...(designers.includes(name) ? ['design'] : []),
      ...(sellers.includes(name) ? ['sales'] : []),
    ];
    const word = sharing.includes(name) ? 'shared' : name;
    return `${word} (${isKnown ? 'active' : 'invited'})${groups.length > 0 ? `: ${groups.join(', ')}` : ''}`;
  });
  const others = onTeam.filter(
    (name) => !arrived.some((one) => one === name) || sharing.includes(name),
  );
  return [...lines, ...others.map((name) => `${name} (active)`), 'zoe (active)'].toSorted();
}

/** The team, groups in the order of their names. */
function found(here: World): readonly string[] {
  return teamLines(here)
    .map((line) => {
      const [who = '', groups] = line.split(': ');
      return groups === undefined ? who : `${who}: ${groups.split(', ').toSorted().join(', ')}`;
    })
    .toSorted();
}

test('any tenant arrives as it should, whatever the order and the size of the pages; then nothing is left to do', async () => {
  await fc.assert(
    fc.asyncProperty(tenant, async (about) => {
      const here = build(about);
      await passMinutes(here, 3);
      expect(found(here)).toEqual(expected(about));
      expect(pending(here)).toEqual([]);
      const writes = here.team.writes.length;
      await passMinutes(here, 2);
      expect(here.team.writes).toHaveLength(writes);
    }),
    { numRuns: 60 },
  );
});

test('reading everything again writes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(tenant, async (about) => {
      const here = build(about);
      await passMinutes(here, 3);
      const writes = here.team.writes.length;
      here.entra.resetStream('users');
      await passMinutes(here, 3);
      expect(here.team.writes).toHaveLength(writes);
    }),
    { numRuns: 30 },
  );
});
