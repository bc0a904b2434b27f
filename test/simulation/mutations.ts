import type { Random, Row, TableAction, TableStore } from '../../shared/model/ports.ts';
import { usualWeather } from './faults.ts';
import type { Ports } from './ports.ts';
import type { WalkOptions } from './walk.ts';

/** The outbox with one of its pieces taken out, in the weather in which that shows: such walks must end wrong for some seed. */
export const mutations: { readonly [name: string]: Omit<WalkOptions, 'seed'> } = {
  /** Nobody is told to read Dropbox back before planning. */
  withoutVerify: { mutation: { ports: (ports) => withTables(ports, hideVerify) } },
  /** A worker keeps the token it was rung with, so that a second copy of the message is as good as the first. */
  withoutTakingAnew: { mutation: { workerRandom: keepFirstToken } },
  /** A worker writes what it believes over whatever another one has written. */
  withoutConditionOnApplied: {
    mutation: { ports: (ports) => withTables(ports, writeAppliedAnyway) },
    // Only a worker that sleeps through its claim, and a change and a change back meanwhile, show it.
    weather: {
      ...usualWeather,
      crashes: 0.001,
      stalls: 0.001,
      workerStalls: 0.3,
      workerStallsAt: 'Users.write',
      longestStallMs: 900_000,
      changes: 0.1,
    },
  },
};

function keepFirstToken(random: Random, messageToken: string): Random {
  let isFirst = true;
  return {
    fraction: () => random.fraction(),
    token: () => {
      if (!isFirst) return random.token();
      isFirst = false;
      return messageToken;
    },
  };
}

function withTables(ports: Ports, change: (tables: TableStore) => TableStore): Ports {
  return { ...ports, tables: change(ports.tables) };
}

function hideVerify(tables: TableStore): TableStore {
  return {
    get: async (table, partition, rowKey) => {
      const row = await tables.get(table, partition, rowKey);
      if (row === undefined) return undefined;
      return table === 'Schedule' ? withoutVerify(row) : withoutLostAnswer(table, row);
    },
    page: async (table, partition, request) => {
      const page = await tables.page(table, partition, request);
      return table === 'Schedule' ? { ...page, rows: page.rows.map(withoutVerify) } : page;
    },
    write: (table, partition, actions) => tables.write(table, partition, actions),
  };
}

function withoutVerify(row: Row): Row {
  const columns = Object.entries(row.columns)
    .filter(([name]) => name !== 'verify')
    .map(([name, value]): [string, string | number | boolean] => {
      const isSlot = name.startsWith('slot') && typeof value === 'string';
      const text = isSlot ? value.replaceAll(/"(verify|running)":true/g, '"$1":false') : value;
      return [name, text];
    });
  return { ...row, columns: Object.fromEntries(columns) };
}

/** The row of an identity says as well that an answer was lost. */
function withoutLostAnswer(table: string, row: Row): Row {
  const { applied } = row.columns;
  if ((table !== 'Users' && table !== 'Groups') || typeof applied !== 'string') return row;
  const columns = { ...row.columns, applied: applied.replaceAll('answerLost', 'forgotten') };
  return { ...row, columns };
}

function writeAppliedAnyway(tables: TableStore): TableStore {
  return {
    get: (table, partition, rowKey) => tables.get(table, partition, rowKey),
    page: (table, partition, request) => tables.page(table, partition, request),
    write: (table, partition, actions) =>
      tables.write(table, partition, table === 'Users' ? actions.map(withoutCondition) : actions),
  };
}

function withoutCondition(action: TableAction): TableAction {
  const isApplied = action.kind === 'merge' && 'applied' in action.columns;
  return isApplied ? { ...action, etag: '*' } : action;
}
