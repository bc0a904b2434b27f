import { describe, expect, test } from 'vitest';
import { absorbEdges, type EdgeFact } from '../../shared/cycle/absorb-edges.ts';
import { absorbGroups, type GroupFact } from '../../shared/cycle/absorb-groups.ts';
import { absorbPeople, type PersonFact } from '../../shared/cycle/absorb-people.ts';
import { held, logLines, pending } from '../world/look.ts';
import { addressOf, world, type Deps, type World } from '../world/world.ts';

/** A page taken in by a cycle, with what has been taken in before it. */
interface Scene {
  readonly before: (deps: Deps) => Promise<unknown>;
  readonly page: (deps: Deps) => Promise<unknown>;
}

function person(id: string, about: PersonFact & { readonly mail?: string } = {}): PersonFact {
  const { mail = addressOf(id), ...fact } = about;
  const attributes = { mail, accountEnabled: true, userPrincipalName: `${id}@x.onmicrosoft.com` };
  return { user: { id, attributes }, roles: ['r1'], ...fact };
}

function people(about: { readonly [id: string]: PersonFact }): Scene['page'] {
  return (deps) => absorbPeople(deps, new Map(Object.entries(about)));
}
function groups(about: { readonly [id: string]: GroupFact }): Scene['page'] {
  return (deps) => absorbGroups(deps, new Map(Object.entries(about)));
}
function edges(about: { readonly [userId: string]: EdgeFact }): Scene['page'] {
  return (deps) => absorbEdges(deps, 'design', new Map(Object.entries(about)));
}
function both(one: Scene['page'], other: Scene['page']): Scene['page'] {
  return async (deps) => {
    await one(deps);
    await other(deps);
  };
}

const shared = 'shared@contoso.com';
const design = { displayName: 'Design', roles: ['r1'] };
const nothing: Scene['before'] = () => Promise.resolve();

const scenes: { readonly [name: string]: Scene } = {
  'people who arrive': {
    before: nothing,
    page: people({ ada: person('ada'), bob: person('bob'), cleo: person('cleo') }),
  },
  'two on one page with one address': {
    before: nothing,
    page: people({ ada: person('ada', { mail: shared }), bob: person('bob', { mail: shared }) }),
  },
  'somebody who wants the address of another': {
    before: people({ ada: person('ada', { mail: shared }) }),
    page: people({ bob: person('bob', { mail: shared }) }),
  },
  'somebody who gives up an address that another waits for': {
    before: people({
      ada: person('ada', { mail: shared }),
      bob: person('bob', { mail: shared }),
    }),
    page: people({ ada: person('ada') }),
  },
  'two who swap their addresses': {
    before: people({ ada: person('ada'), bob: person('bob') }),
    page: people({
      ada: person('ada', { mail: addressOf('bob') }),
      bob: person('bob', { mail: addressOf('ada') }),
    }),
  },
  'somebody who loses access': {
    before: people({ ada: person('ada') }),
    page: people({ ada: { roles: [] } }),
  },
  'groups that arrive': { before: nothing, page: groups({ design, sales: design }) },
  'a group that takes the name of another': {
    before: groups({ design }),
    page: groups({ studio: { displayName: 'DESIGN', roles: ['r1'] } }),
  },
  'people who join a group': {
    before: both(people({ ada: person('ada'), bob: person('bob') }), groups({ design })),
    page: edges({ ada: { present: true, readIn: 'one' }, bob: { present: true } }),
  },
  'people who leave a group': {
    before: both(
      people({ ada: person('ada'), bob: person('bob') }),
      edges({ ada: { present: true }, bob: { present: true } }),
    ),
    page: edges({ ada: { present: false }, bob: { present: false } }),
  },
};

/** Everything a page leaves behind that anybody goes by. */
function stateOf(here: World): unknown {
  const rows = ['Users', 'Groups', 'Memberships', 'Members'].flatMap((table) =>
    here.tables.rows(table).map(({ rowKey, columns }) => ({ table, rowKey, columns })),
  );
  return { rows, pending: pending(here), held: held(here), log: [...logLines(here)].toSorted() };
}

async function prepare(scene: Scene): Promise<World> {
  const here = world().build();
  await scene.before(here.deps);
  here.clock.jump(60_000);
  here.crash.revive();
  return here;
}

async function takeInAtOnce(scene: Scene): Promise<{ state: unknown; writes: number }> {
  const here = await prepare(scene);
  await scene.page(here.deps);
  return { state: stateOf(here), writes: here.crash.writes };
}

describe('a page whose cycle dies between any two writes comes, taken in again, to the same', () => {
  for (const [name, scene] of Object.entries(scenes)) {
    test(name, async () => {
      const whole = await takeInAtOnce(scene);
      expect(whole.writes).toBeGreaterThan(1);
      for (let write = 0; write < whole.writes; write++) {
        const here = await prepare(scene);
        here.crash.at(write);
        await expect(scene.page(here.deps)).rejects.toThrow('the process died');
        here.crash.revive();
        await scene.page(here.deps);
        expect(stateOf(here), `after a crash at write ${write}`).toEqual(whole.state);
      }
    });
  }
});
