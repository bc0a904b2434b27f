import { describe, expect, test } from 'vitest';
import { PageExpiredError, TransientError } from '../../shared/model/errors.ts';
import type { EntraUser, ListPage } from '../../shared/model/source.ts';
import { loadBatches } from '../../shared/rows/batches.ts';
import { held, teamLines } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import type { World } from '../world/world.ts';
import { settledTeam } from './settled-team.ts';

const everybody = [
  'admin (active)',
  'ada (active)',
  'bob (active)',
  'cleo (active)',
  'dan (active): design',
  'eve (active): design',
];

/** Everything is read again from the start: Graph has forgotten the stream. */
async function readAnew(here: World, minutes: number): Promise<void> {
  here.entra.resetStream('users');
  await passMinutes(here, minutes);
}

async function stagedParts({ tables }: World): Promise<readonly string[]> {
  return (await loadBatches(tables, { closed: false })).map(
    ({ part, count }) => `${part} ${count}`,
  );
}

function withoutUser(page: ListPage<EntraUser>, id: string): ListPage<EntraUser> {
  return { ...page, items: page.items.filter((user) => user.id !== id) };
}

describe('nobody loses anything by', () => {
  test('a list of assignments that comes back empty, once', async () => {
    const here = await settledTeam();
    here.graph.replace({ readAssignments: async () => ({ items: [] }) });
    await cycle(here);
    here.graph.replace({});
    await passMinutes(here, 20);
    expect(teamLines(here)).toEqual(everybody);
    expect(held(here)).toEqual([]);
  });

  test('a list of assignments that stays empty: it is staged, and nothing is done', async () => {
    const here = await settledTeam();
    here.graph.replace({ readAssignments: async () => ({ items: [] }) });
    await passMinutes(here, 60);
    expect(teamLines(here)).toEqual(everybody);
    expect(await stagedParts(here)).toEqual(['doubt 5', 'doubt 1']);
  });

  test('assignments that come back empty while somebody who had left is assigned again', async () => {
    const here = await settledTeam();
    here.entra.setAssigned('ada', false);
    await passMinutes(here, 5);
    here.graph.replace({ readAssignments: async () => ({ items: [] }) });
    here.entra.setAssigned('ada', true);
    await passMinutes(here, 30);
    expect(teamLines(here)).toEqual(everybody);
  });

  test("one group's members that come back empty although it has some", async () => {
    const here = await settledTeam();
    here.graph.replace({
      readFirstMembers: async (ids) =>
        new Map(ids.map((id) => [id, { kind: 'page', page: { items: [] } }])),
    });
    await readAnew(here, 60);
    expect(teamLines(here)).toEqual(everybody);
    expect(await stagedParts(here)).toEqual(['doubt 2', 'doubt 2']);
  });

  test('users that come back empty', async () => {
    const here = await settledTeam();
    here.graph.replace({ readByIds: async () => ({ users: [], groups: [] }) });
    await readAnew(here, 60);
    expect(teamLines(here)).toEqual(everybody);
  });

  test('a page of assignments that is lost, once', async () => {
    const here = await settledTeam();
    here.graph.replace({
      readAssignments: async () => {
        const { items } = await here.entra.readAssignments();
        return { items };
      },
    });
    await passMinutes(here, 5);
    expect(held(here)).not.toEqual([]);
    here.graph.replace({});
    await passMinutes(here, 20);
    expect(teamLines(here)).toEqual(everybody);
    expect(held(here)).toEqual([]);
  });

  test("somebody missing from a group's list while Entra, asked about them, says that they are in it", async () => {
    const here = await settledTeam();
    here.graph.replace({
      readFirstMembers: async (ids) => {
        const answers = await here.entra.readFirstMembers(ids);
        return new Map(
          [...answers].map(([id, answer]) => [
            id,
            answer.kind === 'page' ? { ...answer, page: withoutUser(answer.page, 'dan') } : answer,
          ]),
        );
      },
    });
    await readAnew(here, 1);
    here.graph.replace({});
    await passMinutes(here, 30);
    expect(teamLines(here)).toEqual(everybody);
    expect(held(here)).toEqual([]);
  });

  test('a page that is repeated', async () => {
    const here = await settledTeam();
    here.graph.replace({
      readAssignments: async (next) => {
        const page = await here.entra.readAssignments(next);
        return { ...page, items: [...page.items, ...page.items] };
      },
    });
    await readAnew(here, 30);
    expect(teamLines(here)).toEqual(everybody);
  });

  test('a next link that points at itself', async () => {
    const here = await settledTeam();
    here.graph.replace({ readAssignments: async () => ({ items: [], nextLink: 'again' }) });
    await passMinutes(here, 30);
    expect(teamLines(here)).toEqual(everybody);
    expect(held(here)).toEqual([]);
  });

  test('a page token that expires in the middle of a cycle', async () => {
    const here = await settledTeam();
    here.graph.failOnce('readMoreMembers', new PageExpiredError('expired'));
    here.graph.failOnce('readUserChanges', new PageExpiredError('expired'));
    await readAnew(here, 30);
    expect(teamLines(here)).toEqual(everybody);
  });

  test('a replica that is an hour behind and does not know the newly hired', async () => {
    const here = await settledTeam();
    const before = await here.entra.readAssignments();
    here.entra.setAssigned('dan', true);
    await passMinutes(here, 1);
    here.entra.setMember('design', 'dan', false);
    await passMinutes(here, 1);
    here.graph.replace({ readAssignments: async () => ({ items: before.items.slice(0, 2) }) });
    await passMinutes(here, 8);
    here.graph.replace({});
    await passMinutes(here, 20);
    expect(teamLines(here)).toContain('dan (active)');
  });

  test('a single error of the service', async () => {
    const here = await settledTeam();
    here.graph.failOnce('readAssignments', new TransientError('Graph answered 500', 1_000));
    here.graph.failOnce('readGroupChanges', new TransientError('Graph answered 500', 1_000));
    await readAnew(here, 30);
    expect(teamLines(here)).toEqual(everybody);
  });

  test('users that Graph shows blank, because a permission is missing', async () => {
    const here = await settledTeam();
    const blank = { accountEnabled: null, userPrincipalName: null, mail: null };
    here.graph.replace({
      readUserChanges: async (link) => {
        const page = await here.entra.readUserChanges(link);
        const items = page.items.map((item) =>
          item.kind === 'present'
            ? { ...item, user: { id: item.user.id, attributes: blank } }
            : item,
        );
        return { ...page, items };
      },
    });
    here.entra.changeUser('ada', { givenName: 'Ada' });
    here.entra.changeUser('bob', { givenName: 'Bob' });
    await passMinutes(here, 30);
    expect(teamLines(here)).toEqual(everybody);
    expect(held(here)).toEqual([]);
  });
});

