import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import type { PageRequest, Row, TableAction, TablePage } from '../model/ports.ts';
import { MAX_PAGE_ROWS } from '../model/table-limits.ts';
import { isMissing } from './storage-failure.ts';
import { toEntity, toRow } from './table-entity.ts';

/** What every call carries beside its question. */
export interface TableCall {
  readonly table: string;
  readonly abortSignal: AbortSignal;
}

/** The row, or undefined where there is none; a table that is missing is an error. */
export async function getRow(
  client: TableClient,
  { partitionKey, rowKey }: { readonly partitionKey: string; readonly rowKey: string },
  { table, abortSignal }: TableCall,
): Promise<Row | undefined> {
  try {
    return toRow(table, await client.getEntity(partitionKey, rowKey, { abortSignal }));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** One page; its continuation is the SDK's own token. */
export async function readPage(
  client: TableClient,
  request: PageRequest & { readonly partitionKey: string },
  { table, abortSignal }: TableCall,
): Promise<TablePage> {
  const { partitionKey, from, before, limit = MAX_PAGE_ROWS, continuation } = request;
  const filter = [
    odata`PartitionKey eq ${partitionKey}`,
    ...(from === undefined ? [] : [odata`RowKey ge ${from}`]),
    ...(before === undefined ? [] : [odata`RowKey lt ${before}`]),
  ].join(' and ');
  const pages = client.listEntities({ queryOptions: { filter }, abortSignal }).byPage({
    maxPageSize: limit,
    ...(continuation === undefined ? {} : { continuationToken: continuation }),
  });
  for await (const page of pages) {
    const rows = page.map((entity) => toRow(table, entity));
    const next = page.continuationToken;
    return next === undefined || next === '' ? { rows } : { rows, continuation: next };
  }
  return { rows: [] };
}

/** One action without a transaction; returns the row's new ETag. */
export async function writeOne(
  client: TableClient,
  partitionKey: string,
  action: TableAction,
  abortSignal: AbortSignal,
): Promise<string> {
  if (action.kind === 'delete') {
    await client.deleteEntity(partitionKey, action.rowKey, { etag: action.etag, abortSignal });
    return '';
  }
  const entity = toEntity(partitionKey, action.rowKey, action.columns);
  const answers = {
    insert: () => client.createEntity(entity, { abortSignal }),
    upsert: () => client.upsertEntity(entity, 'Merge', { abortSignal }),
    merge: (etag: string) => client.updateEntity(entity, 'Merge', { etag, abortSignal }),
  };
  const { etag } =
    action.kind === 'merge' ? await answers.merge(action.etag) : await answers[action.kind]();
  return requireEtag(etag);
}

/** All actions in one transaction; returns the new ETags in order. Deletes want their ETags from createConditionalDeletes. */
export async function writeAll(
  client: TableClient,
  partitionKey: string,
  actions: readonly TableAction[],
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  const { subResponses } = await client.submitTransaction(
    actions.map((action) => toTransactionAction(partitionKey, action)),
    { abortSignal },
  );
  // The answers stand in the order of the actions; an update's answer does not name its row.
  if (subResponses.length !== actions.length) throw new Error('a transaction answers in part');
  return actions.map((action, index) =>
    action.kind === 'delete' ? '' : requireEtag(subResponses[index]?.etag),
  );
}

function toTransactionAction(partitionKey: string, action: TableAction): TransactionAction {
  if (action.kind === 'delete') return ['delete', { partitionKey, rowKey: action.rowKey }];
  const entity = toEntity(partitionKey, action.rowKey, action.columns);
  switch (action.kind) {
    case 'insert':
      return ['create', entity];
    case 'upsert':
      return ['upsert', entity, 'Merge'];
    case 'merge':
      return ['update', entity, 'Merge', { etag: action.etag }];
  }
}

function requireEtag(etag: string | undefined): string {
  if (etag === undefined || etag === '') throw new Error('a write was answered without an ETag');
  return etag;
}
