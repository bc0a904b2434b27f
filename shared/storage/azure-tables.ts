import type { TableClient } from '@azure/data-tables';
import { TransientError } from '../model/errors.ts';
import type { Log, TableAction, TableStore } from '../model/ports.ts';
import { checkPageRequest, checkTableKeys, checkTableWrite } from '../model/table-limits.ts';
import { createConditionalDeletes } from './conditional-deletes.ts';
import { toStorageError } from './storage-failure.ts';
import { STORAGE_RETRY, type StorageRetry } from './storage-retry.ts';
import { getRow, readPage, writeAll, writeOne } from './table-calls.ts';
import { createTableClient, type TableConnection } from './table-client.ts';

export interface AzureTablesOptions {
  readonly connection: TableConnection;
  /** Letters and digits before each table's name, so that several apps or tests can share an account. */
  readonly prefix?: string;
  readonly log: Log;
  /** How the SDK repeats a call; for tests. */
  readonly retry?: StorageRetry;
}

export interface AzureTables extends TableStore {
  /** Creates those tables that are missing, by their names without the prefix. */
  createTables(names: readonly string[]): Promise<void>;
}

/**
 * Table Storage in Azure, or Azurite. The SDK repeats a call after a network error, 408, 429 or 5xx. A write whose first answer was
 * lost may so meet its own effect: a StorageConflictError does not prove that somebody else wrote, nor a TransientError that nothing
 * was written.
 */
export function createAzureTables(options: AzureTablesOptions): AzureTables {
  const deletes = createConditionalDeletes();
  const call = createCall(options, (name) =>
    createTableClient(name, {
      connection: options.connection,
      retry: options.retry ?? STORAGE_RETRY,
      deletes,
    }),
  );

  return {
    get: async (table, partitionKey, rowKey) => {
      checkTableKeys(table, partitionKey, rowKey);
      return call('read', table, (client, abortSignal) =>
        getRow(client, { partitionKey, rowKey }, { table, abortSignal }),
      );
    },
    page: async (table, partitionKey, request) => {
      checkPageRequest(table, partitionKey, request);
      return call('read', table, (client, abortSignal) =>
        readPage(client, { partitionKey, ...request }, { table, abortSignal }),
      );
    },
    write: async (table, partitionKey, actions) => {
      checkTableWrite(table, partitionKey, actions);
      return call('write', table, async (client, abortSignal) => {
        const [first] = actions;
        if (actions.length === 1 && first !== undefined) {
          return [await writeOne(client, partitionKey, first, abortSignal)];
        }
        deletes.expect(abortSignal, toDeleteEtags(actions));
        return writeAll(client, partitionKey, actions, abortSignal);
      });
    },
    createTables: async (names) => {
      await Promise.all(
        names.map((name) =>
          call('create', name, (client, abortSignal) => client.createTable({ abortSignal })),
        ),
      );
    },
  };
}

type Call = <T>(
  verb: string,
  table: string,
  send: (client: TableClient, abortSignal: AbortSignal) => Promise<T>,
) => Promise<T>;

/** Calls with one client per table, a limit of time, and our own errors. */
function createCall(
  { prefix = '', retry = STORAGE_RETRY, log }: AzureTablesOptions,
  createClient: (name: string) => TableClient,
): Call {
  const clients = new Map<string, TableClient>();
  return async (verb, table, send) => {
    const client = clients.get(table) ?? createClient(`${prefix}${table}`);
    clients.set(table, client);
    try {
      return await send(client, AbortSignal.timeout(retry.withinMs));
    } catch (error) {
      const role = 'Storage Table Data Contributor';
      const failure = toStorageError(error, { doing: `${verb} ${table}`, role });
      if (failure instanceof TransientError) {
        log.warn('storageUnavailable', { reason: failure.message });
      }
      throw failure;
    }
  };
}

function toDeleteEtags(actions: readonly TableAction[]): readonly string[] {
  return actions.flatMap((action) => (action.kind === 'delete' ? [action.etag] : []));
}
