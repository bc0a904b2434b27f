import { randomBytes } from 'node:crypto';

import { expect, inject, test } from 'vitest';

import { createBlobStore, type BlobStore } from './blob-store.ts';
import { createBlobScheduleStore } from './schedule-store.ts';
import { parseStorageAccount } from './storage-account.ts';

function openBlobs(container: string, accountKey?: string): BlobStore {
  const account = parseStorageAccount(inject('azurite'));
  return createBlobStore({
    accountName: account.name,
    accountKey: accountKey ?? account.key ?? '',
    endpoint: account.blobEndpoint ?? '',
    container,
    now: () => Date.now(),
  });
}

const newName = (): string => `test-${randomBytes(6).toString('hex')}`;

test('a status is found by the next host with the same id, to the millisecond, and not by another', async () => {
  const container = newName();
  const status = {
    last: 1_764_000_000_123,
    next: 1_764_000_060_000,
    lastUpdated: 1_764_000_000_123,
  };
  const store = createBlobScheduleStore(openBlobs(container), 'host-a');
  expect(await store.load('tick')).toBeUndefined();
  await store.save('tick', { ...status, last: 0 });
  await store.save('tick', status);
  expect(await createBlobScheduleStore(openBlobs(container), 'host-a').load('tick')).toEqual(
    status,
  );
  expect(
    await createBlobScheduleStore(openBlobs(container), 'host-b').load('tick'),
  ).toBeUndefined();
});

test('what has never happened is stored as the default of .NET and read as such', async () => {
  const blobs = openBlobs(newName());
  const store = createBlobScheduleStore(blobs, 'host');
  await store.save('tick', { last: 0, next: 1_764_000_060_000, lastUpdated: 0 });
  expect(await blobs.read('timers/host/tick/status')).toContain(
    '"Last":"0001-01-01T00:00:00+00:00"',
  );
  expect(await store.load('tick')).toMatchObject({ last: 0, lastUpdated: 0 });
});

test('a timer belongs to one host until that one lets go', async () => {
  const container = newName();
  const first = createBlobScheduleStore(openBlobs(container), 'host');
  const second = createBlobScheduleStore(openBlobs(container), 'host');
  const lease = await first.acquire('tick');
  expect(lease).toBeDefined();
  expect(await second.acquire('tick')).toBeUndefined();
  expect(await second.acquire('other')).toBeDefined();
  expect(await lease?.renew()).toBe(true);
  await lease?.release();
  expect(await lease?.renew()).toBe(false);
  expect(await second.acquire('tick')).toBeDefined();
});

test('a wrong key is an error, never an empty answer', async () => {
  const blobs = openBlobs(newName(), randomBytes(32).toString('base64'));
  await expect(blobs.read('anything')).rejects.toThrow('HTTP 403');
  await expect(blobs.acquireLease('anything')).rejects.toThrow('HTTP 403');
});

test('a connection string says where blobs are, or that there are none', () => {
  const text = 'AccountName=a;AccountKey=bg==;QueueEndpoint=http://127.0.0.1:1/a';
  expect(parseStorageAccount(text)).toEqual({ name: 'a', key: 'bg==' });
  expect(parseStorageAccount(`${text};BlobEndpoint=http://127.0.0.1:2/a/`)).toMatchObject({
    blobEndpoint: 'http://127.0.0.1:2/a',
  });
  expect(
    parseStorageAccount('DefaultEndpointsProtocol=https;AccountName=a;AccountKey=bg=='),
  ).toMatchObject({
    blobEndpoint: 'https://a.blob.core.windows.net',
  });
  expect(parseStorageAccount('UseDevelopmentStorage=true')).toMatchObject({
    name: 'devstoreaccount1',
    blobEndpoint: 'http://127.0.0.1:10000/devstoreaccount1',
  });
  expect(parseStorageAccount('')).toEqual({ name: '' });
});
