import { describe, expect, inject, test } from 'vitest';
import { StorageConflictError, TransientError } from '../../shared/model/errors.ts';
import type { TableAction } from '../../shared/model/ports.ts';
import { createAzureTables, type AzureTables } from '../../shared/storage/azure-tables.ts';
import { createMemoryLog } from '../memory/memory-log.ts';
import { startScriptedServer, type ScriptedAnswer } from './scripted-server.ts';

const retry = { maxRetries: 2, delayMs: 1, maxDelayMs: 2, withinMs: 5000 };
const insert: TableAction = { kind: 'insert', rowKey: 'r', columns: { x: 1 } };

function createTables(connectionString: string, withinMs = retry.withinMs) {
  const log = createMemoryLog();
  const connection = { connectionString };
  const tables = createAzureTables({ connection, log, retry: { ...retry, withinMs } });
  return { tables, log };
}

const calls: readonly (readonly [string, (tables: AzureTables) => Promise<unknown>])[] = [
  ['a point read', (tables) => tables.get('Users', 'p', 'r')],
  ['a page', (tables) => tables.page('Users', 'p', {})],
  ['a write', (tables) => tables.write('Users', 'p', [insert])],
  ['a transaction', (tables) => tables.write('Users', 'p', [insert, { ...insert, rowKey: 's' }])],
];

const outages: readonly (readonly [string, ScriptedAnswer, number])[] = [
  ['503', { status: 503, body: odataError('ServerBusy') }, 3],
  ['500 without a body', { status: 500 }, 3],
  ['a broken connection', { status: 200, breaks: 'before' }, 3],
  ['429', { status: 429, headers: { 'retry-after': '0' } }, 3],
];

function odataError(code: string): string {
  return JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: 'no' } } });
}

