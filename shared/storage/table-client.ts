import { TableClient, type TableServiceClientOptions } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import type { ConditionalDeletes } from './conditional-deletes.ts';
import type { StorageRetry } from './storage-retry.ts';

export type TableConnection =
  | { readonly connectionString: string }
  | { readonly tableUrl: string; readonly credential: TokenCredential };

export interface TableClientOptions {
  readonly connection: TableConnection;
  readonly retry: StorageRetry;
  readonly deletes: ConditionalDeletes;
}

/** A client for one table, by its whole name. Keep it: it is cheap to have and it keeps its token. */
export function createTableClient(
  name: string,
  { connection, retry, deletes }: TableClientOptions,
): TableClient {
  if (!/^[A-Za-z][A-Za-z0-9]{2,62}$/.test(name)) {
    throw new Error(`cannot use ${name} as a table's name: 3 to 63 letters and digits`);
  }
  const clientOptions: TableServiceClientOptions = {
    retryOptions: {
      maxRetries: retry.maxRetries,
      retryDelayInMs: retry.delayMs,
      maxRetryDelayInMs: retry.maxDelayMs,
    },
    additionalPolicies: [{ policy: deletes.policy, position: 'perCall' }],
  };
  if ('tableUrl' in connection) {
    return new TableClient(connection.tableUrl, name, connection.credential, clientOptions);
  }
  // Azurite answers over HTTP alone; the SDK refuses that unless told.
  const allowInsecureConnection = /=http[:;]|UseDevelopmentStorage=true/i.test(
    `${connection.connectionString};`,
  );
  return TableClient.fromConnectionString(connection.connectionString, name, {
    ...clientOptions,
    allowInsecureConnection,
  });
}