describe('a group whose members cannot be read for good', () => {
  test('holds up nobody else: whoever is blocked is suspended', async () => {
    const here = await settledTeam();
    const error = new TransientError('Graph answered 503', 1_000);
    here.graph.replace({
      readFirstMembers: async (ids) => new Map(ids.map((id) => [id, { kind: 'failed', error }])),
    });
    here.entra.resetStream('groups');
    await passMinutes(here, 2);
    here.entra.changeUser('ada', { accountEnabled: false });
    here.entra.setAssigned('bob', false);
    await passMinutes(here, 15);
    expect(teamLines(here)).toEqual([
      'admin (active)',
      'ada (suspended)',
      'bob (suspended)',
      ...everybody.slice(3),
    ]);
  });
});

describe('somebody who is moved', () => {
  test('from one assigned group to another, five minutes apart, loses nothing but the first membership', async () => {
    const here = await settledTeam();
    here.entra.setMember('design', 'dan', false);
    await passMinutes(here, 5);
    here.entra.setAssigned('dan', true);
    await passMinutes(here, 15);
    expect(teamLines(here)).toContain('dan (active)');
    expect(here.team.writes.map(({ kind }) => kind)).not.toContain('suspendMember');
  });

  test('between two page reads is never seen as gone', async () => {
    const here = await settledTeam();
    here.graph.replace({
      readAssignments: async (next) => {
        const page = await here.entra.readAssignments(next);
        // Ada moves behind the page that was just read.
        return { ...page, items: page.items.filter(({ principalId }) => principalId !== 'ada') };
      },
    });
    await cycle(here);
    here.graph.replace({});
    await passMinutes(here, 20);
    expect(teamLines(here)).toEqual(everybody);
    expect(here.team.writes.map(({ kind }) => kind)).not.toContain('suspendMember');
  });
});

describe('the witness', () => {
  test('that is silent keeps everybody in, and lets them go when it answers', async () => {
    const here = await settledTeam();
    const error = new TransientError('Graph answered 503', 1_000);
    here.graph.replace({
      readWitness: async (questions) =>
        new Map(questions.map(({ userId }) => [userId, { kind: 'failed', error }])),
    });
    here.entra.changeUser('ada', { accountEnabled: false });
    await passMinutes(here, 2);
    expect(teamLines(here)).toContain('ada (active)');
    here.graph.replace({});
    await cycle(here);
    expect(teamLines(here)).toContain('ada (suspended)');
  });

  test('that disagrees for three cycles leaves it to a person, who sees both answers', async () => {
    const here = await settledTeam();
    here.graph.replace({
      readWitness: async (questions) =>
        new Map(
          questions.map(({ userId }) => {
            const attributes = { accountEnabled: true, userPrincipalName: userId };
            return [userId, { kind: 'answered', user: { id: userId, attributes }, memberOf: [] }];
          }),
        ),
    });
    here.entra.changeUser('ada', { accountEnabled: false });
    await passMinutes(here, 6);
    expect(teamLines(here)).toContain('ada (active)');
    expect(await stagedParts(here)).toEqual(['doubt 1']);
  });

  test('that says yes because of a nested group is outweighed by two whole reads without the person', async () => {
    const here = await settledTeam();
    here.graph.replace({
      readWitness: async (questions) => {
        const answers = await here.entra.readWitness(questions);
        return new Map(
          [...answers].map(([id, answer]) => [
            id,
            id === 'dan' && answer.kind === 'answered'
              ? { ...answer, memberOf: ['design'] }
              : answer,
          ]),
        );
      },
    });
    here.entra.setMember('design', 'dan', false);
    await passMinutes(here, 11);
    expect(teamLines(here)).toContain('dan (active): design');
    await passMinutes(here, 4);
    expect(teamLines(here)).toContain('dan (suspended)');
  });
});
