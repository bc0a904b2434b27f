import type { Row, TableAction, TableStore } from '../../shared/model/ports.ts';
import type { Assignment, WitnessAnswer } from '../../shared/model/source.ts';
import type { BrakePedal } from '../../shared/outbox/brake.ts';
import { readRange } from '../../shared/model/table-pages.ts';
import { nothingStaged } from './character.ts';
import { changeJson, showRows, withTables } from './change-tables.ts';
import { usualWeather } from './faults.ts';
import type { Mutant } from './mutations.ts';
import type { Ports } from './ports.ts';

/** What takes access away, with one of its safeguards taken out. */
export const takingMutants = {
  /** A worker carries out what was never released. */
  withoutRelease: {
    mutation: { workerPorts: (ports) => withTables(ports, showReleased) },
    shows: /without a release/,
  },
  /** Nobody is asked a second time. */
  withoutWitness: {
    mutation: { tickPorts: agreeAlways },
    shows: /never showed them gone/,
    // A change that the streams are late to tell, and the change back: only somebody who is asked knows better.
    character: {
      liar: 'lists',
      nests: false,
      streamLagMs: 360_000,
      changes: 0.03,
      guards: nothingStaged,
    },
    weather: { ...usualWeather, lies: 0.9 },
  },
  /** A list that came back empty is believed. */
  trustsEmptyLists: {
    mutation: { tickPorts: fillEmptyLists },
    shows: /never showed them gone/,
    character: { liar: 'lists', listLagMs: 0, nests: false },
    weather: { ...usualWeather, lies: 0.5 },
  },
  /** Devices are wiped. */
  wipes: { mutation: { workerPorts: wipe }, shows: /wipes the devices/ },
  /** A worker looks at no brake. */
  ignoresBrake: {
    mutation: { workerBrake: lookAway },
    shows: /the brake is on|than Dropbox allowed/,
  },
  /** What anybody suspended or removed is taken for ours. */
  recoversStrangers: {
    mutation: { workerPorts: (ports) => withTables(ports, claimEverything) },
    character: { meddling: 0.01 },
    shows: /somebody else had done/,
  },
  /** An entry leaves `held` before its row is released: a crash in between forgets it. */
  dropsHeldFirst: {
    mutation: { tickPorts: (ports) => withTables(ports, dropHeldFirst) },
    character: { liar: 'nobody', listLagMs: 0 },
    shows: /should have lost access/,
    weather: { ...usualWeather, crashes: 0.01 },
  },
  /** What was taken away in earlier cycles is forgotten. */
  budgetPerCycleOnly: {
    mutation: { tickPorts: (ports) => withTables(ports, hideHours) },
    shows: /lose access within/,
  },
} as const satisfies { readonly [name: string]: Mutant };

function showReleased(tables: TableStore): TableStore {
  return showRows(tables, (table, row) => {
    if (table === 'Users' || table === 'Groups') {
      return changeJson(row, 'desired', (desired) => ({
        ...desired,
        releasedTakes: desired['takes'],
      }));
    }
    const isEdge = table === 'Memberships' && row.columns['desired'] === false;
    return isEdge ? { ...row, columns: { ...row.columns, released: true } } : row;
  });
}

function agreeAlways(ports: Ports): Ports {
  return {
    ...ports,
    entra: {
      ...ports.entra,
      async readWitness(questions) {
        await ports.entra.readWitness(questions);
        const agrees: WitnessAnswer = { kind: 'answered', user: undefined, memberOf: [] };
        return new Map(questions.map(({ userId }) => [userId, agrees]));
      },
    },
  };
}

/** Something that gives nobody access stands in it: the list is not empty any more, and as good as. */
function fillEmptyLists(ports: Ports): Ports {
  const { entra } = ports;
  const nobody: Assignment = {
    principalId: 'some-application',
    principalKind: 'servicePrincipal',
    principalName: 'An application',
    roleId: 'role-user',
  };
  return {
    ...ports,
    entra: {
      ...entra,
      async readAssignments(link) {
        const page = await entra.readAssignments(link);
        const isEmpty = link === undefined && page.items.length === 0;
        return isEmpty ? { ...page, items: [nobody] } : page;
      },
    },
  };
}

function wipe(ports: Ports): Ports {
  const { team } = ports;
  return {
    ...ports,
    team: {
      ...team,
      suspendMember: (memberId) => team.suspendMember(memberId, { wipeData: true }),
      removeMember: (memberId) => team.removeMember(memberId, { wipeData: true }),
    },
  };
}

function lookAway(brake: BrakePedal): BrakePedal {
  return {
    ...brake,
    look: async (options) => ({ ...(await brake.look(options)), mayWrite: true, notBefore: 0 }),
  };
}

function claimEverything(tables: TableStore): TableStore {
  return showRows(tables, (table, row) =>
    table === 'Users'
      ? changeJson(row, 'applied', (applied) => ({
          ...applied,
          suspendedByUs: applied['status'] === 'suspended',
          removedByUs: applied['status'] === 'removed',
        }))
      : row,
  );
}

function dropHeldFirst(tables: TableStore): TableStore {
  return {
    ...showRows(tables, (_table, row) => row),
    async write(table, partition, actions) {
      if (table === 'Users') {
        for (const action of actions) if (isRelease(action)) await dropHeld(tables, action.rowKey);
      }
      return tables.write(table, partition, actions);
    },
  };
}

function isRelease(action: TableAction): boolean {
  if (action.kind === 'delete') return false;
  const { desired } = action.columns;
  return typeof desired === 'string' && !desired.includes('"releasedTakes":"none"');
}

async function dropHeld(tables: TableStore, userId: string): Promise<void> {
  for await (const rows of readRange(tables, 'Schedule', 'held')) {
    const own = rows.filter(({ rowKey }: Row) => rowKey.endsWith(`|u:${userId}`));
    for (const { rowKey } of own) {
      await tables.write('Schedule', 'held', [{ kind: 'delete', rowKey, etag: '*' }]);
    }
  }
}

function hideHours(tables: TableStore): TableStore {
  return showRows(tables, (table, row) =>
    table === 'Job' && row.rowKey === 'budget'
      ? changeJson(row, 'value', (value) => ({ ...value, hours: [] }))
      : row,
  );
}