describe('tables while storage is in trouble', () => {
  for (const [what, call] of calls) {
    for (const [trouble, answer, tries] of outages) {
      test(`${what} that meets ${trouble} again and again may be tried again later`, async () => {
        await using server = await startScriptedServer([answer]);
        const { tables, log } = createTables(server.connectionString);
        await expect(call(tables)).rejects.toBeInstanceOf(TransientError);
        expect(server.requests).toHaveLength(tries);
        expect(log.named('storageUnavailable')).toHaveLength(1);
      });
    }

    test(`${what} whose answer breaks off may be tried again later`, async () => {
      await using server = await startScriptedServer([{ status: 200, breaks: 'within' }]);
      const { tables } = createTables(server.connectionString);
      await expect(call(tables)).rejects.toBeInstanceOf(TransientError);
    });

    test(`${what} whose answer never ends is given up in time`, async () => {
      await using server = await startScriptedServer([{ status: 200, stalls: true }]);
      const { tables } = createTables(server.connectionString, 200);
      await expect(call(tables)).rejects.toBeInstanceOf(TransientError);
    });

    test(`${what} without permission says which role is needed`, async () => {
      const body = odataError('AuthorizationPermissionMismatch');
      await using server = await startScriptedServer([{ status: 403, body }]);
      const { tables } = createTables(server.connectionString);
      const refused = call(tables);
      await expect(refused).rejects.toThrow(/403.*Storage Table Data Contributor/);
      await expect(refused).rejects.not.toBeInstanceOf(TransientError);
    });
  }

  test('a transaction that is accepted and then refused inside may be tried again later', async () => {
    const body = [
      '--batchresponse_1',
      'Content-Type: multipart/mixed; boundary=changesetresponse_2',
      '',
      '--changesetresponse_2',
      'Content-Type: application/http',
      '',
      'HTTP/1.1 503 Service Unavailable',
      'Content-Type: application/json',
      '',
      odataError('ServerBusy'),
      '--changesetresponse_2--',
      '--batchresponse_1--',
    ].join('\r\n');
    const headers = { 'content-type': 'multipart/mixed; boundary=batchresponse_1' };
    await using server = await startScriptedServer([{ status: 202, headers, body }]);
    const { tables } = createTables(server.connectionString);
    const refused = tables.write('Users', 'p', [insert, { ...insert, rowKey: 's' }]);
    await expect(refused).rejects.toThrow('cannot write Users: 503 ServerBusy');
    await expect(refused).rejects.toBeInstanceOf(TransientError);
  });

  test('a refused connection may be tried again later', async () => {
    const server = await startScriptedServer([{ status: 200 }]);
    await server[Symbol.asyncDispose]();
    const { tables } = createTables(server.connectionString);
    await expect(tables.get('Users', 'p', 'r')).rejects.toBeInstanceOf(TransientError);
  });

  test('a short trouble goes unnoticed', async () => {
    await using server = await startScriptedServer([
      { status: 503 },
      { status: 204, headers: { etag: 'W/"1"' } },
    ]);
    const { tables, log } = createTables(server.connectionString);
    expect(await tables.write('Users', 'p', [insert])).toEqual(['W/"1"']);
    expect(log.events).toEqual([]);
  });

  test('a write whose first answer was lost meets its own effect as a conflict', async () => {
    await using server = await startScriptedServer([
      { status: 204, breaks: 'before' },
      { status: 409, body: odataError('EntityAlreadyExists') },
    ]);
    const { tables } = createTables(server.connectionString);
    await expect(tables.write('Users', 'p', [insert])).rejects.toMatchObject({ reason: 'exists' });
  });

  test('waits at least as long as storage asks', async () => {
    await using server = await startScriptedServer([
      { status: 503, headers: { 'retry-after': '40' } },
    ]);
    const connection = { connectionString: server.connectionString };
    const log = createMemoryLog();
    const once = createAzureTables({ connection, log, retry: { ...retry, maxRetries: 0 } });
    await expect(once.get('Users', 'p', 'r')).rejects.toMatchObject({ retryAfterMs: 40_000 });
  });

  test('an answer that nobody expects is an error of its own kind', async () => {
    const body = odataError('InvalidInput');
    await using server = await startScriptedServer([{ status: 400, body }]);
    const { tables } = createTables(server.connectionString);
    await expect(tables.get('Users', 'p', 'r')).rejects.toThrow(
      'cannot read Users: 400 InvalidInput',
    );
  });

  test('a row without an ETag in the answer to its write is an error', async () => {
    await using server = await startScriptedServer([{ status: 204 }]);
    const { tables } = createTables(server.connectionString);
    await expect(tables.write('Users', 'p', [insert])).rejects.toThrow('without an ETag');
  });

  test('errors carry no key, as a key may be an address', async () => {
    await using server = await startScriptedServer([{ status: 503 }]);
    const { tables, log } = createTables(server.connectionString);
    const failed = tables.get('Members', 'p', 'ada@example.com');
    await expect(failed).rejects.not.toThrow('ada');
    expect(JSON.stringify(log.events)).not.toContain('ada');
  });
});

describe('tables in Azurite', () => {
  test('creates tables twice without complaint', async () => {
    const tables = createPrefixed('twice');
    await tables.createTables(['Users', 'Groups']);
    await tables.createTables(['Users', 'Groups']);
    expect(await tables.get('Groups', 'p', 'r')).toBeUndefined();
  });

  test('keeps apart what another prefix holds', async () => {
    const [mine, theirs] = [createPrefixed('mine'), createPrefixed('theirs')];
    await mine.createTables(['Users']);
    await theirs.createTables(['Users']);
    await mine.write('Users', 'p', [insert]);
    expect(await theirs.get('Users', 'p', 'r')).toBeUndefined();
  });

  for (const [what, call] of calls) {
    test(`${what} says that its table is missing, which is no conflict`, async () => {
      const failed = call(createPrefixed('nobodycreated'));
      await expect(failed).rejects.toThrow('404 TableNotFound');
      await expect(failed).rejects.not.toBeInstanceOf(StorageConflictError);
    });
  }

  test('refuses a prefix that no table name can have', async () => {
    await expect(createPrefixed('a-b').createTables(['Users'])).rejects.toThrow('a-bUsers');
  });
});

function createPrefixed(prefix: string): AzureTables {
  const connection = { connectionString: inject('azurite') };
  return createAzureTables({ connection, prefix, log: createMemoryLog() });
}
