import type { Cell, Columns, PageRequest, TableAction } from './ports.ts';

/** At most so many actions in one transaction. */
export const MAX_ACTIONS = 100;

/** At most so many rows on one page. */
export const MAX_PAGE_ROWS = 1000;

/** What a transaction's body may weigh as we count it: the service's 4 MiB less some room for its own wrapping. */
export const MAX_TRANSACTION_BYTES = 3_900_000;

const MAX_KEY_CHARACTERS = 512;
const MAX_STRING_CHARACTERS = 32_768;
const MAX_ROW_BYTES = 1_048_576;
const MAX_COLUMNS = 252; // 255 with PartitionKey, RowKey and Timestamp
const ACTION_OVERHEAD_BYTES = 2_600; // boundaries, headers, and both keys in the address, percent-encoded
const TYPE_BYTES = 290; // a number has its type beside it, under the column's name

// `%` is allowed by the service, but requests that carry it in the address go astray on the way.
const FORBIDDEN_IN_KEYS = /[/\\#?%\p{Cc}]/u;
const COLUMN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;
const RESERVED_COLUMNS = new Set(['partitionkey', 'rowkey', 'timestamp', 'etag']);

/**
 * Throws a plain Error where Table Storage would refuse these actions whatever is stored, naming the rule and never a value.
 * Asked before a call because Azurite answers some of them with 500 or not at all, and because Azure names no column.
 * Limits: https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
 */
export function checkTableWrite(
  table: string,
  partitionKey: string,
  actions: readonly TableAction[],
): void {
  const refuse = (why: string): never => {
    throw new Error(`cannot write ${table}: ${why}`);
  };
  if (actions.length === 0) refuse('a transaction needs at least one action');
  if (actions.length > MAX_ACTIONS) refuse(`${actions.length} actions, at most ${MAX_ACTIONS}`);
  checkKey(partitionKey, 'partition key', refuse);
  const seen = new Set<string>();
  for (const action of actions) {
    if (seen.has(action.rowKey)) refuse('one row occurs twice in a transaction');
    seen.add(action.rowKey);
    checkAction(action, refuse);
  }
  if (actions.length > 1 && !fitsTransaction(actions)) refuse('the transaction is above 4 MiB');
}

/** Throws a plain Error where these keys cannot name a row. */
export function checkTableKeys(table: string, partitionKey: string, rowKey: string): void {
  const refuse = (why: string): never => {
    throw new Error(`cannot read ${table}: ${why}`);
  };
  checkKey(partitionKey, 'partition key', refuse);
  checkKey(rowKey, 'row key', refuse);
}

/** Throws a plain Error where a page cannot be asked for like this. `from` and `before` are bounds, not keys: any text will do. */
export function checkPageRequest(table: string, partitionKey: string, request: PageRequest): void {
  const refuse = (why: string): never => {
    throw new Error(`cannot read ${table}: ${why}`);
  };
  checkKey(partitionKey, 'partition key', refuse);
  const limit = request.limit ?? MAX_PAGE_ROWS;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_ROWS) {
    refuse(`a page has 1 to ${MAX_PAGE_ROWS} rows`);
  }
}

/** Throws a plain Error where a row with these columns (all of them, after a merge) would be too large to store. */
export function checkRowSize(table: string, columns: Columns): void {
  checkColumnsSize(columns, (why) => {
    throw new Error(`cannot write ${table}: ${why}`);
  });
}

/** What one action adds to the body of a transaction, in bytes, rounded up. */
export function measureAction(action: TableAction): number {
  if (action.kind === 'delete') return ACTION_OVERHEAD_BYTES;
  const json = new TextEncoder().encode(JSON.stringify(action.columns)).length;
  return ACTION_OVERHEAD_BYTES + json + TYPE_BYTES * Object.keys(action.columns).length;
}

function fitsTransaction(actions: readonly TableAction[]): boolean {
  const sum = (measure: (action: TableAction) => number): number =>
    actions.reduce((bytes, action) => bytes + measure(action), 0);
  return sum(boundAction) <= MAX_TRANSACTION_BYTES || sum(measureAction) <= MAX_TRANSACTION_BYTES;
}

/** Never less than `measureAction`, and cheap: a character takes at most six bytes in JSON. */
function boundAction(action: TableAction): number {
  let bytes = ACTION_OVERHEAD_BYTES;
  if (action.kind === 'delete') return bytes;
  for (const [name, value] of Object.entries(action.columns)) {
    bytes += name.length + 30 + TYPE_BYTES + (typeof value === 'string' ? 6 * value.length : 0);
  }
  return bytes;
}

function checkAction(action: TableAction, refuse: (why: string) => never): void {
  checkKey(action.rowKey, 'row key', refuse);
  // An empty ETag would leave the condition out: the SDK sends no If-Match then, and the write is an unconditional one.
  if ('etag' in action && action.etag === '') refuse(`a ${action.kind} needs an ETag or *`);
  if (action.kind === 'delete') return;
  for (const [name, value] of Object.entries(action.columns)) {
    checkColumnName(name, refuse);
    checkCell(name, value, refuse);
  }
  checkColumnsSize(action.columns, refuse);
}

function checkKey(key: string, which: string, refuse: (why: string) => never): void {
  if (key === '') refuse(`the ${which} is empty`);
  if (key.length > MAX_KEY_CHARACTERS) {
    refuse(`the ${which} has ${key.length} characters, at most ${MAX_KEY_CHARACTERS}`);
  }
  const found = FORBIDDEN_IN_KEYS.exec(key);
  if (found !== null) refuse(`the ${which} contains ${toCodePoint(found[0])}, not allowed in keys`);
}

function checkColumnName(name: string, refuse: (why: string) => never): void {
  if (!COLUMN_NAME.test(name)) {
    refuse(`the column name ${JSON.stringify(name)} is not made of letters, digits and _`);
  }
  if (RESERVED_COLUMNS.has(name.toLowerCase())) refuse(`the column name ${name} is reserved`);
}

function checkCell(name: string, value: Cell, refuse: (why: string) => never): void {
  if (typeof value === 'string' && value.length > MAX_STRING_CHARACTERS) {
    refuse(
      `column ${name} has ${value.length} characters, at most ${MAX_STRING_CHARACTERS} (64 KiB)`,
    );
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    refuse(`column ${name} is not a finite number`);
  }
}

function checkColumnsSize(columns: Columns, refuse: (why: string) => never): void {
  const names = Object.keys(columns);
  if (names.length > MAX_COLUMNS) refuse(`${names.length} columns, at most ${MAX_COLUMNS}`);
  let bytes = 4 + 4 * MAX_KEY_CHARACTERS;
  for (const name of names) {
    const value = columns[name];
    bytes += 8 + 2 * name.length + (typeof value === 'string' ? 4 + 2 * value.length : 8);
  }
  if (bytes > MAX_ROW_BYTES) refuse('the row is above 1 MiB');
}

function toCodePoint(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
