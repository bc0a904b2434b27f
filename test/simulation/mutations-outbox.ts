import type { Random, Row, TableAction, TableStore } from '../../shared/model/ports.ts';
import { showRows, withTables } from './change-tables.ts';
import { usualWeather } from './faults.ts';
import type { Mutant } from './mutations.ts';
import type { Ports } from './ports.ts';

/** The outbox with one of its pieces taken out. */
export const outboxMutants = {
  /** Nobody is told to read Dropbox back before planning. */
  withoutVerify: {
    mutation: { ports: (ports) => withTables(ports, hideVerify) },
    shows: /an invitation of|is in the team/,
  },
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
      changes: 10,
    },
  },
  /** The slot is free before what was done is saved: a crash in between forgets it. */
  slotFreedBeforeSaving: {
    mutation: { workerPorts: holdBackApplied },
    weather: { ...usualWeather, crashes: 0.01 },
  },
} as const satisfies { readonly [name: string]: Mutant };

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

function hideVerify(tables: TableStore): TableStore {
  return showRows(tables, (table, row) =>
    table === 'Schedule' ? withoutVerify(row) : withoutLostAnswer(table, row),
  );
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

/** What a worker writes of people reaches the table only once it has freed its slot. */
function holdBackApplied(ports: Ports): Ports {
  const { tables } = ports;
  let waiting: { readonly partition: string; readonly action: TableAction }[] = [];
  const saveWaiting = async (): Promise<void> => {
    const all = waiting;
    waiting = [];
    for (const { partition, action } of all) await tables.write('Users', partition, [action]);
  };
  return withTables(ports, () => ({
    ...showRows(tables, (_table, row) => row),
    async write(table, partition, actions) {
      // What is intended is written before a call, by this one too: else it would be found by that alone.
      if (table === 'Users' && !actions.some(isIntention)) {
        const held = actions.map((action) => ({ partition, action: withoutCondition(action) }));
        waiting = [...waiting, ...held];
        return actions.map(() => '*');
      }
      const etags = await tables.write(table, partition, actions);
      if (table === 'Schedule' && actions.some(isSlotFreed)) await saveWaiting();
      return etags;
    },
  }));
}

function isIntention(action: TableAction): boolean {
  if (action.kind === 'delete') return false;
  const { applied } = action.columns;
  return typeof applied === 'string' && !applied.includes('"intended":null');
}

function isSlotFreed(action: TableAction): boolean {
  if (action.rowKey !== 'outbox' || action.kind === 'delete') return false;
  return Object.entries(action.columns).some(
    ([name, value]) => name.startsWith('slot') && (value === '' || value === 'null'),
  );
}
